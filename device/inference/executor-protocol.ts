// What agent and executor say to each other. An executor holds one session of one model version, runs one
// batch at a time, and knows nothing of queues, deadlines or other executors.

import type { ErrorCode, ModelPart, Rung } from '../../contract/index.ts'
import type { EngineKey } from './engine-key.ts'
import type { RemoteOptions } from './remote-session.ts'
import type { Tensors } from './tensors.ts'
import type { WindowSettings } from './window-settings.ts'

/** What an executor is to load. */
export interface ExecutorPlan {
  /** Folder of the verified bundle. */
  readonly dir: string
  readonly variant: { readonly file: string; readonly sha256: string }
  /** How documents become tensors; undefined for a model that takes tensors only. */
  readonly windows: WindowSettings | undefined
  readonly maxBatch: number
  /** Threads of one run. */
  readonly threads: number
  /** Module that gives ONNX Runtime to the stock binding. */
  readonly runtime: string
  readonly rung: Rung
  /** Which GPU, counted among those that the agent may see; 0 without one. */
  readonly deviceId: number
  /** `stock`: onnxruntime-node, for cpu and webgpu. `ffi`: its C API, for every rung but webgpu. */
  readonly binding: 'stock' | 'ffi'
  /** Folders of provider libraries, see `gpu-libraries.ts`; empty means the shipped library. */
  readonly libraries: readonly string[]
  /** What is loaded on the rung tensorrt in place of the variant. */
  readonly engine?: EnginePlan
  /** Path with which ONNX Runtime's profile begins; set, each run is profiled and the file written at the end. */
  readonly profile?: string
  /** The variant is cut: what stands here is loaded in its place, each part in a process of its own. */
  readonly parts?: PartsPlan
  /** The model runs on another server, which is sent the tensors; nothing is loaded here. */
  readonly remote?: RemoteOptions
}

/** A variant in parts: this executor tokenises, cuts batches and hands them on, its parts compute. */
export interface PartsPlan {
  /** In the order in which a batch passes them, each with its GPU; 0 without one. */
  readonly parts: readonly { readonly part: ModelPart; readonly deviceId: number }[]
  /** Names of the model's outputs. */
  readonly outputs: readonly string[]
  /** Time that loading one part may take, ms. */
  readonly startDeadlineMs: number
  /** Time that one part may take for one micro-batch, ms. */
  readonly batchDeadlineMs: number
}

/** A built TensorRT engine: a folder of the engine store and what it must have been built for. */
export interface EnginePlan {
  readonly dir: string
  readonly key: EngineKey
  /** The EPContext model inside `dir`; it names the plan file beside it. */
  readonly model: string
  /** Everything in `dir`, compared before loading. */
  readonly files: readonly { readonly path: string; readonly sha256: string }[]
  /** True when TensorRT took every node, so that no other provider is needed beside it. */
  readonly whole: boolean
}

/** The rest of a plan that runs on the CPU through the stock binding. */
export const ON_CPU = {
  rung: 'cpu',
  deviceId: 0,
  binding: 'stock',
  libraries: []
} as const satisfies Partial<ExecutorPlan>

/** True when the libraries of a plan may take their process with them: never in a thread of the agent. */
export function needsProcess({
  rung,
  binding,
  parts
}: Pick<ExecutorPlan, 'rung' | 'binding' | 'parts'>): boolean {
  // The parts have processes of their own; what hands batches on to them loads no library.
  return !parts && (binding === 'ffi' || rung === 'cuda' || rung === 'tensorrt')
}

export type Work =
  | { readonly kind: 'tensors'; readonly inputs: Tensors }
  /** Sentences of documents; the executor tokenises them, so that the agent's loop stays free. */
  | { readonly kind: 'documents'; readonly documents: readonly (readonly string[])[] }

/** Output name → numbers of one document, row by row: one row a sentence. */
export type DocumentOutputs = Readonly<Record<string, Float32Array<ArrayBuffer>>>

export type WorkResult =
  | { readonly kind: 'tensors'; readonly outputs: Tensors }
  | { readonly kind: 'documents'; readonly documents: readonly DocumentOutputs[] }

export type ToExecutor =
  /** The first message; answered by `ready` or `failed`. */
  | { readonly type: 'open'; readonly plan: ExecutorPlan }
  | { readonly type: 'run'; readonly id: number; readonly work: Work }
  | { readonly type: 'stop' }

export type FromExecutor =
  | { readonly type: 'ready' }
  /** Processes of the parts, whenever they change; at any time, as an answer to nothing. */
  | { readonly type: 'parts'; readonly pids: readonly number[] }
  /** The session could not be made; the executor ends. */
  | {
      readonly type: 'failed'
      readonly code: ErrorCode
      readonly sentence: string
      /** What the library said, for an engineer. */
      readonly detail: string | null
    }
  /** The run of a batch starts: from here on its loss is the batch's own attempt. */
  | { readonly type: 'begun'; readonly id: number }
  | {
      readonly type: 'done'
      readonly id: number
      readonly result: WorkResult
      readonly computeMs: number
      /** When the run began, ms since 1970 with fractions, as the executor's own clock has it. */
      readonly startedAtMs?: number
    }
  /** This work cannot be done; the executor goes on. */
  | {
      readonly type: 'refused'
      readonly id: number
      readonly code: ErrorCode
      readonly sentence: string
      /** Losses in a row of the part that was lost most often; only where there are parts. */
      readonly strikes?: number
    }

/** The inside end of the line to the agent. */
export interface ExecutorPort {
  post(message: FromExecutor): void
  onMessage(listener: (message: ToExecutor) => void): void
  /** Lets the executor end. */
  close(): void
}
