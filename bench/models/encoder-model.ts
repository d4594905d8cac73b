// A text encoder of a given shape with seeded random weights, as ONNX in FP32, FP16 or INT8 and as one weight
// file that a peer loads: both sides of a comparison run the same numbers. Speed does not depend on what they are.

import proto from 'onnx-proto'
import { floatsToHalf } from './half-floats.ts'

const { onnx } = proto
const { FLOAT, FLOAT16, INT64, INT8 } = onnx.TensorProto.DataType

export interface EncoderShape {
  readonly layers: number
  readonly hidden: number
  readonly heads: number
  readonly feedForward: number
  readonly vocabulary: number
  readonly positions: number
  /** Mean over the tokens that count, [N, hidden], in place of one row a token. */
  readonly pooled: boolean
}

/** The shape of all-MiniLM-L6: 22.7 million parameters. */
export const MINILM: EncoderShape = {
  layers: 6,
  hidden: 384,
  heads: 12,
  feedForward: 1536,
  vocabulary: 30_522,
  positions: 512,
  pooled: true
}

/** The shape of BERT-base: 109 million parameters. */
export const BERT_BASE: EncoderShape = {
  layers: 12,
  hidden: 768,
  heads: 12,
  feedForward: 3072,
  vocabulary: 30_522,
  positions: 512,
  pooled: false
}

export interface Weight {
  readonly name: string
  readonly dims: readonly number[]
  readonly values: Float32Array
}

export type EncoderPrecision = 'fp32' | 'fp16' | 'int8'

/** Numbers like those of a trained encoder: uniform, variance 0.02², from a 32-bit xorshift. */
function randomValues(count: number, seed: number): Float32Array {
  const values = new Float32Array(count)
  let state = seed | 1
  for (let index = 0; index < count; index += 1) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    values[index] = ((state >>> 0) / 0xffffffff - 0.5) * 0.0693
  }
  return values
}

/** Every weight of an encoder in the order in which it is used; weights of linear layers are [in, out]. */
export function encoderWeights(shape: EncoderShape): Weight[] {
  const { hidden, feedForward } = shape
  const weights: Weight[] = []
  const random = (name: string, dims: number[]): void => {
    const count = dims.reduce((product, size) => product * size, 1)
    weights.push({ name, dims, values: randomValues(count, 7919 * (weights.length + 1)) })
  }
  const norm = (name: string): void => {
    weights.push({
      name: `${name}.scale`,
      dims: [hidden],
      values: new Float32Array(hidden).fill(1)
    })
    random(`${name}.bias`, [hidden])
  }
  const linear = (name: string, from: number, to: number): void => {
    random(`${name}.weight`, [from, to])
    random(`${name}.bias`, [to])
  }
  random('tokens', [shape.vocabulary, hidden])
  random('places', [shape.positions, hidden])
  norm('norm')
  for (let layer = 0; layer < shape.layers; layer += 1) {
    for (const part of ['q', 'k', 'v', 'o']) linear(`l${layer}.${part}`, hidden, hidden)
    norm(`l${layer}.norm1`)
    linear(`l${layer}.up`, hidden, feedForward)
    linear(`l${layer}.down`, feedForward, hidden)
    norm(`l${layer}.norm2`)
  }
  return weights
}

interface Node {
  readonly opType: string
  readonly input: readonly string[]
  readonly output: readonly string[]
  readonly attribute?: readonly object[]
}

const bytesOf = (values: Float32Array | BigInt64Array | Int8Array | Uint16Array | Uint8Array) =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength)

class Graph {
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
    const weight = this.#weights.get(name)
    if (!weight) throw new Error(`no weight ${name}`)
    return this.float(name, weight.dims, weight.values)
  }

  norm(input: string, name: string): string {
    const scale = this.weight(`${name}.scale`)
    const bias = this.weight(`${name}.bias`)
    return this.op(
      'LayerNormalization',
      [input, scale, bias],
      [
        integer('axis', -1),
        { name: 'epsilon', type: onnx.AttributeProto.AttributeType.FLOAT, f: 1e-12 }
      ]
    )
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
    const weight = this.#weights.get(name)
    if (!weight) throw new Error(`no weight ${name}`)
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

const integer = (name: string, i: number) => ({
  name,
  type: onnx.AttributeProto.AttributeType.INT,
  i
})
const permutation = (ints: readonly number[]) => ({
  name: 'perm',
  type: onnx.AttributeProto.AttributeType.INTS,
  ints
})

const axes = (axis: number) => ({
  name: 'axes',
  type: onnx.AttributeProto.AttributeType.INTS,
  ints: [axis]
})

function attention(graph: Graph, input: string, layer: number): string {
  const heads = (part: string, perm: readonly number[]): string => {
    const rows = graph.linear(input, `l${layer}.${part}`)
    return graph.op('Transpose', [graph.op('Reshape', [rows, 'to_heads'])], [permutation(perm)])
  }
  const q = heads('q', [0, 2, 1, 3])
  const k = heads('k', [0, 2, 3, 1])
  const v = heads('v', [0, 2, 1, 3])
  const scores = graph.op('Div', [graph.op('MatMul', [q, k]), 'root'])
  // ONNX Runtime 1.30 fuses this form into one attention kernel, and fails to load it where the numbers are FP16.
  const shares = graph.op(
    'Softmax',
    [graph.op('Add', [scores, 'mask_bias'])],
    [integer('axis', graph.floatType === FLOAT16 ? -1 : 3)]
  )
  const mixed = graph.op(
    'Transpose',
    [graph.op('MatMul', [shares, v])],
    [permutation([0, 2, 1, 3])]
  )
  const joined = graph.op('Reshape', [mixed, 'to_rows'])
  const out = graph.linear(joined, `l${layer}.o`)
  return graph.norm(graph.op('Add', [out, input]), `l${layer}.norm1`)
}

/** Gelu with Erf, as exporters write it and ONNX Runtime fuses it (Hendrycks & Gimpel 2016). */
function gelu(graph: Graph, input: string): string {
  const bell = graph.op('Add', [graph.op('Erf', [graph.op('Div', [input, 'root_two'])]), 'one'])
  return graph.op('Mul', [graph.op('Mul', [input, bell]), 'half'])
}

function embed(graph: Graph): string {
  const tokens = graph.op('Gather', [graph.weight('tokens'), 'input_ids'])
  const length = graph.op(
    'Gather',
    [graph.op('Shape', ['input_ids']), 'second'],
    [integer('axis', 0)]
  )
  const places = graph.op('Slice', [graph.weight('places'), 'from_zero', length, 'first_axis'])
  return graph.norm(graph.op('Add', [tokens, places]), 'norm')
}

function prepare(graph: Graph, { heads, hidden }: EncoderShape): void {
  graph.integers('to_heads', [0, 0, heads, hidden / heads])
  graph.integers('to_rows', [0, 0, hidden])
  graph.integers('second', [1])
  graph.integers('from_zero', [0])
  graph.integers('first_axis', [0])
  graph.float('root', [1], Float32Array.of(Math.sqrt(hidden / heads)))
  graph.float('root_two', [1], Float32Array.of(Math.SQRT2))
  graph.float('one', [1], Float32Array.of(1))
  graph.float('half', [1], Float32Array.of(0.5))
  graph.float('far', [1], Float32Array.of(-10_000))
  const mask = graph.op(
    'Unsqueeze',
    [graph.op('Unsqueeze', ['attention_mask'], [axes(1)])],
    [axes(2)]
  )
  const numbers = graph.op('Cast', [mask], [integer('to', graph.floatType)])
  const bias = graph.op('Mul', [graph.op('Sub', ['one', numbers]), 'far'])
  graph.rename(bias, 'mask_bias')
}

function pool(graph: Graph, rows: string): string {
  const mask = graph.op('Cast', ['attention_mask'], [integer('to', graph.floatType)])
  const column = graph.op('Unsqueeze', [mask], [axes(2)])
  const sum = graph.op(
    'ReduceSum',
    [graph.op('Mul', [rows, column])],
    [axes(1), integer('keepdims', 0)]
  )
  return graph.op('Div', [sum, graph.op('ReduceSum', [column], [axes(1), integer('keepdims', 0)])])
}

function port(name: string, elemType: number, dims: readonly (string | number)[]): object {
  const dim = dims.map((size) =>
    typeof size === 'number' ? { dimValue: size } : { dimParam: size }
  )
  return { name, type: { tensorType: { elemType, shape: { dim } } } }
}

/**
 * The encoder as ONNX, opset 12, whose form of the mask ONNX Runtime fuses into its attention kernel: inputs `input_ids` and `attention_mask` INT64 [N, S]; output `embedding`
 * [N, hidden] when pooled, else `last_hidden_state` [N, S, hidden]; FP32, or that of the precision on request.
 */
export function encoderModel(
  shape: EncoderShape,
  precision: EncoderPrecision,
  { halfOutput = false }: { readonly halfOutput?: boolean } = {}
): Uint8Array {
  const graph = new Graph(encoderWeights(shape), precision)
  prepare(graph, shape)
  let rows = embed(graph)
  for (let layer = 0; layer < shape.layers; layer += 1) {
    rows = attention(graph, rows, layer)
    const wide = gelu(graph, graph.linear(rows, `l${layer}.up`))
    const narrow = graph.linear(wide, `l${layer}.down`)
    rows = graph.norm(graph.op('Add', [narrow, rows]), `l${layer}.norm2`)
  }
  const output = shape.pooled ? 'embedding' : 'last_hidden_state'
  const last = shape.pooled ? pool(graph, rows) : rows
  const outputType = halfOutput ? graph.floatType : FLOAT
  graph.rename(
    graph.floatType === outputType ? last : graph.op('Cast', [last], [integer('to', outputType)]),
    output
  )
  const outputDims = shape.pooled ? ['n', shape.hidden] : ['n', 's', shape.hidden]
  const model = {
    irVersion: 8,
    opsetImport: [{ domain: '', version: 12 }],
    graph: {
      name: 'encoder',
      node: graph.nodes,
      initializer: graph.initialisers,
      input: [port('input_ids', INT64, ['n', 's']), port('attention_mask', INT64, ['n', 's'])],
      output: [port(output, outputType, outputDims)]
    }
  }
  return onnx.ModelProto.encode(model as never).finish()
}

/** All weights as one file: little-endian FP32 one after the other, in the order of `encoderWeights`. */
export function weightFile(weights: readonly Weight[]): Uint8Array {
  const total = weights.reduce((sum, { values }) => sum + values.length, 0)
  const joined = new Float32Array(total)
  let at = 0
  for (const { values } of weights) {
    joined.set(values, at)
    at += values.length
  }
  return bytesOf(joined)
}
