// The functions of ONNX Runtime's C API that are used: position in the table of version 11 and what they take
// (onnxruntime_c_api.h; the table is append-only). Data only.

import { OUT, OUT_INT, OUT_SIZE, P } from './native-library.ts'

type Declared = readonly [position: number, result: string, ...args: string[]]

/** Name → position in the table, result, arguments. `P` as result is an OrtStatus, null when all is well. */
export const CALLS = {
  getErrorCode: [1, 'int', P],
  getErrorMessage: [2, 'str', P],
  createEnv: [3, P, 'int', 'str', OUT],
  createSession: [7, P, P, 'str', P, OUT],
  createSessionFromArray: [8, P, P, 'uint8_t *', 'size_t', P, OUT],
  createSessionOptions: [10, P, OUT],
  enableProfiling: [14, P, P, 'str'],
  setLogSeverity: [22, P, P, 'int'],
  setIntraThreads: [24, P, P, 'int'],
  setInterThreads: [25, P, P, 'int'],
  inputCount: [30, P, P, OUT_SIZE],
  outputCount: [31, P, P, OUT_SIZE],
  inputType: [33, P, P, 'size_t', OUT],
  outputType: [34, P, P, 'size_t', OUT],
  inputName: [36, P, P, 'size_t', P, OUT],
  outputName: [37, P, P, 'size_t', P, OUT],
  createRunOptions: [39, P, OUT],
  createTensor: [48, P, P, 'int64_t *', 'size_t', 'int', OUT],
  createTensorOver: [49, P, P, P, 'size_t', 'int64_t *', 'size_t', 'int', OUT],
  tensorData: [51, P, P, OUT],
  tensorInfoOfType: [55, P, P, OUT],
  elementType: [60, P, P, OUT_INT],
  rank: [61, P, P, OUT_SIZE],
  dimensions: [62, P, P, 'int64_t *', 'size_t'],
  tensorInfoOfValue: [65, P, P, OUT],
  createMemoryInfo: [68, P, 'str', 'int', 'int', 'int', OUT],
  createCpuMemoryInfo: [69, P, 'int', 'int', OUT],
  allocatorFree: [76, P, P, P],
  defaultAllocator: [78, P, OUT],
  releaseStatus: [93, 'void', P],
  releaseMemoryInfo: [94, 'void', P],
  releaseSession: [95, 'void', P],
  releaseValue: [96, 'void', P],
  releaseRunOptions: [97, 'void', P],
  releaseTypeInfo: [98, 'void', P],
  releaseTensorInfo: [99, 'void', P],
  releaseSessionOptions: [100, 'void', P],
  addConfigEntry: [130, P, P, 'str', 'str'],
  createAllocator: [131, P, P, P, OUT],
  releaseAllocator: [132, 'void', P],
  runWithBinding: [133, P, P, P, P],
  createBinding: [134, P, P, OUT],
  releaseBinding: [135, 'void', P],
  bindInput: [136, P, P, 'str', P],
  bindOutput: [137, P, P, 'str', P],
  bindOutputToDevice: [138, P, P, 'str', P],
  boundOutputs: [140, P, P, P, OUT, OUT_SIZE],
  clearOutputs: [142, 'void', P],
  addRunConfigEntry: [165, P, P, 'str', 'str'],
  appendTensorrt: [170, P, P, P],
  createTensorrtOptions: [171, P, OUT],
  updateTensorrtOptions: [172, P, P, 'str *', 'str *', 'size_t'],
  releaseTensorrtOptions: [174, 'void', P],
  appendCuda: [204, P, P, P],
  createCudaOptions: [205, P, OUT],
  updateCudaOptions: [206, P, P, 'str *', 'str *', 'size_t'],
  releaseCudaOptions: [208, 'void', P]
} as const satisfies Record<string, Declared>

export type CallName = keyof typeof CALLS

/** Length of the table as far as it is read. */
export const TABLE_LENGTH = 209
