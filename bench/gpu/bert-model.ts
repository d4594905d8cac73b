// Writes an encoder of BERT-base's shape with seeded random weights for the measurements of GPU rungs:
// FOLDER/bert-base.fp32.onnx (436 MB), FOLDER/bert-base.fp16.onnx, and FOLDER/bert-base.fused.fp16.onnx with the
// operators that ONNX Runtime has for CUDA. The FP16 files answer in FP16, as the peer does. Speed does not depend
// on the numbers.
//
// node bench/gpu/bert-model.ts FOLDER [fp32] [fp16] [fused.fp16]

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BERT_BASE, encoderModel } from '../models/encoder-model.ts'
import { fusedEncoderModel } from '../models/fused-encoder.ts'

const MODELS: Readonly<Record<string, () => Uint8Array>> = {
  fp32: () => encoderModel(BERT_BASE, 'fp32'),
  fp16: () => encoderModel(BERT_BASE, 'fp16', { halfOutput: true }),
  'fused.fp16': () => fusedEncoderModel(BERT_BASE, 'fp16', { halfOutput: true })
}

const [folder, ...wanted] = process.argv.slice(2)
if (!folder) throw new Error('node bench/gpu/bert-model.ts FOLDER [fp32] [fp16] [fused.fp16]')
await mkdir(folder, { recursive: true })
for (const [kind, write] of Object.entries(MODELS)) {
  if (wanted.length > 0 && !wanted.includes(kind)) continue
  const file = join(folder, `bert-base.${kind}.onnx`)
  const bytes = write()
  await writeFile(file, bytes)
  console.log(`${file} ${bytes.length} bytes`)
}
