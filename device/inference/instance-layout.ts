// How the cores of one model on the CPU are laid out: one executor that uses them all for each batch, or one
// executor a core. Goes apart under load when that gains throughput here, by measurement, and together again
// when it is calm. It loads nothing itself.

import type { Clock } from '../../kernel/clock.ts'
import { type BatchCosts, costOf } from './batch-cost-model.ts'

export interface Layout {
  readonly instances: number
  readonly threads: number
}

/** A batch that was answered, and what was going on at its end. */
export interface LayoutBatch {
  readonly bucket: string
  readonly rows: number
  readonly computeMs: number
  /** Rows that waited, and batches that ran. */
  readonly waiting: number
  readonly running: number
}

export interface InstanceLayoutOptions {
  readonly clock: Clock
  /** Threads of the one executor, and executors of one thread when apart. */
  readonly cores: number
  /** What batches cost under a layout, as far as it is known. */
  readonly costs: (layout: Layout, bucket: string) => BatchCosts | undefined
  /** Lets executors of another layout take over; false when there are none, rejects when they cannot be loaded. */
  readonly change: (layout: Layout) => Promise<boolean>
}

/** Load is judged over so long and so many batches at least. */
const WINDOW_MS = 1000
const WINDOW_BATCHES = 16
/** Share of the time that an executor must compute to count as under load. */
const LOADED = 0.75
/** Batches that overlap others before the two layouts are compared. */
const TRIAL_BATCHES = 48
/** Less is not worth the memory of more executors. */
const LEAST_GAIN = 1.05
/** Without two batches at once for so long it is calm. */
const CALM_MS = 30_000
/** After going apart did not pay, or could not be loaded, it is not tried again for so long. */
const REST_MS = 600_000

export class InstanceLayout {
  #options: InstanceLayoutOptions
  #apart = false
  #decided = false
  #changing = false
  #restUntilMs = Number.NEGATIVE_INFINITY
  #overlapAtMs = 0
  /** Mean size of the batches of the one executor when it was last under load. */
  #rowsTogether = 1
  #window = newWindow(0)

  constructor(options: InstanceLayoutOptions) {
    this.#options = options
  }

  get layout(): Layout {
    return this.#apart ? this.#spread : this.#single
  }

  get #single(): Layout {
    return { instances: 1, threads: this.#options.cores }
  }

  get #spread(): Layout {
    return { instances: this.#options.cores, threads: 1 }
  }

  /** The executors were given up; new ones start as one. */
  reset(): void {
    this.#apart = false
    this.#begin()
  }

  /**
   * Takes note of a batch; may set a change going.
   * @returns when a change that it set going is over
   */
  async observe(batch: LayoutBatch): Promise<void> {
    const { cores, clock } = this.#options
    if (cores < 2 || this.#changing) return
    const nowMs = clock.monotonicMs()
    if (!this.#apart) {
      if (nowMs >= this.#restUntilMs && this.#underLoad(batch, nowMs)) await this.#turn(true)
      return
    }
    if (batch.running > 0) this.#overlapAtMs = nowMs
    if (nowMs - this.#overlapAtMs > CALM_MS) await this.#turn(false)
    else if (!this.#decided && batch.running > 0) await this.#judge(batch)
  }

  /** Whether the one executor computes nearly always, on batches that two could share. */
  #underLoad({ rows, waiting, computeMs }: LayoutBatch, nowMs: number): boolean {
    const window = this.#window
    window.batches += 1
    window.rows += rows
    window.demand += rows + waiting
    window.computeMs += computeMs
    const passedMs = nowMs - window.fromMs
    if (passedMs < WINDOW_MS || window.batches < WINDOW_BATCHES) return false
    this.#window = newWindow(nowMs)
    this.#rowsTogether = window.rows / window.batches
    return window.computeMs >= LOADED * passedMs && window.demand >= 2 * window.batches
  }

  /** Compares the layouts by what batches cost under each, of the sizes that this load brings under it. */
  async #judge({ bucket, rows }: LayoutBatch): Promise<void> {
    const window = this.#window
    window.batches += 1
    window.rows += rows
    if (window.batches < TRIAL_BATCHES) return
    const { costs, cores, clock } = this.#options
    const [one, each] = [costs(this.#single, bucket), costs(this.#spread, bucket)]
    const rowsApart = window.rows / window.batches
    this.#begin()
    if (!one || !each) return
    const together = throughput(one, this.#rowsTogether)
    const apart = cores * throughput(each, rowsApart)
    this.#decided = apart >= LEAST_GAIN * together
    if (this.#decided) return
    this.#restUntilMs = clock.monotonicMs() + REST_MS
    await this.#turn(false)
  }

  async #turn(apart: boolean): Promise<void> {
    this.#changing = true
    try {
      if (await this.#options.change(apart ? this.#spread : this.#single)) this.#apart = apart
    } catch {
      // Nothing is lost: the former executors go on.
      this.#restUntilMs = this.#options.clock.monotonicMs() + REST_MS
    }
    this.#changing = false
    this.#begin()
  }

  #begin(): void {
    const nowMs = this.#options.clock.monotonicMs()
    this.#decided = false
    this.#overlapAtMs = nowMs
    this.#window = newWindow(nowMs)
  }
}

/** Rows a millisecond in batches of one size. */
const throughput = (costs: BatchCosts, rows: number): number =>
  rows / Math.max(costOf(costs, rows), 1e-6)

interface Window {
  fromMs: number
  batches: number
  rows: number
  /** Rows of the batches, and of what waited at their end. */
  demand: number
  computeMs: number
}

const newWindow = (fromMs: number): Window => ({
  fromMs,
  batches: 0,
  rows: 0,
  demand: 0,
  computeMs: 0
})
