// Reads something once for a screen and keeps what became of it: loading, failed with the sentence, or
// there. A later reading replaces an earlier one; the last good answer stays while it runs.

import type { ReactiveController, ReactiveControllerHost } from 'lit'

export class Loader<Value> implements ReactiveController {
  readonly #host: ReactiveControllerHost
  readonly #everyMs: number
  #read: (() => Promise<Value>) | undefined
  #turn = 0
  #timer: ReturnType<typeof setInterval> | undefined
  value: Value | undefined
  failure = ''

  /** With `everyMs` it reads again and again while its host is on the page. */
  constructor(host: ReactiveControllerHost, everyMs = 0) {
    this.#host = host
    this.#everyMs = everyMs
    host.addController(this)
  }

  hostConnected(): void {
    if (this.#everyMs > 0) this.#timer = setInterval(() => void this.#run(), this.#everyMs)
    if (this.#read) void this.#run()
  }

  hostDisconnected(): void {
    clearInterval(this.#timer)
  }

  /** Says what to read, and reads it; `fresh` forgets the last answer. */
  load(read: () => Promise<Value>, fresh = false): void {
    this.#read = read
    if (fresh) this.value = undefined
    void this.#run()
  }

  async #run(): Promise<void> {
    if (!this.#read) return
    this.#turn += 1
    const turn = this.#turn
    try {
      const value = await this.#read()
      if (turn !== this.#turn) return
      this.value = value
      this.failure = ''
    } catch (error) {
      if (turn !== this.#turn) return
      this.failure = error instanceof Error ? error.message : String(error)
    }
    this.#host.requestUpdate()
  }
}
