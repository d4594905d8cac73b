// The last few hundred durations of a model and their percentiles; constant memory.

/** Enough for a p95 that is not one outlier; old traffic leaves it within a minute of use. */
const KEPT = 512

export class LatencyWindow {
  #values = new Float64Array(KEPT)
  #count = 0

  /** @param durationMs time from submission to answer */
  add(durationMs: number): void {
    this.#values[this.#count % KEPT] = durationMs
    this.#count += 1
  }

  /** A percentile by nearest rank, ms; null before the first value. */
  percentile(share: number): number | null {
    const known = Math.min(this.#count, KEPT)
    if (known === 0) return null
    const sorted = this.#values.slice(0, known).sort()
    return sorted[Math.max(0, Math.ceil(share * known) - 1)] ?? null
  }
}
