// Judges the functions that a model brings along: nobody calls itself, and all calls written out stay within
// the limit of nodes, because a runtime does write them out.

import type { FunctionDescription, ModelDescription, NodeDescription } from './description.ts'
import { MAX_NODES } from './limits.ts'
import { invalid, quoted, unsafe } from './model-refusal.ts'

/** Functions that call functions that call functions; real exporters stay below a dozen. */
const MAX_CALL_DEPTH = 64

/** What a node calls, or a function is called by. */
export function functionKey({
  domain,
  op,
  overload
}: Pick<NodeDescription, 'domain' | 'op' | 'overload'>): string {
  return JSON.stringify([domain, op, overload])
}

/** All nodes of a list and of the subgraphs in it. */
function* nodesWithin(nodes: readonly NodeDescription[]): Generator<NodeDescription> {
  for (const node of nodes) {
    yield node
    for (const { graphs } of node.attributes)
      for (const graph of graphs) yield* nodesWithin(graph.nodes)
  }
}

/**
 * Checks calls between functions.
 * @throws ModelRefusal NS_BUNDLE_INVALID for recursion, NS_MODEL_UNSAFE for more nodes than a model may have
 */
export function checkFunctions({ graph, functions }: ModelDescription): void {
  if (functions.length === 0) return
  const known = new Map<string, FunctionDescription>()
  for (const item of functions) {
    const key = functionKey({ ...item, op: item.name })
    if (known.has(key)) throw invalid(`has two functions named ${quoted(item.name)}.`)
    known.set(key, item)
  }
  const sizes = new Map<string, number>()
  const open = new Set<string>()
  const writtenOut = (nodes: readonly NodeDescription[]): number => {
    if (open.size > MAX_CALL_DEPTH)
      throw unsafe(`calls functions more than ${MAX_CALL_DEPTH} deep; export it with flatter ones.`)
    let size = 0
    for (const node of nodesWithin(nodes)) {
      const key = functionKey(node)
      const called = known.get(key)
      if (called && open.has(key))
        throw invalid(`has the function ${quoted(called.name)}, which calls itself.`)
      let cost = called ? sizes.get(key) : 1
      if (called && cost === undefined) {
        open.add(key)
        cost = writtenOut(called.nodes)
        open.delete(key)
        sizes.set(key, cost)
      }
      size += cost ?? 1
    }
    if (size > MAX_NODES)
      throw unsafe(`holds more than ${MAX_NODES} nodes once its functions are written out.`)
    return size
  }
  writtenOut(graph.nodes)
  for (const item of functions) {
    const key = functionKey({ ...item, op: item.name })
    if (sizes.has(key)) continue
    open.add(key)
    sizes.set(key, writtenOut(item.nodes))
    open.delete(key)
  }
}
