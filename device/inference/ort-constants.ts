// Numbers of ONNX Runtime's C API that are no functions: element types, and a model to test a library with.

import type { NumericType } from './tensor-arrays.ts'

/** ONNXTensorElementDataType and bytes of one element. */
export const ELEMENT_TYPES: Readonly<Record<NumericType, { onnx: number; bytes: number }>> = {
  FP32: { onnx: 1, bytes: 4 },
  UINT8: { onnx: 2, bytes: 1 },
  INT8: { onnx: 3, bytes: 1 },
  UINT16: { onnx: 4, bytes: 2 },
  INT16: { onnx: 5, bytes: 2 },
  INT32: { onnx: 6, bytes: 4 },
  INT64: { onnx: 7, bytes: 8 },
  BOOL: { onnx: 9, bytes: 1 },
  FP16: { onnx: 10, bytes: 2 },
  FP64: { onnx: 11, bytes: 8 },
  UINT32: { onnx: 12, bytes: 4 },
  UINT64: { onnx: 13, bytes: 8 }
}

const BY_NUMBER = new Map<number, NumericType>(
  Object.entries(ELEMENT_TYPES).map(([name, { onnx }]) => [onnx, name as NumericType])
)

/** Undefined for strings and the types that no model here takes. */
export function numericTypeOf(onnx: number): NumericType | undefined {
  return BY_NUMBER.get(onnx)
}

/** y = x + x for four floats, as an ONNX file of opset 13. */
export const SELF_TEST_MODEL = Buffer.from(
  'CAg6NQoOCgF4CgF4EgF5IgNBZGQSAWdaDwoBeBIKCggIARIECgIIBGIPCgF5EgoKCAgBEgQKAggEQgQKABAN',
  'base64'
)

/** getInferLibVersion: major·10000 + minor·100 + patch, before TensorRT 10 major·1000. */
export function tensorrtVersion(number: number): string {
  const unit = number >= 100_000 ? 10_000 : 1000
  return [number / unit, (number % unit) / 100, number % 100].map(Math.floor).join('.')
}
