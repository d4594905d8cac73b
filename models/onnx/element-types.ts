// The element types of ONNX tensors (onnx.proto, TensorProto.DataType): their names, their size, and which
// typed field may hold them instead of raw bytes.

import type { DataType } from '../../contract/index.ts'

export interface ElementType {
  readonly name: string
  /** Bits of one element; 0 for strings. */
  readonly bits: number
  /** Field of TensorProto that holds the values when they are not raw. */
  readonly field: number
  /** Values of that field for one element: 2 for complex numbers, 1/2 for two 4-bit numbers in one. */
  readonly perElement: number
  /** The type in the Open Inference Protocol, where there is one. */
  readonly oip: DataType | undefined
}

/** Fields of TensorProto with typed values. */
export const TYPED = { float: 4, int32: 5, string: 6, int64: 7, double: 10, uint64: 11 } as const

type Row = readonly [number, string, number, number, number, DataType?]

const ROWS: readonly Row[] = [
  [1, 'FLOAT', 32, TYPED.float, 1, 'FP32'],
  [2, 'UINT8', 8, TYPED.int32, 1, 'UINT8'],
  [3, 'INT8', 8, TYPED.int32, 1, 'INT8'],
  [4, 'UINT16', 16, TYPED.int32, 1, 'UINT16'],
  [5, 'INT16', 16, TYPED.int32, 1, 'INT16'],
  [6, 'INT32', 32, TYPED.int32, 1, 'INT32'],
  [7, 'INT64', 64, TYPED.int64, 1, 'INT64'],
  [8, 'STRING', 0, TYPED.string, 1, 'BYTES'],
  [9, 'BOOL', 8, TYPED.int32, 1, 'BOOL'],
  [10, 'FLOAT16', 16, TYPED.int32, 1, 'FP16'],
  [11, 'DOUBLE', 64, TYPED.double, 1, 'FP64'],
  [12, 'UINT32', 32, TYPED.uint64, 1, 'UINT32'],
  [13, 'UINT64', 64, TYPED.uint64, 1, 'UINT64'],
  [14, 'COMPLEX64', 64, TYPED.float, 2],
  [15, 'COMPLEX128', 128, TYPED.double, 2],
  [16, 'BFLOAT16', 16, TYPED.int32, 1],
  [17, 'FLOAT8E4M3FN', 8, TYPED.int32, 1],
  [18, 'FLOAT8E4M3FNUZ', 8, TYPED.int32, 1],
  [19, 'FLOAT8E5M2', 8, TYPED.int32, 1],
  [20, 'FLOAT8E5M2FNUZ', 8, TYPED.int32, 1],
  [21, 'UINT4', 4, TYPED.int32, 1 / 2],
  [22, 'INT4', 4, TYPED.int32, 1 / 2],
  [23, 'FLOAT4E2M1', 4, TYPED.int32, 1 / 2],
  [24, 'FLOAT8E8M0', 8, TYPED.int32, 1],
  [25, 'UINT2', 2, TYPED.int32, 1 / 4],
  [26, 'INT2', 2, TYPED.int32, 1 / 4]
]

/** ONNX's number of a type → what is known of it. */
export const ELEMENT_TYPES: ReadonlyMap<number, ElementType> = new Map(
  ROWS.map(([number, name, bits, field, perElement, oip]) => [
    number,
    { name, bits, field, perElement, oip }
  ])
)

/** ONNX's number of an Open Inference Protocol type. */
export function elementNumber(oip: DataType): number {
  return ROWS.find((row) => row[5] === oip)?.[0] ?? 0
}

/** Elements of a shape; 1 for a scalar. Beyond 2^53 the product is rounded, which no limit minds. */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, size) => product * size, 1)
}

/** Bytes that so many elements take when they lie raw. */
export function rawBytes({ bits }: ElementType, elements: number): number {
  return Math.ceil((elements * bits) / 8)
}
