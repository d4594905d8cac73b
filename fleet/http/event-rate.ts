// Events a second over the last ten seconds, counted in one-second buckets.

const SECONDS = 10

/** Forgets by itself: no timer runs while nothing is counted. */
export class EventRate {
  readonly #now: () => number
  readonly #buckets = new Array<number>(SECONDS).fill(0)
  #second: number

  constructor(now: () => number) {
    this.#now = now
    this.#second = Math.floor(now() / 1000)
  }

  /** Counts events that were committed now. */
  add(events: number): void {
    this.#forget()
    const bucket = this.#second % SECONDS
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + events
  }

  /** Mean over the ten seconds, also while fewer have passed since the start. */
  perSecond(): number {
    this.#forget()
    return this.#buckets.reduce((sum, count) => sum + count, 0) / SECONDS
  }

  #forget(): void {
    const second = Math.floor(this.#now() / 1000)
    const passed = Math.min(SECONDS, Math.max(0, second - this.#second))
    for (let step = 1; step <= passed; step += 1) this.#buckets[(this.#second + step) % SECONDS] = 0
    this.#second = Math.max(second, this.#second)
  }
}
