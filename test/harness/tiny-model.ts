// Tiny real ONNX models and signed bundles round them, so that executors, golden checks and switches are
// tested with ONNX Runtime itself.

import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import proto from 'onnx-proto'
import type { ModelManifest } from '../../contract/index.ts'
import { keyId, signManifest, type TrustedKey, writeManifest } from '../../models/index.ts'

const { onnx } = proto
const { FLOAT, INT64, BOOL } = onnx.TensorProto.DataType

type Dimension = number | string

function port(name: string, elemType: number, dims: readonly Dimension[]) {
  const dim = dims.map((size) =>
    typeof size === 'number' ? { dimValue: size } : { dimParam: size }
  )
  return { name, type: { tensorType: { elemType, shape: { dim } } } }
}

const floats = (name: string, dims: number[], floatData: number[]) => ({
  name,
  dims,
  dataType: FLOAT,
  floatData
})
const integers = (name: string, dims: number[], int64Data: number[]) => ({
  name,
  dims,
  dataType: INT64,
  int64Data
})

function encode(graph: object): Buffer {
  const model = { irVersion: 8, opsetImport: [{ domain: '', version: 13 }], graph }
  return Buffer.from(onnx.ModelProto.encode(onnx.ModelProto.fromObject(model)).finish())
}

/**
 * y = scale·x for x [rows, 2]. `spin` [rows] makes a run slow on purpose: it counts to the largest of its
 * values one by one, about a million a second.
 */
export function linearModel(scale: number): Buffer {
  const body = {
    name: 'count',
    node: [
      { opType: 'Identity', input: ['going'], output: ['goes_on'] },
      { opType: 'Add', input: ['count', 'one'], output: ['counted'] }
    ],
    input: [port('turn', INT64, []), port('going', BOOL, []), port('count', FLOAT, [1])],
    output: [port('goes_on', BOOL, []), port('counted', FLOAT, [1])]
  }
  return encode({
    name: 'linear',
    node: [
      { opType: 'ReduceMax', input: ['spin'], output: ['turns'], attribute: [flag('keepdims', 0)] },
      {
        opType: 'Loop',
        input: ['turns', '', 'zero'],
        output: ['total'],
        attribute: [{ name: 'body', type: onnx.AttributeProto.AttributeType.GRAPH, g: body }]
      },
      { opType: 'Mul', input: ['total', 'zero'], output: ['nothing'] },
      { opType: 'MatMul', input: ['x', 'weight'], output: ['product'] },
      { opType: 'Add', input: ['product', 'nothing'], output: ['y'] }
    ],
    initializer: [
      floats('weight', [2, 2], [scale, 0, 0, scale]),
      floats('zero', [1], [0]),
      floats('one', [1], [1])
    ],
    input: [port('x', FLOAT, ['rows', 2]), port('spin', INT64, ['rows'])],
    output: [port('y', FLOAT, ['rows', 2])]
  })
}

const flag = (name: string, i: number) => ({
  name,
  type: onnx.AttributeProto.AttributeType.INT,
  i
})

/** A sentence classifier that judges by place alone: [1 − position, position] for `early` and `late`. */
export function positionModel(): Buffer {
  return encode({
    name: 'positions',
    node: [
      { opType: 'Unsqueeze', input: ['positions', 'axis'], output: ['late'] },
      { opType: 'Sub', input: ['one', 'late'], output: ['early'] },
      {
        opType: 'Concat',
        input: ['early', 'late'],
        output: ['place'],
        attribute: [flag('axis', 2)]
      }
    ],
    initializer: [integers('axis', [1], [2]), floats('one', [1], [1])],
    input: [
      port('input_ids', INT64, ['windows', 'tokens']),
      port('sentence_ids', INT64, ['windows', 'tokens']),
      port('positions', FLOAT, ['windows', 'sentences'])
    ],
    output: [port('place', FLOAT, ['windows', 'sentences', 2])]
  })
}

export interface TestKey {
  readonly privateKey: KeyObject
  readonly trusted: TrustedKey
}

/** A fresh release key. */
export function testKey(name = 'test'): TestKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return { privateKey, trusted: { id: keyId(publicKey), name, key: publicKey } }
}

export interface TinyBundle {
  readonly dir: string
  readonly key: TestKey
  readonly name?: string
  readonly version?: string
  /** What the linear model multiplies with; default 1. */
  readonly scale?: number
  /** What golden.json says it multiplies with; default the same. */
  readonly goldenScale?: number
  /** `positions`: a sentence classifier instead of the linear model. */
  readonly kind?: 'linear' | 'positions'
  readonly maxBatch?: number
  readonly change?: (manifest: Record<string, unknown>) => void
}

const tensor = (datatype: string, shape: number[], data: number[]) => ({ datatype, shape, data })

function linearGolden(scale: number) {
  const cases = [1, 2, 3].map((x) => ({
    inputs: { x: tensor('FP32', [1, 2], [x, -x]), spin: tensor('INT64', [1], [1]) },
    outputs: { y: tensor('FP32', [1, 2], [x * scale, -x * scale]) }
  }))
  return { cases, tolerance: { fp32: { atol: 1e-4, rtol: 1e-4 } } }
}

function positionsGolden() {
  const cases = [0, 0.5, 1].map((place) => ({
    inputs: {
      input_ids: tensor('INT64', [1, 2], [1, 1]),
      sentence_ids: tensor('INT64', [1, 2], [1, 1]),
      positions: tensor('FP32', [1, 1], [place])
    },
    outputs: { place: tensor('FP32', [1, 1, 2], [1 - place, place]) }
  }))
  return { cases, tolerance: { fp32: { atol: 1e-4, rtol: 1e-4 } } }
}

const TOKENIZER = {
  version: '1.0',
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: { type: 'Whitespace' },
  post_processor: null,
  decoder: null,
  model: { type: 'WordLevel', vocab: { '[UNK]': 1, we: 2, found: 3 }, unk_token: '[UNK]' }
}

const POSITION_PARTS = {
  pre: {
    id: 'sentence-windows',
    settings: { maxTokens: 8, maxSentences: 4, stride: 2, unkId: 1, tokenBucket: 4 }
  },
  post: {
    id: 'sentence-labels',
    settings: {
      heads: {
        place: { labels: ['early', 'late'], roles: ['background', 'conclusions'], groups: [0, 1] }
      }
    }
  },
  inputs: [
    { name: 'input_ids', datatype: 'INT64', shape: [-1, -1] },
    { name: 'sentence_ids', datatype: 'INT64', shape: [-1, -1] },
    { name: 'positions', datatype: 'FP32', shape: [-1, -1] }
  ],
  outputs: [{ name: 'place', datatype: 'FP32', shape: [-1, -1, 2] }]
}

const LINEAR_PARTS = {
  pre: { id: 'none', settings: {} },
  post: { id: 'none', settings: {} },
  inputs: [
    { name: 'x', datatype: 'FP32', shape: [-1, 2] },
    { name: 'spin', datatype: 'INT64', shape: [-1] }
  ],
  outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 2] }]
}

/** Writes and signs a whole bundle. */
export async function writeTinyBundle(options: TinyBundle): Promise<ModelManifest> {
  const { dir, key, kind = 'linear', scale = 1, goldenScale = scale } = options
  await mkdir(dir, { recursive: true })
  const linear = kind === 'linear'
  await writeFile(join(dir, 'model.fp32.onnx'), linear ? linearModel(scale) : positionModel())
  const golden = linear ? linearGolden(goldenScale) : positionsGolden()
  await writeFile(join(dir, 'golden.json'), JSON.stringify(golden))
  await writeFile(join(dir, 'CARD.md'), '# A tiny model for tests\n')
  if (!linear) await writeFile(join(dir, 'tokenizer.json'), JSON.stringify(TOKENIZER))
  const manifest: Record<string, unknown> = {
    schemaVersion: 1,
    name: options.name ?? 'tiny',
    version: options.version ?? '1.0.0',
    task: 'test',
    languages: ['en'],
    licence: 'Apache-2.0',
    provenance: { recipe: 'test', seed: 1, trainingData: [] },
    ...(linear ? LINEAR_PARTS : POSITION_PARTS),
    variants: [{ file: 'model.fp32.onnx', precision: 'fp32', memoryMb: 1, rungs: ['cpu'] }],
    batching: { maxBatch: options.maxBatch ?? 8 },
    latencyGoalMs: 100,
    accuracy: []
  }
  options.change?.(manifest)
  await writeFile(join(dir, 'manifest.json'), JSON.stringify(manifest))
  const written = await writeManifest(dir)
  await signManifest(dir, key.privateKey)
  return written
}
