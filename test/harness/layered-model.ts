// A real model of many like layers, as a transformer has them, with a residual path and seeded weights: for
// tests and measurements of models that are cut into parts.

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import proto from 'onnx-proto'
import type { ModelManifest } from '../../contract/index.ts'
import { signManifest, writeManifest } from '../../models/index.ts'
import type { TestKey } from './tiny-model.ts'

const { onnx } = proto
const { FLOAT, INT64 } = onnx.TensorProto.DataType

export interface Layered {
  readonly layers: number
  /** Numbers of a row. */
  readonly width: number
}

/** Small numbers from a linear congruential generator; equal on every machine. */
function numbers(count: number, scale: number, seed: number): Float32Array {
  const values = new Float32Array(count)
  let state = seed >>> 0
  for (let index = 0; index < count; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    values[index] = (state / 2 ** 32 - 0.5) * 2 * scale
  }
  return values
}

const weight = (name: string, dims: number[], seed: number) => {
  const values = numbers(
    dims.reduce((a, b) => a * b, 1),
    1 / Math.sqrt(dims[0] ?? 1),
    seed
  )
  return { name, dims, dataType: FLOAT, rawData: Buffer.from(values.buffer) }
}
const port = (name: string, dims: (string | number)[]) => ({
  name,
  type: {
    tensorType: {
      elemType: FLOAT,
      shape: { dim: dims.map((d) => (typeof d === 'number' ? { dimValue: d } : { dimParam: d })) }
    }
  }
})

/**
 * Per layer: MatMul to four times the width, Relu, MatMul back, Add to what came in, and a Reshape to a shape
 * that a constant node gives. Input x [rows, width], outputs y [rows, width] and, halfway, early [rows, width].
 */
export function layeredModel({ layers, width }: Layered): Buffer {
  const shape = { dims: [2], dataType: INT64, int64Data: [-1, width] }
  const node: object[] = [
    {
      opType: 'Constant',
      output: ['shape'],
      attribute: [{ name: 'value', type: onnx.AttributeProto.AttributeType.TENSOR, t: shape }]
    }
  ]
  const initializer: object[] = []
  const half = Math.ceil(layers / 2)
  for (let layer = 0; layer < layers; layer += 1) {
    const from = layer === 0 ? 'x' : `h${layer}`
    const to = layer === layers - 1 ? 'y' : `h${layer + 1}`
    initializer.push(weight(`up${layer}`, [width, width * 4], layer + 1))
    initializer.push(weight(`down${layer}`, [width * 4, width], layer + 101))
    node.push(
      { opType: 'MatMul', input: [from, `up${layer}`], output: [`u${layer}`], name: `up ${layer}` },
      { opType: 'Relu', input: [`u${layer}`], output: [`r${layer}`] },
      { opType: 'MatMul', input: [`r${layer}`, `down${layer}`], output: [`d${layer}`] },
      { opType: 'Reshape', input: [`d${layer}`, 'shape'], output: [`s${layer}`] },
      { opType: 'Add', input: [from, `s${layer}`], output: [to] }
    )
    if (layer === half - 1) node.push({ opType: 'Relu', input: [to], output: ['early'] })
  }
  const model = {
    irVersion: 8,
    opsetImport: [{ domain: '', version: 13 }],
    graph: {
      name: 'layers',
      node,
      initializer,
      input: [port('x', ['rows', width])],
      output: [port('y', ['rows', width]), port('early', ['rows', width])]
    }
  }
  return Buffer.from(onnx.ModelProto.encode(onnx.ModelProto.fromObject(model)).finish())
}

/** The same in numbers: what golden.json states. */
export function layeredOutputs(x: ArrayLike<number>, { layers, width }: Layered) {
  let row = Float64Array.from(x)
  let early = row
  for (let layer = 0; layer < layers; layer += 1) {
    const up = numbers(width * width * 4, 1 / Math.sqrt(width), layer + 1)
    const down = numbers(width * width * 4, 1 / Math.sqrt(width * 4), layer + 101)
    const hidden = product(row, up, width * 4).map((value) => Math.max(0, value))
    const added = product(hidden, down, width)
    row = row.map((value, index) => value + (added[index] ?? 0))
    if (layer === Math.ceil(layers / 2) - 1) early = row.map((value) => Math.max(0, value))
  }
  return { y: [...row], early: [...early] }
}

function product(row: Float64Array, matrix: Float32Array, columns: number): Float64Array {
  const result = new Float64Array(columns)
  for (const [index, value] of row.entries())
    for (let column = 0; column < columns; column += 1)
      result[column] = (result[column] ?? 0) + value * (matrix[index * columns + column] ?? 0)
  return result
}

export interface LayeredBundle extends Layered {
  readonly dir: string
  readonly key: TestKey
}

/** Writes and signs a bundle with the model. */
export async function writeLayeredBundle(options: LayeredBundle): Promise<ModelManifest> {
  const { dir, key, width } = options
  await mkdir(dir, { recursive: true })
  await writeFile(join(dir, 'model.fp32.onnx'), layeredModel(options))
  const tensor = (data: number[]) => ({ datatype: 'FP32', shape: [1, width], data })
  const cases = [1, 2, 3].map((seed) => {
    const x = [...numbers(width, 1, seed)]
    const { y, early } = layeredOutputs(x, options)
    return { inputs: { x: tensor(x) }, outputs: { y: tensor(y), early: tensor(early) } }
  })
  const golden = { cases, tolerance: { fp32: { atol: 1e-3, rtol: 1e-3 } } }
  await writeFile(join(dir, 'golden.json'), JSON.stringify(golden))
  await writeFile(join(dir, 'CARD.md'), '# Layers for tests\n')
  const spec = (name: string) => ({ name, datatype: 'FP32', shape: [-1, width] })
  const manifest = {
    schemaVersion: 1,
    name: 'layers',
    version: '1.0.0',
    task: 'test',
    languages: [],
    licence: 'Apache-2.0',
    provenance: { recipe: 'test', seed: 1, trainingData: [] },
    inputs: [spec('x')],
    outputs: [spec('y'), spec('early')],
    pre: { id: 'none', settings: {} },
    post: { id: 'none', settings: {} },
    variants: [{ file: 'model.fp32.onnx', precision: 'fp32', memoryMb: 1, rungs: ['cpu'] }],
    batching: { maxBatch: 32 },
    latencyGoalMs: 100,
    accuracy: []
  }
  await writeFile(join(dir, 'manifest.json'), JSON.stringify(manifest))
  const written = await writeManifest(dir)
  await signManifest(dir, key.privateKey)
  return written
}
