// A token bucket for new connections: after a power cut a thousand devices come back at once, and each TLS
// handshake costs more than a hundred messages.

interface RateOptions {
  /** Connections a second, in the long run. */
  readonly perSecond: number
  /** Connections that may come at once. */
  readonly burst: number
  /** Monotonic milliseconds. */
  readonly nowMs: () => number
}

/** Starts full, so that a small fleet never meets it. */
export class ConnectionRate {
  readonly #options: RateOptions
  #tokens: number
  #atMs: number

  constructor(options: RateOptions) {
    this.#options = options
    this.#tokens = options.burst
    this.#atMs = options.nowMs()
  }

  /** True when one more connection may be made now. */
  take(): boolean {
    const { perSecond, burst, nowMs } = this.#options
    const now = nowMs()
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#atMs) / 1000) * perSecond)
    this.#atMs = now
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }
}
