// When the state is reported: at once after a connect, after a change but at most once a second, and every
// 30 s as a heartbeat, so that the fleet can tell a silent device from a connected one.

import type { Cancel, Clock } from '../../kernel/clock.ts'

export const HEARTBEAT_MS = 30_000
const MIN_GAP_MS = 1000

export class StateRhythm {
  #clock: Clock
  #publish: () => void
  #cancelHeartbeat: Cancel | undefined
  #cancelChange: Cancel | undefined
  #lastMs = 0

  constructor(clock: Clock, publish: () => void) {
    this.#clock = clock
    this.#publish = publish
  }

  /** Reports at once and begins the heartbeat. */
  start(): void {
    this.stop()
    this.#cancelHeartbeat = this.#clock.every(HEARTBEAT_MS, () => this.#now())
    this.#now()
  }

  stop(): void {
    this.#cancelHeartbeat?.()
    this.#cancelChange?.()
    this.#cancelHeartbeat = undefined
    this.#cancelChange = undefined
  }

  /** Something that is reported has changed. */
  changed(): void {
    if (this.#cancelChange) return
    const waitMs = MIN_GAP_MS - (this.#clock.monotonicMs() - this.#lastMs)
    if (waitMs <= 0) this.#now()
    else this.#cancelChange = this.#clock.after(waitMs, () => this.#now())
  }

  #now(): void {
    this.#cancelChange?.()
    this.#cancelChange = undefined
    this.#lastMs = this.#clock.monotonicMs()
    this.#publish()
  }
}
