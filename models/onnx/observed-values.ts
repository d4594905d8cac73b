// What the values inside a model look like when it runs: types, sizes, and which dimensions vary. Somebody else
// runs it; this file asks for the outputs and draws the conclusions.

import type { DataType } from '../../contract/index.ts'
import type { ModelDescription } from './description.ts'
import { elementCount } from './element-types.ts'
import { graphPieces, type ModelToWrite } from './write-model.ts'

/** Operators whose results are no tensors and can be neither observed nor sent. */
const NO_TENSORS: ReadonlySet<string> = new Set([
  'SequenceConstruct',
  'SequenceEmpty',
  'SequenceErase',
  'SequenceInsert',
  'SequenceMap',
  'SplitToSequence',
  'Optional',
  'OptionalGetElement',
  'ZipMap'
])

export interface SeenTensor {
  readonly datatype: DataType
  readonly shape: readonly number[]
}

/** One run: what went in, and what every value was. */
export interface SeenRun {
  readonly inputs: Readonly<Record<string, SeenTensor>>
  readonly values: Readonly<Record<string, SeenTensor>>
}

export interface ObservedValue {
  readonly datatype: DataType
  /** -1 where the size varies, or may. */
  readonly shape: readonly number[]
  /** Elements in the largest run. */
  readonly elements: number
  /** Size of the last dimension in the first run; 1 for a scalar. */
  readonly width: number
}

/** The model with every value of its outermost graph as an output, to be run once to see them. */
export function observable(model: ModelDescription): ModelToWrite {
  const { graph } = model
  const promised = new Set(graph.outputs.map(({ name }) => name))
  const extra = graph.nodes
    .filter(({ op }) => !NO_TENSORS.has(op))
    .flatMap(({ outputs }) => outputs)
    .filter((name) => name !== '' && !promised.has(name))
  return graphPieces(model, {
    nodes: graph.nodes,
    initialisers: graph.initialisers,
    sparse: graph.sparse,
    inputs: graph.inputs,
    outputs: [...graph.outputs, ...extra.map((name) => ({ name }))]
  })
}

/** Sizes that a varying dimension of an input had, run by run. */
function varyingSizes({ graph }: ModelDescription, runs: readonly SeenRun[]): Set<number>[] {
  return runs.map(({ inputs }) => {
    const sizes = new Set<number>()
    for (const { name, dims = [] } of graph.inputs)
      for (const [axis, size] of dims.entries())
        if (typeof size !== 'number' || size < 0) sizes.add(inputs[name]?.shape[axis] ?? -1)
    return sizes
  })
}

/**
 * Draws conclusions from runs with different rows and lengths. A dimension counts as fixed only when it was the
 * same in all runs and never the size of an input's varying dimension: said fixed wrongly, a part would refuse
 * good input; said varying wrongly, it is a little slower.
 */
export function observe(
  model: ModelDescription,
  runs: readonly SeenRun[]
): ReadonlyMap<string, ObservedValue> {
  const varying = varyingSizes(model, runs)
  const observed = new Map<string, ObservedValue>()
  for (const [name, { datatype, shape: first }] of Object.entries(runs[0]?.values ?? {})) {
    const shapes = runs.map(({ values }) => values[name]?.shape ?? [])
    const shape = first.map((size, axis) => {
      const fixed = shapes.every((seen, run) => seen[axis] === size && !varying[run]?.has(size))
      return fixed ? size : -1
    })
    const elements = Math.max(...shapes.map(elementCount))
    observed.set(name, { datatype, shape, elements, width: first.at(-1) ?? 1 })
  }
  return observed
}
