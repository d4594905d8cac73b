// Writes a bundle of an encoder of BERT-base's shape with seeded random weights, FP32 and FP16, for `nearside
// bench` on a machine with a GPU. Its golden outputs come from this machine's CPU. Unsigned: for measuring only.
//
// node bench/gpu/encoder-bundle.ts FOLDER [tiny]
// nearside bench --model FOLDER --batches 1,8,32 -o report.html

import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Executor, ON_CPU, type Tensors } from '../../device/inference/index.ts'
import { systemClock } from '../../kernel/clock.ts'
import { writeManifest } from '../../models/index.ts'
import { BERT_BASE, encoderModel } from '../models/encoder-model.ts'
import { fusedEncoderModel } from '../models/fused-encoder.ts'

/** Runs in a second on anything: to try the commands, not to measure. */
const TINY = { ...BERT_BASE, layers: 2, hidden: 64, heads: 4, feedForward: 128, vocabulary: 1000 }
const GOLDEN_TOKENS = 16
/** Ids of the golden and the measured inputs lie below it; both shapes have more. */
const VOCABULARY = 900

/** Files by precision; CUDA gets the operators that ONNX Runtime has for transformers. */
const VARIANTS = [
  { file: 'model.fp32.onnx', precision: 'fp32', rungs: ['tensorrt', 'cuda', 'cpu'], memoryMb: 600 },
  { file: 'model.fp16.onnx', precision: 'fp16', rungs: ['tensorrt', 'webgpu'], memoryMb: 300 },
  { file: 'model.fused.fp16.onnx', precision: 'fp16', rungs: ['cuda'], memoryMb: 300 }
] as const

async function writeVariants(dir: string, shape: typeof BERT_BASE): Promise<string> {
  const fp32 = encoderModel(shape, 'fp32')
  await writeFile(join(dir, 'model.fp32.onnx'), fp32)
  await writeFile(join(dir, 'model.fp16.onnx'), encoderModel(shape, 'fp16'))
  await writeFile(join(dir, 'model.fused.fp16.onnx'), fusedEncoderModel(shape, 'fp16'))
  return createHash('sha256').update(fp32).digest('hex')
}

function goldenInputs(seed: number): Tensors {
  const shape = [1, GOLDEN_TOKENS]
  const ids = BigInt64Array.from({ length: GOLDEN_TOKENS }, (_, at) =>
    BigInt(1 + ((at * 37 * seed) % (VOCABULARY - 1)))
  )
  const mask = new BigInt64Array(GOLDEN_TOKENS).fill(1n)
  return {
    input_ids: { datatype: 'INT64', shape, data: ids },
    attention_mask: { datatype: 'INT64', shape, data: mask }
  }
}

const plain = (tensors: Tensors) =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, { datatype, shape, data }]) => [
      name,
      { datatype, shape, data: [...data].map(Number) }
    ])
  )

/** Runs the FP32 file here and keeps what it gives; returns names and types of its outputs. */
async function writeGolden(dir: string, sha256: string) {
  const executor = new Executor({
    plan: {
      ...{ dir, variant: { file: 'model.fp32.onnx', sha256 }, windows: undefined },
      ...{ maxBatch: 1, threads: 2, runtime: 'onnxruntime-node', ...ON_CPU }
    },
    ...{ shell: 'process', clock: systemClock, startDeadlineMs: 120_000 }
  })
  await executor.start()
  const cases = []
  let outputs: Tensors = {}
  for (const seed of [1, 2, 3]) {
    const inputs = goldenInputs(seed)
    const { result } = await executor.run({ kind: 'tensors', inputs }, 60_000)
    if (result.kind === 'tensors') outputs = result.outputs
    cases.push({ inputs: plain(inputs), outputs: plain(outputs) })
  }
  await executor.close()
  const tolerance = { fp32: { atol: 0.01, rtol: 0.01 }, fp16: { atol: 0.1, rtol: 0.05 } }
  await writeFile(join(dir, 'golden.json'), JSON.stringify({ cases, tolerance }))
  return Object.entries(outputs).map(([name, { datatype, shape }]) => ({
    ...{ name, datatype },
    shape: shape.map((size, at) => (at < shape.length - 1 ? -1 : size))
  }))
}

/** Writes the whole bundle into a folder. */
export async function writeEncoderBundle(dir: string, shape = BERT_BASE): Promise<void> {
  await mkdir(dir, { recursive: true })
  const fp32 = await writeVariants(dir, shape)
  const outputs = await writeGolden(dir, fp32)
  const input = (name: string) => ({ name, datatype: 'INT64', shape: [-1, -1] })
  const manifest = {
    ...{ schemaVersion: 1, name: 'encoder-shape', version: '1.0.0', task: 'measure' },
    ...{ languages: ['en'], licence: 'Apache-2.0', batching: { maxBatch: 32 }, latencyGoalMs: 50 },
    provenance: { recipe: 'bench/gpu/encoder-bundle.ts', seed: 1, trainingData: [] },
    inputs: [input('input_ids'), input('attention_mask')],
    outputs,
    pre: { id: 'none', settings: { maxTokens: 128, vocabularySize: VOCABULARY } },
    post: { id: 'none', settings: {} },
    variants: VARIANTS,
    accuracy: []
  }
  await writeFile(join(dir, 'manifest.json'), JSON.stringify(manifest, null, 2))
  await writeManifest(dir)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [folder, size] = process.argv.slice(2)
  if (!folder) throw new Error('node bench/gpu/encoder-bundle.ts FOLDER [tiny]')
  await writeEncoderBundle(folder, size === 'tiny' ? TINY : BERT_BASE)
  console.log(`nearside bench --model ${folder}`)
}
