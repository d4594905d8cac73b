// Tensors as they travel between agent and executors: an Open Inference Protocol type, a shape, and a typed
// array, made, joined and cut. Pure; ONNX Runtime's own tensor class stays inside the executor.

import { type GoldenTensor, NearsideError } from '../../contract/index.ts'

import {
  allocate,
  elementsOf,
  isNumericType,
  type NumericType,
  type Tensor,
  type TensorData,
  type Tensors
} from './tensor-arrays.ts'

export { allocate, elementsOf, type NumericType, type Tensor, type TensorData, type Tensors }

/**
 * Builds a tensor from plain numbers, as golden.json has them.
 * @throws NearsideError NS_INFERENCE_INPUT when type, shape and data do not fit together
 */
export function tensorFrom({ datatype, shape, data }: GoldenTensor): Tensor {
  if (!isNumericType(datatype)) {
    const sentence = `Tensors of type ${datatype} cannot be used; choose a numeric type.`
    throw new NearsideError('NS_INFERENCE_INPUT', sentence)
  }
  if (elementsOf(shape) !== data.length) {
    const sentence = `A tensor of shape [${shape.join()}] needs ${elementsOf(shape)} values, not ${data.length}.`
    throw new NearsideError('NS_INFERENCE_INPUT', sentence)
  }
  const values = allocate(datatype, data.length)
  const wide = values instanceof BigInt64Array || values instanceof BigUint64Array
  for (const [index, value] of data.entries()) {
    const number = Number(value)
    if (wide) values[index] = BigInt(number)
    else values[index] = number
  }
  return { datatype, shape, data: values }
}

/** Requests with equal keys can share a batch: same names, types, and shapes behind the first dimension. */
export function batchKey(inputs: Tensors): string {
  return Object.keys(inputs)
    .sort()
    .map((name) => `${name}:${inputs[name]?.datatype}[${inputs[name]?.shape.slice(1).join()}]`)
    .join(' ')
}

/** Rows of a request: the first dimension that all of its tensors share. */
export function rowsOf(inputs: Tensors): number {
  const rows = new Set(Object.values(inputs).map(({ shape }) => shape[0] ?? 0))
  const [first] = rows
  if (rows.size !== 1 || !first) {
    const sentence =
      'All tensors of a request need the same, non-zero first dimension; it counts the rows.'
    throw new NearsideError('NS_INFERENCE_INPUT', sentence)
  }
  return first
}

/** Joins requests of one batch key along the first dimension. */
export function joinRows(requests: readonly Tensors[]): Tensors {
  const [first] = requests
  if (!first || requests.length === 1) return first ?? {}
  const joined: Record<string, Tensor> = {}
  for (const [name, { datatype, shape }] of Object.entries(first)) {
    const parts = requests.flatMap((request) => request[name] ?? [])
    const length = parts.reduce((sum, part) => sum + part.data.length, 0)
    const data = allocate(datatype, length)
    let offset = 0
    for (const part of parts) {
      data.set(part.data as never, offset) // one batch key, so one array type
      offset += part.data.length
    }
    const rows = parts.reduce((sum, part) => sum + (part.shape[0] ?? 0), 0)
    joined[name] = { datatype, shape: [rows, ...shape.slice(1)], data }
  }
  return joined
}

/** Cuts outputs into stretches of rows again, one per request, in order. */
export function splitRows(outputs: Tensors, rows: readonly number[]): Tensors[] {
  if (rows.length === 1) return [outputs]
  let start = 0
  return rows.map((count) => {
    const part: Record<string, Tensor> = {}
    for (const [name, { datatype, shape, data }] of Object.entries(outputs)) {
      const width = elementsOf(shape.slice(1))
      part[name] = {
        datatype,
        shape: [count, ...shape.slice(1)],
        data: data.slice(start * width, (start + count) * width) as TensorData
      }
    }
    start += count
    return part
  })
}
