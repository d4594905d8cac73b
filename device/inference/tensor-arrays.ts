// What a tensor is here: a type of the Open Inference Protocol, a shape, a typed array. Loads nothing, because
// executors start with it.

const ARRAYS = {
  BOOL: Uint8Array,
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  UINT64: BigUint64Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  INT64: BigInt64Array,
  // Bit patterns: the binding's own Float16Array path fails on Node 24 (executor-thread.ts).
  FP16: Uint16Array,
  FP32: Float32Array,
  FP64: Float64Array
} as const

/** Every tensor type but BYTES, which no model of this version takes. */
export type NumericType = keyof typeof ARRAYS

export type TensorData =
  | Uint8Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | BigUint64Array<ArrayBuffer>
  | Int8Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | BigInt64Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>

export interface Tensor {
  readonly datatype: NumericType
  readonly shape: readonly number[]
  /** Flat, row-major. */
  readonly data: TensorData
}

export type Tensors = Readonly<Record<string, Tensor>>

/** Number of elements of a shape; 1 for a scalar. */
export function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}

/** An array of zeros for a tensor type. */
export function allocate(datatype: NumericType, length: number): TensorData {
  return new ARRAYS[datatype](length)
}

/** An array of a tensor type over memory that is already there; nothing is copied. */
export function arrayOver(
  datatype: NumericType,
  { buffer, byteOffset, byteLength }: Uint8Array<ArrayBuffer>
): TensorData {
  const type = ARRAYS[datatype]
  return new type(buffer, byteOffset, byteLength / type.BYTES_PER_ELEMENT)
}

/** The bytes of a tensor's data, a view and no copy. */
export function bytesOf(data: TensorData): Uint8Array<ArrayBuffer> {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}

/** True for every type that a tensor here may have. */
export function isNumericType(datatype: string): datatype is NumericType {
  return Object.hasOwn(ARRAYS, datatype)
}
