// Counters of one model since the device started: what the statistics extension of the Open Inference
// Protocol, the metrics and the advisor read. Constant memory: batch sizes are counted one by one up to a bound.

import type { DeviceModel, NearsideError, Precision, ServingRung } from '../../contract/index.ts'
import { LatencyWindow } from './latency-window.ts'

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
  readonly rung: ServingRung
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

/** What one answered request took. */
export interface AnswerFigures {
  readonly rows: number
  readonly queueMs: number
  readonly computeMs: number
}

/** Batch sizes counted one by one; larger ones share the last place. */
const MOST_BATCH_SIZES = 1024

const duration = (): Duration => ({ count: 0, ns: 0 })

class Histogram {
  #counts = new Array<number>(LATENCY_BOUNDS_MS.length + 1).fill(0)
  #sumMs = 0

  add(valueMs: number): void {
    const found = LATENCY_BOUNDS_MS.findIndex((bound) => valueMs <= bound)
    const place = found === -1 ? LATENCY_BOUNDS_MS.length : found
    this.#counts[place] = (this.#counts[place] ?? 0) + 1
    this.#sumMs += valueMs
  }

  /** Cumulative, as Prometheus wants them. */
  read(): { counts: number[]; sumMs: number } {
    let sum = 0
    return {
      counts: this.#counts.map((count) => {
        sum += count
        return sum
      }),
      sumMs: this.#sumMs
    }
  }
}

/** Counts for one model; versions and rungs may change underneath, the counters go on. */
export class StatisticsCounter {
  #success = duration()
  #failures: Record<FailureReason, Duration> = {
    REJECTED: duration(),
    CANCELED: duration(),
    BACKEND: duration(),
    OTHER: duration()
  }
  #queue = duration()
  #compute = duration()
  #rows = 0
  #batches = new Map<number, Duration>()
  #executions = 0
  #lastAt = 0
  #latency = new Histogram()
  #newest = new LatencyWindow()
  #wait = new Histogram()

  /**
   * Counts one batch and the requests that it answered.
   * @param rows rows of the batch
   * @param at milliseconds since 1970
   */
  batch(rows: number, answers: readonly AnswerFigures[], at: number): void {
    const computeNs = (answers[0]?.computeMs ?? 0) * 1e6
    this.#executions += 1
    this.#lastAt = at
    const size = Math.min(rows, MOST_BATCH_SIZES)
    const known = this.#batches.get(size) ?? duration()
    known.count += 1
    known.ns += computeNs
    this.#batches.set(size, known)
    for (const { rows: own, queueMs, computeMs } of answers) {
      this.#rows += own
      add(this.#success, (queueMs + computeMs) * 1e6)
      add(this.#queue, queueMs * 1e6)
      add(this.#compute, computeMs * 1e6)
      this.#latency.add(queueMs + computeMs)
      this.#newest.add(queueMs + computeMs)
      this.#wait.add(queueMs)
    }
  }

  /** Counts a request that was not answered, with the time that it was with us. */
  failure(reason: FailureReason, durationMs: number): void {
    add(this.#failures[reason], durationMs * 1e6)
  }

  /** Requests answered and batches run, and how long the newest took, ms. */
  get figures(): Pick<DeviceModel, 'requests' | 'batches' | 'p50Ms' | 'p95Ms'> {
    return {
      ...{ requests: this.#success.count, batches: this.#executions },
      p50Ms: this.#newest.percentile(0.5),
      p95Ms: this.#newest.percentile(0.95)
    }
  }

  read(): Omit<ModelStatistics, 'name' | 'version' | 'rung' | 'precision' | 'pending'> {
    return {
      success: { ...this.#success },
      failures: {
        REJECTED: { ...this.#failures.REJECTED },
        CANCELED: { ...this.#failures.CANCELED },
        BACKEND: { ...this.#failures.BACKEND },
        OTHER: { ...this.#failures.OTHER }
      },
      queue: { ...this.#queue },
      // Stacking rows into a batch and cutting them apart happens inside the batch: it is part of its compute time.
      computeInput: { count: this.#compute.count, ns: 0 },
      computeInfer: { ...this.#compute },
      computeOutput: { count: this.#compute.count, ns: 0 },
      inferenceCount: this.#rows,
      executionCount: this.#executions,
      lastInferenceAt: this.#lastAt,
      batches: [...this.#batches]
        .sort(([one], [other]) => one - other)
        .map(([batchSize, { count, ns }]) => ({ batchSize, computeInfer: { count, ns } })),
      latency: this.#latency.read(),
      wait: this.#wait.read()
    }
  }
}

function add(to: Duration, ns: number): void {
  to.count += 1
  to.ns += ns
}

/** Triton's word for a failure. */
export function failureReason({ code, status }: NearsideError): FailureReason {
  if (code === 'NS_INFERENCE_OVERLOADED' || code === 'NS_INFERENCE_DEADLINE') return 'REJECTED'
  if (code === 'NS_JOB_CANCELLED') return 'CANCELED'
  return status >= 500 ? 'BACKEND' : 'OTHER'
}
