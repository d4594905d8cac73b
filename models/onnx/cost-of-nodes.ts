// What the nodes of a graph weigh: bytes of weights that they are the first to need, and operations that they
// take, estimated from weights and from the sizes of their results.

import type { GraphDescription, NodeDescription, TensorDescription } from './description.ts'
import { ELEMENT_TYPES, elementCount, rawBytes } from './element-types.ts'
import type { ObservedValue } from './observed-values.ts'

/** Bytes of a tensor when it is loaded; strings count nothing. */
export function tensorBytes({ type, dims }: TensorDescription): number {
  const known = ELEMENT_TYPES.get(type)
  return known ? rawBytes(known, elementCount(dims)) : 0
}

/** Bytes of the tensors that a node holds in its attributes. */
export function attributeBytes({ attributes }: NodeDescription): number {
  return attributes
    .flatMap(({ tensors }) => tensors)
    .reduce((sum, tensor) => sum + tensorBytes(tensor), 0)
}

/** Operators that multiply along a dimension that their result no longer has. */
const PRODUCTS: ReadonlySet<string> = new Set([
  'MatMul',
  'Gemm',
  'MatMulInteger',
  'QLinearMatMul',
  'MatMulNBits',
  'FusedMatMul',
  'DynamicQuantizeMatMul',
  'MatMulIntegerToFloat'
])
const CONVOLUTIONS: ReadonlySet<string> = new Set([
  'Conv',
  'ConvInteger',
  'QLinearConv',
  'FusedConv'
])

/**
 * Estimates multiplications and additions of a node: exact for products and convolutions without padding, one
 * operation for each element of the result for anything else.
 */
export function operationsOf(
  { op, inputs, outputs }: NodeDescription,
  { initialisers }: Pick<GraphDescription, 'initialisers'>,
  observed: ReadonlyMap<string, ObservedValue>
): number {
  const elements = outputs.reduce((sum, name) => sum + (observed.get(name)?.elements ?? 0), 0)
  if (PRODUCTS.has(op)) return 2 * elements * (observed.get(inputs[0] ?? '')?.width ?? 1)
  if (!CONVOLUTIONS.has(op)) return elements
  const kernel = initialisers.find(({ name, dims }) => inputs.includes(name) && dims.length > 2)
  // A kernel has [channels out, channels in, …]: each result sums over all but the first.
  return 2 * elements * (kernel ? elementCount(kernel.dims.slice(1)) : 1)
}
