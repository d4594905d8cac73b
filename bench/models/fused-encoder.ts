// The encoder of encoder-model.ts with the operators that ONNX Runtime brings for transformers, as its optimiser
// for them (onnxruntime.transformers, model type bert) writes a model for CUDA: the same weights, the same sums,
// a seventh of the kernels. Only ONNX Runtime reads it, and only where the mask pads at the right.

import proto from 'onnx-proto'
import { type EncoderShape, embed, encoderWeights } from './encoder-model.ts'
import { axes, EPSILON, Graph, integer, modelBytes } from './onnx-graph.ts'

const { FLOAT, FLOAT16, INT32 } = proto.onnx.TensorProto.DataType

/** Matrices [in, out] of a layer side by side, and their biases one after the other. */
function packedQkv(graph: Graph, layer: number, hidden: number): [string, string] {
  const weight = new Float32Array(hidden * 3 * hidden)
  const bias = new Float32Array(3 * hidden)
  for (const [at, part] of ['q', 'k', 'v'].entries()) {
    const { values } = graph.values(`l${layer}.${part}.weight`)
    for (let row = 0; row < hidden; row += 1)
      weight.set(values.subarray(row * hidden, (row + 1) * hidden), row * 3 * hidden + at * hidden)
    bias.set(graph.values(`l${layer}.${part}.bias`).values, at * hidden)
  }
  return [
    graph.float(`l${layer}.qkv.weight`, [hidden, 3 * hidden], weight),
    graph.float(`l${layer}.qkv.bias`, [3 * hidden], bias)
  ]
}

const product = (graph: Graph, input: string, name: string): string =>
  graph.op('MatMul', [input, graph.weight(`${name}.weight`)])

interface SkipNorm {
  /** What a linear layer gave, without its bias. */
  readonly input: string
  readonly skip: string
  /** The linear layer. */
  readonly linear: string
  readonly norm: string
}

/** LayerNorm(input + skip + bias of the linear layer). */
function skipNorm(graph: Graph, { input, skip, linear, norm }: SkipNorm): string {
  const scale = graph.weight(`${norm}.scale`)
  const shift = graph.weight(`${norm}.bias`)
  const inputs = [input, skip, scale, shift, graph.weight(`${linear}.bias`)]
  return graph.contribOp('SkipLayerNormalization', inputs, [EPSILON])
}

function encoderLayer(
  graph: Graph,
  rows: string,
  { layer, heads, hidden }: EncoderShape & { readonly layer: number }
): string {
  const mixed = graph.contribOp(
    'Attention',
    [rows, ...packedQkv(graph, layer, hidden), 'row_lengths'],
    [integer('num_heads', heads)]
  )
  const out = product(graph, mixed, `l${layer}.o`)
  const attended = skipNorm(graph, {
    ...{ input: out, skip: rows },
    ...{ linear: `l${layer}.o`, norm: `l${layer}.norm1` }
  })
  const wide = product(graph, attended, `l${layer}.up`)
  const gelu = graph.contribOp('BiasGelu', [wide, graph.weight(`l${layer}.up.bias`)])
  return skipNorm(graph, {
    ...{ input: product(graph, gelu, `l${layer}.down`), skip: attended },
    ...{ linear: `l${layer}.down`, norm: `l${layer}.norm2` }
  })
}

/**
 * The encoder as ONNX with ONNX Runtime's operators: inputs `input_ids` and `attention_mask` INT64 [N, S], output
 * `last_hidden_state` [N, S, hidden] FP32, or FP16 on request.
 */
export function fusedEncoderModel(
  shape: EncoderShape,
  precision: 'fp32' | 'fp16',
  { halfOutput = false }: { readonly halfOutput?: boolean } = {}
): Uint8Array {
  const graph = new Graph(encoderWeights(shape), precision)
  graph.integers('second', [1])
  graph.integers('from_zero', [0])
  graph.integers('first_axis', [0])
  const lengths = graph.op('ReduceSum', ['attention_mask'], [axes(1), integer('keepdims', 0)])
  graph.nodes.push({
    opType: 'Cast',
    input: [lengths],
    output: ['row_lengths'],
    attribute: [integer('to', INT32)]
  })
  let rows = embed(graph)
  for (let layer = 0; layer < shape.layers; layer += 1)
    rows = encoderLayer(graph, rows, { ...shape, layer })
  const type = halfOutput ? graph.floatType : FLOAT
  const cast = precision === 'fp16' && type !== FLOAT16
  graph.rename(cast ? graph.op('Cast', [rows], [integer('to', FLOAT)]) : rows, 'last_hidden_state')
  return modelBytes(graph, {
    inputs: { input_ids: ['n', 's'], attention_mask: ['n', 's'] },
    output: { name: 'last_hidden_state', type, dims: ['n', 's', shape.hidden] }
  })
}
