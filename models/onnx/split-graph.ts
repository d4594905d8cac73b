// Cuts a model into parts that run one behind the other: by layers, where few and small tensors cross. What
// depends on weights alone is no part of the chain; each part computes what it needs of it again.

import { NearsideError } from '../../contract/index.ts'
import { type Crossing, chooseCuts } from './choose-cuts.ts'
import { attributeBytes, operationsOf, tensorBytes } from './cost-of-nodes.ts'
import type { GraphDescription, ModelDescription, NodeDescription } from './description.ts'
import { type Flow, flowOf } from './graph-flow.ts'
import type { ObservedValue } from './observed-values.ts'
import { inSteps } from './steps.ts'
import {
  type GraphToWrite,
  graphPieces,
  type ModelToWrite,
  type ValueToWrite
} from './write-model.ts'

/** Operators that give something new at each run. */
const RANDOM: ReadonlySet<string> = new Set([
  'RandomNormal',
  'RandomNormalLike',
  'RandomUniform',
  'RandomUniformLike',
  'Multinomial',
  'Bernoulli',
  'Dropout'
])

export interface SplitOptions {
  readonly parts: number
  /** `memory`: about equal weights; `time`: about equal operations. */
  readonly by: 'memory' | 'time'
  /** Types and sizes of the values, see `observe`. */
  readonly observed: ReadonlyMap<string, ObservedValue>
}

export interface PartPlan {
  readonly model: ModelToWrite
  /** Values that it needs: of the model's inputs and of earlier parts. */
  readonly inputs: readonly string[]
  /** Values that later parts need, and those of the model's outputs that it gives. */
  readonly outputs: readonly string[]
  /** Operators on the way, constant ones included. */
  readonly nodes: number
  readonly weightBytes: number
  readonly operations: number
  /** Largest observed size of what crosses to later parts behind this one, bytes. */
  readonly crossingBytes: number
}

/** The graph, sorted out: what is computed at each run, in order, and what is not. */
interface SortedGraph {
  readonly graph: GraphDescription
  readonly chain: readonly NodeDescription[]
  readonly reads: readonly ReadonlySet<string>[]
  /** Value → the node that computes it from weights alone, and what that reads. */
  readonly constants: ReadonlyMap<string, { node: NodeDescription; reads: ReadonlySet<string> }>
  /** Value → place in the chain of the node that gives it. */
  readonly producer: ReadonlyMap<string, number>
}

function sortOut(graph: GraphDescription, { order, reads }: Flow): SortedGraph {
  const fed = new Set(graph.inputs.map(({ name }) => name))
  for (const { name } of graph.initialisers) fed.delete(name) // before IR version 4 weights are inputs too
  const chain: NodeDescription[] = []
  const chainReads: ReadonlySet<string>[] = []
  const constants = new Map<string, { node: NodeDescription; reads: ReadonlySet<string> }>()
  const producer = new Map<string, number>()
  const running = new Set(fed)
  for (const [index, node] of order.entries()) {
    const names = reads[index] ?? new Set<string>()
    const constant = !RANDOM.has(node.op) && [...names].every((name) => !running.has(name))
    for (const name of node.outputs) {
      if (name === '') continue
      if (constant) constants.set(name, { node, reads: names })
      else {
        running.add(name)
        producer.set(name, chain.length)
      }
    }
    if (constant) continue
    chain.push(node)
    chainReads.push(names)
  }
  return { graph, chain, reads: chainReads, constants, producer }
}

/** Constant nodes and weights that a stretch of the chain needs. */
function closure(names: Iterable<string>, { graph, constants }: SortedGraph) {
  const nodes = new Set<NodeDescription>()
  const needed = new Set<string>()
  const waiting = [...names]
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (needed.has(name)) continue
    needed.add(name)
    const constant = constants.get(name)
    if (!constant || nodes.has(constant.node)) continue
    nodes.add(constant.node)
    waiting.push(...constant.reads)
  }
  return {
    nodes,
    needed,
    initialisers: graph.initialisers.filter(({ name }) => needed.has(name)),
    sparse: graph.sparse.filter(({ values }) => needed.has(values.name))
  }
}

/** Cost of each node of the chain: bytes of the weights that it is the first to need, or operations. */
function costs(sorted: SortedGraph, { by, observed }: SplitOptions): number[] {
  const { chain, reads, graph, constants } = sorted
  if (by === 'time') return chain.map((node) => operationsOf(node, graph, observed))
  const bytes = new Map(graph.initialisers.map((tensor) => [tensor.name, tensorBytes(tensor)]))
  const counted = new Set<string>()
  const weigh = (names: Iterable<string>): number => {
    let sum = 0
    const waiting = [...names]
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      if (counted.has(name)) continue
      const constant = constants.get(name)
      const size = bytes.get(name)
      if (size === undefined && !constant) continue
      counted.add(name)
      sum += size ?? (constant ? attributeBytes(constant.node) : 0)
      waiting.push(...(constant?.reads ?? []))
    }
    return sum
  }
  return chain.map((node, index) => weigh(reads[index] ?? []) + attributeBytes(node))
}

function bytesOf({ datatype, elements }: ObservedValue): number {
  return elements * (datatype.endsWith('64') ? 8 : datatype.endsWith('16') ? 2 : 4)
}

/** What crosses before each node of the chain. */
function crossings(
  { chain, reads, producer }: SortedGraph,
  observed: ReadonlyMap<string, ObservedValue>
): (Crossing | undefined)[] {
  const lastRead = new Map<string, number>()
  for (const [index, names] of reads.entries())
    for (const name of names) if (producer.has(name)) lastRead.set(name, index)
  const change = Array.from({ length: chain.length + 1 }, () => ({
    bytes: 0,
    tensors: 0,
    stuck: 0
  }))
  for (const [name, last] of lastRead) {
    const value = observed.get(name)
    const bytes = value ? bytesOf(value) : 0
    const stuck = !value || value.datatype === 'BYTES' ? 1 : 0
    for (const [at, sign] of [
      [(producer.get(name) ?? 0) + 1, 1],
      [last + 1, -1]
    ] as const) {
      const entry = change[at]
      if (!entry) continue
      entry.bytes += sign * bytes
      entry.tensors += sign
      entry.stuck += sign * stuck
    }
  }
  const sum = { bytes: 0, tensors: 0, stuck: 0 }
  return chain.map((_, index) => {
    sum.bytes += change[index]?.bytes ?? 0
    sum.tensors += change[index]?.tensors ?? 0
    sum.stuck += change[index]?.stuck ?? 0
    return sum.stuck > 0 ? undefined : { bytes: sum.bytes, tensors: sum.tensors }
  })
}

interface Stretch {
  readonly from: number
  readonly to: number
  readonly last: boolean
}

function makePart(
  model: ModelDescription,
  sorted: SortedGraph,
  { from, to, last, options }: Stretch & { options: SplitOptions }
): Omit<PartPlan, 'crossingBytes'> {
  const { graph, chain, reads, producer, constants } = sorted
  const nodes = chain.slice(from, to)
  const read = new Set(reads.slice(from, to).flatMap((names) => [...names]))
  const laterReads = new Set(reads.slice(to).flatMap((names) => [...names]))
  const within = (name: string): boolean => {
    const place = producer.get(name)
    return place !== undefined && place >= from && place < to
  }
  const promised = graph.outputs.filter(({ name }) => within(name) || (last && constants.has(name)))
  const promisedNames = new Set(promised.map(({ name }) => name))
  const passed = nodes
    .flatMap(({ outputs }) => outputs)
    .filter((name) => laterReads.has(name) && !promisedNames.has(name))
  const need = closure([...read, ...promisedNames], sorted)
  const fromOutside = graph.inputs.filter(({ name }) => need.needed.has(name))
  const fromEarlier = [...read].filter((name) => producer.has(name) && !within(name))
  const declare = (name: string): ValueToWrite => {
    const value = options.observed.get(name)
    return value ? { name, datatype: value.datatype, shape: value.shape } : { name }
  }
  const written: GraphToWrite = {
    nodes: [...need.nodes, ...nodes].sort(byPlace),
    initialisers: need.initialisers,
    sparse: need.sparse,
    inputs: [...fromOutside, ...fromEarlier.map(declare)],
    outputs: [...promised, ...passed.map(declare)]
  }
  const weights = new Set(graph.initialisers.map(({ name }) => name))
  return {
    model: graphPieces(model, written),
    inputs: [...fromOutside.map(({ name }) => name), ...fromEarlier].filter(
      (name) => !weights.has(name)
    ),
    outputs: [...promisedNames, ...passed],
    nodes: written.nodes.length,
    weightBytes:
      need.initialisers.reduce((sum, tensor) => sum + tensorBytes(tensor), 0) +
      written.nodes.reduce((sum, node) => sum + attributeBytes(node), 0),
    operations: nodes.reduce((sum, node) => sum + operationsOf(node, graph, options.observed), 0)
  }
}

/** The order of the file; runtimes do not need it, readers of the file do. */
const byPlace = (a: NodeDescription, b: NodeDescription): number =>
  a.content.offset - b.content.offset

/**
 * Plans the parts of a model.
 * @throws NearsideError NS_MODEL_INDIVISIBLE when it has too few places where it can be cut
 */
export async function planSplit(
  model: ModelDescription,
  options: SplitOptions
): Promise<PartPlan[]> {
  const { graph } = model
  const sorted = sortOut(graph, await inSteps(flowOf(graph)))
  const weights = new Set(graph.initialisers.map(({ name }) => name))
  const idle = graph.outputs.find(({ name }) => weights.has(name))
  if (idle)
    throw new NearsideError(
      'NS_MODEL_INDIVISIBLE',
      `The output ${idle.name} is a weight of the model itself; a part cannot give it. Export the model without it.`
    )
  const crossing = crossings(sorted, options.observed)
  const cuts = chooseCuts({ costs: costs(sorted, options), crossings: crossing }, options.parts)
  if (!cuts) {
    const places = crossing.slice(1).filter(Boolean).length
    throw new NearsideError(
      'NS_MODEL_INDIVISIBLE',
      `The model has ${places} ${places === 1 ? 'place' : 'places'} where it can be cut, too few for ${options.parts} parts; ask for fewer.`
    )
  }
  const ends = [...cuts, sorted.chain.length]
  return ends.map((to, index) => {
    const from = index === 0 ? 0 : (ends[index - 1] ?? 0)
    const last = index === ends.length - 1
    const part = makePart(model, sorted, { from, to, last, options })
    return { ...part, crossingBytes: crossing[to]?.bytes ?? 0 }
  })
}
