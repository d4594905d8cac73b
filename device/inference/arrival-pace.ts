// How fast requests of each bucket arrive: what waiting for one more can be expected to take.

/** Weight of the newest gap in the mean: about the last twenty count. */
const NEWEST = 0.1
/** Buckets whose pace is remembered; the one that arrived longest ago is forgotten first. */
const MOST_BUCKETS = 256

export interface Pace {
  /** Mean time between two arrivals, ms; undefined after the first. */
  gapMs: number | undefined
  lastAtMs: number
}

export class ArrivalPace {
  #paces = new Map<string, Pace>()
  #newest: string | undefined

  arrived(bucket: string, nowMs: number): void {
    const pace = this.#paces.get(bucket)
    if (pace) {
      const gapMs = nowMs - pace.lastAtMs
      pace.gapMs = pace.gapMs === undefined ? gapMs : pace.gapMs + NEWEST * (gapMs - pace.gapMs)
      pace.lastAtMs = nowMs
    }
    if (bucket === this.#newest) return
    this.#newest = bucket
    this.#paces.delete(bucket)
    this.#paces.set(bucket, pace ?? { gapMs: undefined, lastAtMs: nowMs })
    if (this.#paces.size <= MOST_BUCKETS) return
    for (const eldest of this.#paces.keys()) {
      this.#paces.delete(eldest)
      return
    }
  }

  of(bucket: string): Readonly<Pace> | undefined {
    return this.#paces.get(bucket)
  }
}
