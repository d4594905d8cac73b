// Tensors as raw little-endian bytes, row-major: the binary tensor data of the Open Inference Protocol and
// gRPC's raw contents. Every machine that this runs on is little-endian; nothing is swapped.

import { NearsideError } from '../../contract/index.ts'
import {
  allocate,
  bytesOf,
  elementsOf,
  isNumericType,
  type NumericType,
  type Tensor
} from './tensor-arrays.ts'

/** Bytes of one element; BYTES has none and is not served. */
export const ELEMENT_BYTES: Readonly<Record<NumericType, number>> = {
  BOOL: 1,
  UINT8: 1,
  UINT16: 2,
  UINT32: 4,
  UINT64: 8,
  INT8: 1,
  INT16: 2,
  INT32: 4,
  INT64: 8,
  FP16: 2,
  FP32: 4,
  FP64: 8
}

export interface TensorHead {
  readonly name: string
  readonly datatype: string
  readonly shape: readonly number[]
}

/**
 * Reads a tensor of any shape from its bytes, which are copied.
 * @throws NearsideError NS_INFERENCE_INPUT for BYTES, or when the bytes are more or fewer than the shape needs
 */
export function tensorFromBytes({ name, datatype, shape }: TensorHead, bytes: Uint8Array): Tensor {
  if (!isNumericType(datatype)) {
    const sentence = `${name}: tensors of type ${datatype} cannot be used; send a numeric type.`
    throw new NearsideError('NS_INFERENCE_INPUT', sentence)
  }
  const wanted = elementsOf(shape) * ELEMENT_BYTES[datatype]
  if (bytes.byteLength !== wanted) {
    const sentence = `${name}: ${datatype} of shape [${shape.join()}] takes ${wanted} bytes, not ${bytes.byteLength}; send them all.`
    throw new NearsideError('NS_INFERENCE_INPUT', sentence)
  }
  const data = allocate(datatype, elementsOf(shape))
  bytesOf(data).set(bytes)
  return { datatype, shape: [...shape], data }
}
