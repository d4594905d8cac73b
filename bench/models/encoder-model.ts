// A text encoder of a given shape with seeded random weights, as ONNX in FP32, FP16 or INT8 and as one weight
// file that a peer loads: both sides of a comparison run the same numbers. Speed does not depend on what they are.

import proto from 'onnx-proto'
import {
  axes,
  bytesOf,
  type EncoderPrecision,
  Graph,
  integer,
  modelBytes,
  permutation,
  type Weight
} from './onnx-graph.ts'

const { FLOAT, FLOAT16 } = proto.onnx.TensorProto.DataType

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

export function embed(graph: Graph): string {
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
  return modelBytes(graph, {
    inputs: { input_ids: ['n', 's'], attention_mask: ['n', 's'] },
    output: { name: output, type: outputType, dims: outputDims }
  })
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
