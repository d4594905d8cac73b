// Reads something for a screen and keeps what became of it: loading, failed with sentence and code, or
// there. A later reading replaces an earlier one; the last good answer stays while it runs.

import type { ReactiveController, ReactiveControllerHost } from 'lit'

export interface Failure {
  readonly sentence: string
  /** Error code of the contract; empty when it is none. */
  readonly code: string
}

/** What went wrong, in its own words. */
export const failureOf = (error: unknown): Failure => ({
  sentence: error instanceof Error ? error.message : String(error),
  code: error instanceof Error && 'code' in error ? String(error.code) : ''
})

/**
 * Reads again every `everyMs` while its host is on the page; never by itself when that is 0. While a stream
 * tells what changes, it does so only after a reading that failed.
 */
export class Loader<Value> implements ReactiveController {
  readonly #host: ReactiveControllerHost
  readonly #everyMs: number
  #read: (() => Promise<Value>) | undefined
  #turn = 0
  #timer: ReturnType<typeof setInterval> | undefined
  #live: boolean | undefined
  value: Value | undefined
  failure: Failure | undefined

  constructor(host: ReactiveControllerHost, everyMs = 0) {
    this.#host = host
    this.#everyMs = everyMs
    host.addController(this)
  }

  hostConnected(): void {
    if (this.#everyMs > 0) this.#timer = setInterval(() => this.#tick(), this.#everyMs)
  }

  hostDisconnected(): void {
    clearInterval(this.#timer)
  }

  /** Says what to read, and reads it; `fresh` forgets the last answer. */
  load(read: () => Promise<Value>, fresh = false): void {
    this.#read = read
    if (fresh) {
      this.value = undefined
      this.failure = undefined
    }
    void this.#run()
  }

  /** Says whether a stream tells what changes; when it begins to, what came before is read once. */
  follow(live: boolean): void {
    if (live && this.#live === false) this.again()
    this.#live = live
  }

  /** Reads once more. */
  again(): void {
    void this.#run()
  }

  #tick(): void {
    if (!this.#live || this.failure) void this.#run()
  }

  async #run(): Promise<void> {
    if (!this.#read) return
    this.#turn += 1
    const turn = this.#turn
    try {
      const value = await this.#read()
      if (turn !== this.#turn) return
      this.value = value
      this.failure = undefined
    } catch (error) {
      if (turn !== this.#turn) return
      this.failure = failureOf(error)
    }
    this.#host.requestUpdate()
  }
}
