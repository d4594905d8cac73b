// What is used of ONNX Runtime's C API, as an interface: the foreign function calls stand behind it, and
// tests put recorded answers in their place. Everything here blocks the thread that calls it.

import type { GpuUse } from './gpu-port.ts'
import type { NumericType } from './tensor-arrays.ts'

/** A native address. Never computed with. */
export type Pointer = bigint

/** What the library answered instead of doing it; `code` is its OrtErrorCode (2: invalid argument). */
export class OrtFailure extends Error {
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

export interface SessionSetup {
  /** Threads of one run on the CPU. */
  readonly threads: number
  /** Providers in the order of their turn; the CPU comes last by itself. */
  readonly providers: readonly {
    readonly name: 'cuda' | 'tensorrt'
    /** Keys of the provider's options; one that it does not know is refused. */
    readonly options: Readonly<Record<string, string>>
  }[]
  /** Entries as in `session.intra_op.allow_spinning`. */
  readonly config?: Readonly<Record<string, string>>
  /** 0 everything, 1 information, 2 warnings, 3 errors (the default), 4 nothing but fatal ones. */
  readonly logSeverity?: number
  /** Path with which the profile of all runs begins. */
  readonly profile?: string
  /** Tensors lie on this GPU; absent, in memory of the host. */
  readonly gpu?: GpuUse
}

export interface NativePort {
  readonly name: string
  /** Absent for strings, sequences and maps. */
  readonly datatype?: NumericType
  /** -1 stands for a variable dimension. */
  readonly shape: readonly number[]
}

export interface NativeTensor {
  readonly value: Pointer
  readonly datatype: NumericType
  readonly shape: readonly number[]
  /** The tensor's memory on the host; gone after `release`. */
  readonly bytes: Uint8Array<ArrayBuffer>
  release(): void
}

/** Runs that are recorded once and then launched as a whole. */
export interface NativeRecorder {
  /** True when `replay` does what `run` would do. */
  readonly valid: boolean
  /** False once the session keeps as many recordings as it may. */
  readonly mayRecord: boolean
  /** True when nothing else ran since this binding did, or when that does not matter to its recording. */
  readonly isLast: boolean
  /** Runs and records it. */
  record(): void
  replay(): void
  /** The binding is about to run with other values that the host may read; absent where that does not matter. */
  forget?(): void
}

/** Which tensors the next run reads and writes. */
export interface NativeBinding {
  /** Absent where nothing can be recorded. */
  readonly recorder?: NativeRecorder
  bindInput(name: string, tensor: NativeTensor): void
  bindOutput(name: string, tensor: NativeTensor): void
  /** Leaves shape and memory of an output to the library. */
  bindFreshOutput(name: string): void
  clearOutputs(): void
  /** Reads `bytes` of the inputs; `bytes` of the outputs hold the results when it returns. */
  run(): void
  /** Outputs of the last run in the order in which they were bound; each is to be released. */
  outputs(): NativeTensor[]
  release(): void
}

export interface NativeSession {
  readonly inputs: readonly NativePort[]
  readonly outputs: readonly NativePort[]
  allocate(datatype: NumericType, shape: readonly number[]): NativeTensor
  bind(): NativeBinding
  /** Bindings and tensors must have been released. */
  close(): void
}

/** One loaded library. Its methods throw OrtFailure. */
export interface OrtApi {
  readonly version: string
  readonly library: string
  /** @param source path of a model, or its bytes */
  createSession(source: string | Uint8Array, setup: SessionSetup): NativeSession
}

/** What the driver and TensorRT say of the GPU that this process sees first. */
export interface GpuFacts {
  readonly name: string
  readonly computeCapability: string
  /** Memory of the GPU, bytes; on a Jetson it is the memory of the whole device. */
  readonly memoryBytes: number
  /** Newest CUDA that the driver speaks, as in 13.0. */
  readonly cuda: string
  /** Version of libnvinfer, or null where there is none. */
  readonly tensorrt: string | null
}
