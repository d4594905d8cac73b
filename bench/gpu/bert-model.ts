// Writes an encoder of BERT-base's shape with seeded random weights for the measurements of GPU rungs:
// FOLDER/bert-base.fp32.onnx (438 MB), FOLDER/bert-base.fp16.onnx, and FOLDER/bert-base.fused.fp16.onnx with the
// operators that ONNX Runtime has for CUDA. The FP16 files answer in FP16, as the peer does. Speed does not depend
// on the numbers.
//
// node bench/gpu/bert-model.ts FOLDER [tiny]

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BERT_BASE, encoderModel } from '../models/encoder-model.ts'
import { fusedEncoderModel } from '../models/fused-encoder.ts'

/** Runs in a second on anything: to try the scripts, not to measure. */
const TINY = {
  ...BERT_BASE,
  layers: 2,
  hidden: 64,
  heads: 4,
  feedForward: 128,
  vocabulary: 1000
}

const [folder, size] = process.argv.slice(2)
if (!folder) throw new Error('node bench/gpu/bert-model.ts FOLDER [tiny]')
await mkdir(folder, { recursive: true })
const shape = size === 'tiny' ? TINY : BERT_BASE
const models = {
  fp32: () => encoderModel(shape, 'fp32'),
  fp16: () => encoderModel(shape, 'fp16', { halfOutput: true }),
  'fused.fp16': () => fusedEncoderModel(shape, 'fp16', { halfOutput: true })
}
for (const [kind, write] of Object.entries(models)) {
  const file = join(folder, `${size ?? 'bert-base'}.${kind}.onnx`)
  const bytes = write()
  await writeFile(file, bytes)
  console.log(`${file} ${bytes.length} bytes`)
}
