// A clock that moves only when a test says so; timers run in order of their time.

import type { Cancel, Clock } from '../../kernel/clock.ts'

interface Timer {
  at: number
  readonly order: number
  readonly periodMs: number | undefined
  readonly run: () => void
}

export class ManualClock implements Clock {
  #nowMs: number
  #startMs: number
  #order = 0
  #timers = new Set<Timer>()

  constructor(startMs = Date.UTC(2026, 0, 5, 8)) {
    this.#nowMs = startMs
    this.#startMs = startMs
  }

  now(): number {
    return this.#nowMs
  }

  monotonicMs(): number {
    return this.#nowMs - this.#startMs
  }

  after(delayMs: number, run: () => void): Cancel {
    return this.#add({ at: this.#nowMs + delayMs, order: this.#order++, periodMs: undefined, run })
  }

  every(periodMs: number, run: () => void): Cancel {
    return this.#add({ at: this.#nowMs + periodMs, order: this.#order++, periodMs, run })
  }

  /** Number of timers that still wait. */
  get pending(): number {
    return this.#timers.size
  }

  /** Milliseconds until the next timer falls due; infinite when none waits. */
  get nextInMs(): number {
    return (this.#next(Number.POSITIVE_INFINITY)?.at ?? Number.POSITIVE_INFINITY) - this.#nowMs
  }

  /** Moves time forward and runs every timer that falls due, in order. */
  advance(ms: number): void {
    const end = this.#nowMs + ms
    for (let timer = this.#next(end); timer; timer = this.#next(end)) {
      this.#nowMs = timer.at
      if (timer.periodMs === undefined) this.#timers.delete(timer)
      else timer.at += timer.periodMs
      timer.run()
    }
    this.#nowMs = end
  }

  /** Like advance, but lets promises settle between timers. */
  async advanceAsync(ms: number): Promise<void> {
    const end = this.#nowMs + ms
    await settle()
    for (let timer = this.#next(end); timer; timer = this.#next(end)) {
      this.advance(timer.at - this.#nowMs)
      await settle()
    }
    this.#nowMs = end
  }

  #add(timer: Timer): Cancel {
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  #next(end: number): Timer | undefined {
    let next: Timer | undefined
    for (const timer of this.#timers) {
      if (timer.at > end) continue
      if (!next || timer.at < next.at || (timer.at === next.at && timer.order < next.order))
        next = timer
    }
    return next
  }
}

/** Lets everything that is already resolved run. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
