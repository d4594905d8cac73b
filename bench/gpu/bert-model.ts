// Writes an encoder of BERT-base's shape with seeded random weights for the measurements of GPU rungs:
// FOLDER/bert-base.fp32.onnx (438 MB) and FOLDER/bert-base.fp16.onnx. Speed does not depend on the numbers.
//
// node bench/gpu/bert-model.ts FOLDER [tiny]

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BERT_BASE, encoderModel } from '../models/encoder-model.ts'

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
for (const precision of ['fp32', 'fp16'] as const) {
  const file = join(folder, `${size ?? 'bert-base'}.${precision}.onnx`)
  const bytes = encoderModel(size === 'tiny' ? TINY : BERT_BASE, precision)
  await writeFile(file, bytes)
  console.log(`${file} ${bytes.length} bytes`)
}
