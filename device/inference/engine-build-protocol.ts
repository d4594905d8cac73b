// What the agent and the process that builds an engine say to each other. One process builds one engine.

import type { ErrorCode } from '../../contract/index.ts'
import type { EngineKey } from './engine-key.ts'
import type { GpuFacts } from './ort-port.ts'

/** What is to be built. */
export interface BuildPlan {
  /** The ONNX file, verified by the agent. */
  readonly file: string
  readonly key: EngineKey
  /** Empty folder that takes the EPContext model and the plan. */
  readonly dir: string
  /** Folder of the timing cache of this GPU and TensorRT. */
  readonly timingDir: string
  /** Memory of the GPU that a kernel may use, bytes. */
  readonly workspaceBytes: number
}

export type ToBuilder =
  | { readonly type: 'facts'; readonly libraries: readonly string[] }
  | { readonly type: 'build'; readonly libraries: readonly string[]; readonly plan: BuildPlan }

export interface MachineFacts extends GpuFacts {
  readonly onnxruntime: string
}

export type FromBuilder =
  | { readonly type: 'facts'; readonly facts: MachineFacts }
  | { readonly type: 'built'; readonly whole: boolean; readonly buildMs: number }
  | {
      readonly type: 'failed'
      readonly code: ErrorCode
      readonly sentence: string
      readonly detail: string | null
    }
