// What is worth knowing of a model at a glance: operators, operator sets, parameters, and in which precision its
// weights lie. Counted from the description; nothing is loaded.

import { tensorBytes } from './cost-of-nodes.ts'
import type {
  GraphDescription,
  ModelDescription,
  NodeDescription,
  Opset,
  TensorDescription
} from './description.ts'
import { ELEMENT_TYPES, elementCount } from './element-types.ts'

export interface WeightFacts {
  /** Element type, as FLOAT16. */
  readonly type: string
  readonly parameters: number
  readonly bytes: number
}

export interface ModelFacts {
  readonly irVersion: number
  readonly producer: string
  /** Operator sets whose operators are used. */
  readonly opsets: readonly Opset[]
  readonly nodes: number
  /** Operator, with its domain unless it is ONNX's own, → how often; the most frequent first. */
  readonly operators: Readonly<Record<string, number>>
  /** Numbers in weights, small ones such as shapes included. */
  readonly parameters: number
  /** The most bytes first. */
  readonly weights: readonly WeightFacts[]
  /** Files beside the model that hold weights. */
  readonly externalFiles: readonly string[]
}

/** All nodes: of the graph, of the graphs inside it, and of functions, each once. */
export function* allNodes(model: ModelDescription): Generator<NodeDescription> {
  const waiting = [...model.graph.nodes, ...model.functions.flatMap(({ nodes }) => nodes)]
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    yield node
    for (const graph of node.attributes.flatMap(({ graphs }) => graphs))
      for (const inner of graph.nodes) waiting.push(inner)
  }
}

function tensorsOfGraph({ initialisers, sparse }: GraphDescription): TensorDescription[] {
  return [...initialisers, ...sparse.map(({ values }) => values)]
}

/** All tensors that a model brings along. */
function* allTensors(model: ModelDescription): Generator<TensorDescription> {
  yield* tensorsOfGraph(model.graph)
  for (const { attributes } of allNodes(model)) {
    for (const { tensors, sparse, graphs } of attributes) {
      yield* tensors
      for (const { values } of sparse) yield values
      for (const graph of graphs) yield* tensorsOfGraph(graph)
    }
  }
}

/** Files that hold weights, as the model names them: relative to its own folder. */
export function externalFiles(model: ModelDescription): string[] {
  const files = new Set<string>()
  for (const { external } of allTensors(model)) {
    const location = external?.get('location')
    if (location) files.add(location)
  }
  return [...files].sort()
}

/** Counts what a model holds. */
export function modelFacts(model: ModelDescription): ModelFacts {
  const operators = new Map<string, number>()
  const domains = new Set<string>()
  let nodes = 0
  for (const { op, domain } of allNodes(model)) {
    nodes += 1
    domains.add(domain)
    const name = domain === '' ? op : `${domain}.${op}`
    operators.set(name, (operators.get(name) ?? 0) + 1)
  }
  const weights = new Map<string, { parameters: number; bytes: number }>()
  for (const tensor of allTensors(model)) {
    const type = ELEMENT_TYPES.get(tensor.type)?.name ?? String(tensor.type)
    const sum = weights.get(type) ?? { parameters: 0, bytes: 0 }
    sum.parameters += elementCount(tensor.dims)
    sum.bytes += tensorBytes(tensor)
    weights.set(type, sum)
  }
  const byType = [...weights].map(([type, sum]) => ({ type, ...sum }))
  return {
    irVersion: model.irVersion,
    producer: model.producer,
    opsets: model.opsets.filter(({ domain }) => domains.has(domain)),
    nodes,
    operators: Object.fromEntries([...operators].sort((a, b) => b[1] - a[1])),
    parameters: byType.reduce((sum, { parameters }) => sum + parameters, 0),
    weights: byType.sort((a, b) => b.bytes - a.bytes),
    externalFiles: externalFiles(model)
  }
}
