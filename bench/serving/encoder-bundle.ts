// A signed bundle of an encoder for the serving benchmark, with golden outputs of its own FP32 form.

import { createHash } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Executor } from '../../device/inference/executor.ts'
import { ON_CPU } from '../../device/inference/executor-protocol.ts'
import type { Tensors } from '../../device/inference/tensors.ts'
import { systemClock } from '../../kernel/clock.ts'
import { signManifest, writeManifest } from '../../models/index.ts'
import type { TestKey } from '../../test/harness/tiny-model.ts'
import { type EncoderShape, encoderModel } from '../models/encoder-model.ts'
import type { EncoderPrecision } from '../models/onnx-graph.ts'

const START_MS = 60_000

/** Token ids of a request that no other of the first thousands has. */
export function tokensOf(request: number, tokens: number, vocabulary: number): number[] {
  return Array.from({ length: tokens }, (_, at) => (at * 7919 + request * 31) % vocabulary)
}

function inputsOf(request: number, tokens: number, { vocabulary }: EncoderShape): Tensors {
  const ids = BigInt64Array.from(tokensOf(request, tokens, vocabulary).map(BigInt))
  const mask = new BigInt64Array(tokens).fill(1n)
  return {
    input_ids: { datatype: 'INT64', shape: [1, tokens], data: ids },
    attention_mask: { datatype: 'INT64', shape: [1, tokens], data: mask }
  }
}

function plain(tensors: Tensors): object {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { datatype, shape, data }]) => [
      name,
      { datatype, shape, data: Array.from(data as ArrayLike<number | bigint>, Number) }
    ])
  )
}

async function goldenCases(dir: string, shape: EncoderShape): Promise<object[]> {
  const bytes = encoderModel(shape, 'fp32')
  const file = '.fp32.onnx'
  await writeFile(join(dir, file), bytes)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const plan = {
    ...{ dir, variant: { file, sha256 }, windows: undefined, maxBatch: 1, threads: 1 },
    ...{ runtime: 'onnxruntime-node', ...ON_CPU }
  }
  const executor = new Executor({
    plan,
    shell: 'process',
    clock: systemClock,
    startDeadlineMs: START_MS
  })
  const cases: object[] = []
  for (const request of [1, 2, 3]) {
    const inputs = inputsOf(request, 16, shape)
    const { result } = await executor.run({ kind: 'tensors', inputs }, START_MS)
    if (result.kind === 'tensors')
      cases.push({ inputs: plain(inputs), outputs: plain(result.outputs) })
  }
  await executor.close()
  return cases
}

interface EncoderBundle {
  readonly dir: string
  readonly name: string
  readonly shape: EncoderShape
  readonly precisions: readonly EncoderPrecision[]
  readonly key: TestKey
  readonly maxBatch: number
  readonly latencyGoalMs: number
}

/** Writes and signs the bundle. INT8 with random weights is as close to FP32 as quantisation leaves it. */
export async function writeEncoderBundle(bundle: EncoderBundle): Promise<void> {
  const { dir, name, shape, precisions, key, maxBatch, latencyGoalMs } = bundle
  await mkdir(dir, { recursive: true })
  const cases = await goldenCases(dir, shape)
  await rm(join(dir, '.fp32.onnx'))
  const variants = []
  for (const precision of precisions) {
    const file = `model.${precision}.onnx`
    await writeFile(join(dir, file), encoderModel(shape, precision))
    const rungs = precision === 'int8' ? ['cpu'] : ['tensorrt', 'cuda', 'webgpu', 'cpu']
    variants.push({ file, precision, memoryMb: 200, rungs })
  }
  const tolerance = { atol: 0.1, rtol: 0.1 }
  const golden = { cases, tolerance: { int8: tolerance, fp16: tolerance, fp32: tolerance } }
  await writeFile(join(dir, 'golden.json'), JSON.stringify(golden))
  await writeFile(join(dir, 'CARD.md'), `# ${name}: random weights, for benchmarks only\n`)
  const output = shape.pooled ? 'embedding' : 'last_hidden_state'
  const rows = shape.pooled ? [-1, shape.hidden] : [-1, -1, shape.hidden]
  const manifest = {
    ...{ schemaVersion: 1, name, version: '1.0.0', task: 'embedding', languages: [] },
    licence: 'Apache-2.0',
    provenance: { recipe: 'bench/models/encoder-model.ts', seed: 7919, trainingData: [] },
    inputs: ['input_ids', 'attention_mask'].map((input) => ({
      ...{ name: input, datatype: 'INT64', shape: [-1, -1] }
    })),
    outputs: [{ name: output, datatype: 'FP32', shape: rows }],
    pre: { id: 'none', settings: {} },
    post: { id: 'none', settings: {} },
    variants,
    batching: { maxBatch },
    latencyGoalMs,
    accuracy: []
  }
  await writeFile(join(dir, 'manifest.json'), JSON.stringify(manifest))
  await writeManifest(dir)
  await signManifest(dir, key.privateKey)
}
