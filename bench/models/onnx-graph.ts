// ONNX graphs as the bench writes them: nodes one after the other, weights in the precision of the graph.

import proto from 'onnx-proto'
import { floatsToHalf } from './half-floats.ts'

const { onnx } = proto
const { FLOAT, FLOAT16, INT64, INT8 } = onnx.TensorProto.DataType

export interface Weight {
  readonly name: string
  readonly dims: readonly number[]
  readonly values: Float32Array
}

export type EncoderPrecision = 'fp32' | 'fp16' | 'int8'

/** As in BERT. */
export const EPSILON = {
  name: 'epsilon',
  type: onnx.AttributeProto.AttributeType.FLOAT,
  f: 1e-12
}

const CONTRIB = 'com.microsoft'

interface Node {
  readonly opType: string
  readonly domain?: string
  readonly input: readonly string[]
  readonly output: readonly string[]
  readonly attribute?: readonly object[]
}

export const bytesOf = (
  values: Float32Array | BigInt64Array | Int8Array | Uint16Array | Uint8Array
) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength)

export class Graph {
  readonly nodes: Node[] = []
  readonly initialisers: object[] = []
  readonly #weights: Map<string, Weight>
  readonly #precision: EncoderPrecision
  readonly #quantised = new Map<string, readonly [string, string, string]>()
  #next = 0

  constructor(weights: readonly Weight[], precision: EncoderPrecision) {
    this.#weights = new Map(weights.map((weight) => [weight.name, weight]))
    this.#precision = precision
  }

  get floatType(): number {
    return this.#precision === 'fp16' ? FLOAT16 : FLOAT
  }

  op(opType: string, input: readonly string[], attribute: readonly object[] = []): string {
    this.#next += 1
    const output = `${opType.toLowerCase()}_${this.#next}`
    this.nodes.push({ opType, input, output: [output], attribute })
    return output
  }

  /** An operator that ONNX Runtime adds to ONNX (its ContribOperators.md). */
  contribOp(opType: string, input: readonly string[], attribute: readonly object[] = []): string {
    this.#next += 1
    const output = `${opType.toLowerCase()}_${this.#next}`
    this.nodes.push({ opType, domain: CONTRIB, input, output: [output], attribute })
    return output
  }

  rename(from: string, to: string): void {
    this.nodes.push({ opType: 'Identity', input: [from], output: [to] })
  }

  float(name: string, dims: readonly number[], values: Float32Array): string {
    const half = this.#precision === 'fp16'
    const rawData = bytesOf(half ? floatsToHalf(values) : values)
    this.initialisers.push({ name, dims, dataType: half ? FLOAT16 : FLOAT, rawData })
    return name
  }

  integers(name: string, values: readonly number[]): string {
    const rawData = bytesOf(BigInt64Array.from(values.map(BigInt)))
    this.initialisers.push({ name, dims: [values.length], dataType: INT64, rawData })
    return name
  }

  weight(name: string): string {
    const { dims, values } = this.values(name)
    return this.float(name, dims, values)
  }

  values(name: string): Weight {
    const weight = this.#weights.get(name)
    if (!weight) throw new Error(`no weight ${name}`)
    return weight
  }

  norm(input: string, name: string): string {
    const scale = this.weight(`${name}.scale`)
    const bias = this.weight(`${name}.bias`)
    return this.op('LayerNormalization', [input, scale, bias], [integer('axis', -1), EPSILON])
  }

  linear(input: string, name: string): string {
    const product =
      this.#precision === 'int8'
        ? this.#integerProduct(input, `${name}.weight`)
        : this.op('MatMul', [input, this.weight(`${name}.weight`)])
    return this.op('Add', [product, this.weight(`${name}.bias`)])
  }

  /** Dynamic quantisation as onnxruntime.quantization writes it: activations 8 bit per tensor, weights per column. */
  #integerProduct(input: string, name: string): string {
    const weight = this.values(name)
    const [rows = 0, columns = 0] = weight.dims
    const scales = new Float32Array(columns)
    for (let at = 0; at < weight.values.length; at += 1) {
      const column = at % columns
      scales[column] = Math.max(scales[column] ?? 0, Math.abs(weight.values[at] ?? 0) / 127)
    }
    const quantised = new Int8Array(rows * columns)
    for (let at = 0; at < quantised.length; at += 1)
      quantised[at] = Math.round((weight.values[at] ?? 0) / (scales[at % columns] || 1))
    this.initialisers.push({
      name: `${name}.q`,
      dims: weight.dims,
      dataType: INT8,
      rawData: bytesOf(quantised)
    })
    this.initialisers.push({
      name: `${name}.z`,
      dims: [columns],
      dataType: INT8,
      rawData: new Uint8Array(columns)
    })
    const [value, scale, zero] = this.#quantise(input)
    const product = this.op('MatMulInteger', [value, `${name}.q`, zero, `${name}.z`])
    const number = this.op('Cast', [product], [integer('to', FLOAT)])
    const both = this.op('Mul', [scale, this.float(`${name}.s`, [columns], scales)])
    return this.op('Mul', [number, both])
  }

  #quantise(input: string): readonly [string, string, string] {
    const known = this.#quantised.get(input)
    if (known) return known
    const names = [`${input}.q8`, `${input}.q8s`, `${input}.q8z`] as const
    this.nodes.push({ opType: 'DynamicQuantizeLinear', input: [input], output: [...names] })
    this.#quantised.set(input, names)
    return names
  }
}

export const integer = (name: string, i: number) => ({
  name,
  type: onnx.AttributeProto.AttributeType.INT,
  i
})
export const permutation = (ints: readonly number[]) => ({
  name: 'perm',
  type: onnx.AttributeProto.AttributeType.INTS,
  ints
})

export const axes = (axis: number) => ({
  name: 'axes',
  type: onnx.AttributeProto.AttributeType.INTS,
  ints: [axis]
})

function port(name: string, elemType: number, dims: readonly (string | number)[]): object {
  const dim = dims.map((size) =>
    typeof size === 'number' ? { dimValue: size } : { dimParam: size }
  )
  return { name, type: { tensorType: { elemType, shape: { dim } } } }
}

export interface GraphPorts {
  /** INT64 inputs and their dimensions. */
  readonly inputs: Readonly<Record<string, readonly (string | number)[]>>
  readonly output: {
    readonly name: string
    readonly type: number
    readonly dims: readonly (string | number)[]
  }
}

/** The graph as an ONNX file, opset 12, with the operators that ONNX Runtime adds. */
export function modelBytes(graph: Graph, { inputs, output }: GraphPorts): Uint8Array {
  const model = {
    irVersion: 8,
    opsetImport: [
      { domain: '', version: 12 },
      ...(graph.nodes.some(({ domain }) => domain === CONTRIB)
        ? [{ domain: CONTRIB, version: 1 }]
        : [])
    ],
    graph: {
      name: 'encoder',
      node: graph.nodes,
      initializer: graph.initialisers,
      input: Object.entries(inputs).map(([name, dims]) => port(name, INT64, dims)),
      output: [port(output.name, output.type, output.dims)]
    }
  }
  return onnx.ModelProto.encode(model as never).finish()
}
