// How fast a job goes and how long it will take, from its last half minute.

interface Mark {
  readonly atMs: number
  readonly done: number
}

/** Time over which the rate is taken, ms. */
const WINDOW_MS = 30_000
/** A rate over less than this is noise, ms. */
const SHORTEST_MS = 1000

export interface ProgressRate {
  /** Items a minute; null before enough is known. */
  readonly perMinute: number | null
  readonly secondsLeft: number | null
}

/** Takes marks of progress and tells the rate; constant memory. */
export class RateMeter {
  #marks: Mark[] = []

  mark(atMs: number, done: number): void {
    const last = this.#marks.at(-1)
    if (last && atMs - last.atMs < 250) return // four marks a second are enough for half a minute
    this.#marks.push({ atMs, done })
    while (this.#marks.length > 2 && atMs - (this.#marks[0]?.atMs ?? atMs) > WINDOW_MS)
      this.#marks.shift()
  }

  /** Forgets everything, after a pause or a restart. */
  reset(): void {
    this.#marks = []
  }

  rate(atMs: number, done: number, total: number | null): ProgressRate {
    const first = this.#marks[0]
    if (!first || atMs - first.atMs < SHORTEST_MS || done <= first.done)
      return { perMinute: null, secondsLeft: null }
    const perMs = (done - first.done) / (atMs - first.atMs)
    const secondsLeft =
      total === null ? null : Math.max(0, Math.round((total - done) / perMs / 1000))
    return { perMinute: perMs * 60_000, secondsLeft }
  }
}
