// Many time-outs behind one timer: setting and cancelling one is O(log n) whatever their number. It does
// not know what expires.

import type { Cancel, Clock } from '../../kernel/clock.ts'
import { IndexedHeap } from './indexed-heap.ts'

interface Moment {
  readonly atMs: number
  readonly run: () => void
  place: number
}

export class Expiry {
  #clock: Clock
  #moments = new IndexedHeap<Moment>((one, other) => one.atMs < other.atMs)
  #armed: { readonly atMs: number; readonly cancel: Cancel } | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Runs once at a moment of the monotonic clock, ms, unless cancelled before. */
  add(atMs: number, run: () => void): Cancel {
    const moment = { atMs, run, place: -1 }
    this.#moments.push(moment)
    if (!this.#armed || atMs < this.#armed.atMs) this.#arm()
    return () => this.#moments.remove(moment)
  }

  /** Sets the timer to the first moment; a timer that became needless runs out and looks again. */
  #arm(): void {
    this.#armed?.cancel()
    const atMs = this.#moments.first?.atMs
    if (atMs === undefined) {
      this.#armed = undefined
      return
    }
    const delayMs = Math.max(0, atMs - this.#clock.monotonicMs())
    this.#armed = { atMs, cancel: this.#clock.after(delayMs, () => this.#due()) }
  }

  #due(): void {
    this.#armed = undefined
    const nowMs = this.#clock.monotonicMs()
    for (let next = this.#moments.first; next; next = this.#moments.first) {
      if (next.atMs > nowMs) break
      this.#moments.remove(next)
      next.run()
    }
    if (!this.#armed) this.#arm()
  }
}
