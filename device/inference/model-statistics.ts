// Counters of one model since the device started: what the statistics extension of the Open Inference
// Protocol, the metrics and the advisor read. Constant memory: batch sizes are counted one by one up to a bound.

import type { Precision, Rung } from '../../contract/index.ts'

/** Why a request failed, in Triton's words (`nv_inference_request_failure{reason}`). */
export const FAILURE_REASONS = ['REJECTED', 'CANCELED', 'BACKEND', 'OTHER'] as const
export type FailureReason = (typeof FAILURE_REASONS)[number]

/** Upper bounds of the latency histogram, ms. */
export const LATENCY_BOUNDS_MS: readonly number[] = [
  0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000
]

/** Count and total time, ns, as the protocol's `StatisticDuration` has them. */
export interface Duration {
  count: number
  ns: number
}

export interface BatchStatistic {
  /** Rows of the batch. */
  readonly batchSize: number
  readonly computeInfer: Duration
}

export interface ModelStatistics {
  readonly name: string
  readonly version: string
  readonly rung: Rung
  readonly precision: Precision
  readonly success: Duration
  readonly failures: Readonly<Record<FailureReason, Duration>>
  readonly queue: Duration
  readonly computeInput: Duration
  readonly computeInfer: Duration
  readonly computeOutput: Duration
  /** Rows answered. */
  readonly inferenceCount: number
  /** Batches run. */
  readonly executionCount: number
  /** Requests that wait or run now. */
  readonly pending: number
  /** Milliseconds since 1970; 0 before the first answer. */
  readonly lastInferenceAt: number
  readonly batches: readonly BatchStatistic[]
  /** Requests by time from submission to answer: one count a bound, cumulative, then all. */
  readonly latency: { readonly counts: readonly number[]; readonly sumMs: number }
  /** Requests by time of waiting, same bounds. */
  readonly wait: { readonly counts: readonly number[]; readonly sumMs: number }
}
