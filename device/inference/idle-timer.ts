// Calls somebody when nothing has happened for a while. What is to be done then, the caller knows.

import type { Cancel, Clock } from '../../kernel/clock.ts'

export class IdleTimer {
  #clock: Clock
  #idleMs: number
  #onIdle: () => void
  #cancel: Cancel = () => undefined

  constructor(clock: Clock, idleMs: number, onIdle: () => void) {
    this.#clock = clock
    this.#idleMs = idleMs
    this.#onIdle = onIdle
  }

  /** Something happened: the while begins anew. */
  restart(): void {
    this.#cancel()
    this.#cancel = this.#clock.after(this.#idleMs, this.#onIdle)
  }

  stop(): void {
    this.#cancel()
  }
}
