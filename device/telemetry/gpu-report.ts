// What the telemetry thread tells the agent about the GPUs: one message a round.

import type { GpuReading } from '../../contract/index.ts'

/** `none`: no GPU of NVIDIA here. `failing`: its tool never answers. `lost`: it answered before. */
export type GpuState = 'starting' | 'reading' | 'none' | 'failing' | 'lost'

/** An error number that the kernel log shows for a GPU. */
export interface GpuXid {
  readonly index: number
  readonly xid: number
  /** Milliseconds since 1970. */
  readonly at: number
}

export interface GpuReport {
  readonly state: GpuState
  /** Milliseconds since 1970. */
  readonly at: number
  /** Seconds between two readings. */
  readonly periodS: number
  /** Without the models of their processes, which only the agent knows. */
  readonly gpus: readonly GpuReading[]
  /** Newest error of each GPU since the machine started. */
  readonly xids: readonly GpuXid[]
}
