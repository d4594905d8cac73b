// How values flow through a graph: what each node reads (subgraphs included), who gives it, and an order in
// which every node comes behind those that it reads from.

import type { GraphDescription, NodeDescription } from './description.ts'
import { invalid, quoted } from './model-refusal.ts'
import type { Steps } from './steps.ts'

/** Names that a graph has without computing them. */
export function givenNames({ inputs, initialisers, sparse }: GraphDescription): Set<string> {
  return new Set([
    ...inputs.map(({ name }) => name),
    ...initialisers.map(({ name }) => name),
    ...sparse.map(({ values }) => values.name)
  ])
}

/** Names that the nodes of a graph compute. */
function producedNames({ nodes }: GraphDescription): Set<string> {
  return new Set(nodes.flatMap(({ outputs }) => outputs))
}

/** Everything that a node reads: its inputs, and what its subgraphs take from outside. */
export function readsOf({ inputs, attributes }: NodeDescription): Set<string> {
  const reads = new Set(inputs)
  for (const { graphs } of attributes)
    for (const graph of graphs) for (const name of freeNames(graph)) reads.add(name)
  reads.delete('')
  return reads
}

/** Names that a subgraph takes from the graphs round it. */
function freeNames(graph: GraphDescription): Set<string> {
  const own = givenNames(graph)
  for (const name of producedNames(graph)) own.add(name)
  const free = new Set<string>()
  const read = (name: string): void => {
    if (!own.has(name)) free.add(name)
  }
  for (const node of graph.nodes) for (const name of readsOf(node)) read(name)
  for (const { name } of graph.outputs) if (name) read(name)
  return free
}

export interface Flow {
  /** Nodes of the graph so that each comes behind those that it reads from; the file's own order where that holds. */
  readonly order: readonly NodeDescription[]
  /** What the node at the same place of `order` reads. */
  readonly reads: readonly ReadonlySet<string>[]
}

/**
 * Orders the nodes of a graph.
 * @throws ModelRefusal NS_BUNDLE_INVALID when nodes wait for each other in a circle
 */
export function* flowOf({ nodes }: Pick<GraphDescription, 'nodes'>): Steps<Flow> {
  const producer = new Map<string, number>()
  for (const [index, { outputs }] of nodes.entries())
    for (const name of outputs) if (name) producer.set(name, index)
  const reads: Set<string>[] = []
  const readers = new Map<number, number[]>()
  const missing: number[] = []
  const ready: number[] = []
  for (const [index, node] of nodes.entries()) {
    const names = readsOf(node)
    reads.push(names)
    const before = new Set([...names].flatMap((name) => producer.get(name) ?? []))
    for (const from of before) {
      const list = readers.get(from)
      if (list) list.push(index)
      else readers.set(from, [index])
    }
    missing.push(before.size)
    if (before.size === 0) ready.push(index)
    yield
  }
  const sorted = inFileOrder(reads, producer) ? [...nodes.keys()] : kahn(ready, missing, readers)
  if (sorted.length < nodes.length) {
    const stuck = nodes[missing.findIndex((count) => count > 0)]
    throw invalid(
      `has nodes that wait for each other in a circle, ${quoted(stuck?.name || stuck?.op || '')} among them; export it again.`
    )
  }
  return {
    order: sorted.flatMap((index) => nodes[index] ?? []),
    reads: sorted.flatMap((index) => reads[index] ?? [])
  }
}

function inFileOrder(
  reads: readonly ReadonlySet<string>[],
  producer: ReadonlyMap<string, number>
): boolean {
  return reads.every((names, index) =>
    [...names].every((name) => (producer.get(name) ?? -1) < index)
  )
}

/** Kahn 1962, Topological sorting of large networks; nodes in a circle are left out. */
function kahn(
  ready: readonly number[],
  missing: number[],
  readers: ReadonlyMap<number, readonly number[]>
): number[] {
  const sorted = [...ready]
  for (let next = 0; next < sorted.length; next += 1) {
    for (const reader of readers.get(sorted[next] ?? -1) ?? []) {
      missing[reader] = (missing[reader] ?? 0) - 1
      if (missing[reader] === 0) sorted.push(reader)
    }
  }
  return sorted
}
