// One model under load on a clock that a test moves: how fast it answers depends on its settings as the test
// says. For the advisor, which must see the same figures at each run; real executors never give them.

import { type BatchTrace, type ModelManifest, NearsideError } from '../../contract/index.ts'
import {
  LATENCY_BOUNDS_MS,
  type ModelStatistics,
  type Tuning
} from '../../device/inference/index.ts'
import { anyTrace } from './any-evidence.ts'
import type { ManualClock } from './manual-clock.ts'

/** What the model does with some settings. */
export interface Behaviour {
  readonly perSecond: number
  readonly queueMs: number
  /** Time of a batch of so many rows, ms. */
  readonly batchMs: (rows: number) => number
  /** Rows of a mean batch; batches have one row more or less by turns. */
  readonly rows: number
  readonly reason: BatchTrace['reason']
  readonly failing?: boolean
}

const TICK_MS = 500
const TRACES = 2000

export class SimulatedPool {
  readonly #clock: ManualClock
  readonly #behave: (tuning: Tuning) => Behaviour
  #tuning: Tuning = {}
  #traces: BatchTrace[] = []
  #counts = { requests: 0, failed: 0, batches: 0, queueNs: 0, totalNs: 0, computedNs: 0 }
  version = '1.0.0'
  name = 'tiny'
  /** What `tune` was called with; a change that it refuses is listed as well. */
  readonly tuned: Tuning[] = []
  refuse: Error | undefined

  constructor(clock: ManualClock, behave: (tuning: Tuning) => Behaviour) {
    this.#clock = clock
    this.#behave = behave
    clock.every(TICK_MS, () => this.#tick())
  }

  statistics(name?: string): ModelStatistics[] {
    if (name !== undefined) this.#known(name)
    const { requests, failed, batches, queueNs, totalNs, computedNs } = this.#counts
    const none = { count: 0, ns: 0 }
    const histogram = { counts: [...LATENCY_BOUNDS_MS, 0].map(() => requests), sumMs: 0 }
    return [
      {
        ...{ name: this.name, version: this.version, rung: 'cpu', precision: 'fp32' },
        success: { count: requests, ns: totalNs },
        failures: {
          ...{ REJECTED: none, CANCELED: { count: 3 * requests, ns: 0 }, OTHER: none },
          BACKEND: { count: failed, ns: 0 }
        },
        ...{ computeInput: none, computeOutput: none },
        queue: { count: requests, ns: queueNs },
        computeInfer: { count: requests, ns: computedNs },
        ...{ inferenceCount: requests, executionCount: batches, pending: 0, lastInferenceAt: 0 },
        batches: [{ batchSize: 1, computeInfer: { count: batches, ns: computedNs } }],
        ...{ latency: histogram, wait: histogram }
      }
    ]
  }

  traces(_limit?: number, name?: string): BatchTrace[] {
    return name === undefined || name === this.name ? this.#traces.toReversed() : []
  }

  tuning(name: string): Tuning {
    this.#known(name)
    return this.#tuning
  }

  layout(name: string): { instances: number; threads: number } {
    const { instances = 1, threads = 1 } = this.tuning(name)
    return { instances, threads }
  }

  async tune(name: string, change: Tuning): Promise<void> {
    this.#known(name)
    this.tuned.push(change)
    if (this.refuse) throw this.refuse
    this.#tuning = { ...this.#tuning, ...change }
  }

  manifest(name: string): ModelManifest {
    this.#known(name)
    const { version } = this
    const variants = [{ memoryMb: 100 }]
    return { name, version, latencyGoalMs: 100, batching: { maxBatch: 8 }, variants } as never
  }

  status() {
    return [{ name: this.name, state: 'ready' }]
  }

  #known(name: string): void {
    if (name !== this.name) throw new NearsideError('NS_MODEL_UNKNOWN', `There is no ${name}.`)
  }

  #tick(): void {
    const { perSecond, queueMs, batchMs, rows: mean, reason, failing } = this.#behave(this.#tuning)
    const counts = this.#counts
    let left = Math.round((perSecond * TICK_MS) / 1000)
    if (failing && left > 0) counts.failed += 1
    for (; left > 0; counts.batches += 1) {
      const rows = Math.min(left, Math.max(1, mean + (counts.batches % 2 === 0 ? 1 : -1)))
      const computeMs = batchMs(rows)
      left -= rows
      counts.requests += rows
      counts.queueNs += rows * queueMs * 1e6
      counts.totalNs += rows * (queueMs + computeMs) * 1e6
      counts.computedNs += computeMs * 1e6
      const wait = { queueMaxMs: queueMs, queueMinMs: queueMs, predictedMs: computeMs }
      const at = this.#clock.now()
      this.#traces.push(anyTrace({ at, requests: rows, rows, computeMs, reason, ...wait }))
    }
    this.#traces = this.#traces.slice(-TRACES)
  }
}
