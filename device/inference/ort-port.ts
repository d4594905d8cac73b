// What is used of ONNX Runtime's C API, as an interface: the foreign function calls stand behind it, and
// tests put recorded answers in their place. Everything here blocks the thread that calls it.

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
  /** The tensor's own memory; gone after `release`. */
  readonly bytes: Uint8Array<ArrayBuffer>
  release(): void
}

/** Which tensors the next run reads and writes. */
export interface NativeBinding {
  /** A tensor on the host that a GPU needs is copied to it here, not at the run. */
  bindInput(name: string, tensor: NativeTensor): void
  bindOutput(name: string, tensor: NativeTensor): void
  /** Leaves shape and memory of an output to the library. */
  bindFreshOutput(name: string): void
  clearOutputs(): void
  run(): void
  /** Outputs of the last run in the order in which they were bound; each is to be released. */
  outputs(): NativeTensor[]
  release(): void
}

export interface NativeSession {
  readonly inputs: readonly NativePort[]
  readonly outputs: readonly NativePort[]
  /** True when `allocate` gives memory that the GPU reaches at full speed. */
  readonly pinned: boolean
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
