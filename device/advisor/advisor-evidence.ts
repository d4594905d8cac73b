// What the advisor knows of one model over the last minute: figures only. Where they come from is
// evidence-samples.ts; what they mean is bottleneck.ts.

import type { BatchTrace, Rung } from '../../contract/index.ts'
import type { CostLine } from './cost-line.ts'

export type CloseReason = BatchTrace['reason']

/** The settings that are in force, whether tuned or not. */
export interface SettingsInForce {
  /** Executors on each device. */
  readonly instances: number
  /** Most rows of a batch. */
  readonly maxBatch: number
  /** Threads of one run on the CPU. */
  readonly threads: number
  /** Longest wait for a fuller batch, ms; null: as long as waiting pays. */
  readonly maxWaitMs: number | null
}

/** The most loaded GPU that the model runs on; shares are of the window's readings, 0 to 1. */
export interface GpuEvidence {
  readonly name: string
  readonly loadPercent: number | null
  readonly memoryPercent: number | null
  readonly memoryLoadPercent: number | null
  readonly temperatureC: number | null
  readonly powerW: number | null
  readonly freeMb: number | null
  readonly unifiedMemory: boolean
  /** Readings taken while a kernel ran that show the clock held back. */
  readonly thermalShare: number
  readonly powerShare: number
}

/** The machine around the model; null: not known. */
export interface MachineEvidence {
  readonly cpuLoadPercent: number | null
  readonly memoryPercent: number | null
  readonly diskMbPerS: number | null
  /** Share of the last ten seconds in which every task waited for the disk, per cent. */
  readonly ioStallPercent: number | null
}

export interface Evidence {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly model: string
  readonly version: string
  readonly rung: Rung
  /** Length of the window, s. */
  readonly seconds: number
  readonly requests: number
  readonly batches: number
  readonly rows: number
  /** Mean wait of a request, ms. */
  readonly queueMs: number
  /** Mean time that a batch takes inside its executor, ms. */
  readonly computeMs: number
  /** Mean time between giving a batch away and having its answers, ms; null before it is learnt. */
  readonly roundTripMs: number | null
  readonly p95Ms: number | null
  /** Executors of the model, over all devices. */
  readonly servers: number
  /** Share of the executors' time with a batch on the way, 0 to 1. */
  readonly busy: number
  /** Requests that wait or run, mean over the window. */
  readonly concurrency: number
  /** Share of batches by the reason they were closed for, 0 to 1. */
  readonly reasons: Readonly<Record<CloseReason, number>>
  /** Bytes of the inputs of a mean batch; null for documents. */
  readonly batchBytes: number | null
  readonly line: CostLine | null
  /** Share of the samples in which the model was being loaded, 0 to 1. */
  readonly loadingShare: number
  readonly settings: SettingsInForce
  readonly latencyGoalMs: number
  readonly gpu: GpuEvidence | null
  readonly machine: MachineEvidence
}

/** Rows of a mean batch and of a mean request, at least 1. */
export function meanRows({ rows, batches, requests }: Evidence): {
  readonly batch: number
  readonly request: number
} {
  return {
    batch: Math.max(1, batches > 0 ? rows / batches : 1),
    request: Math.max(1, requests > 0 ? rows / requests : 1)
  }
}
