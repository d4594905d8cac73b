// The newest batches of all models in constant memory, for pages and for whoever asks why a request waited.

import type { BatchTrace } from '../../contract/index.ts'

/** Enough for a minute of a busy device, about a megabyte. */
const KEPT = 2000

export class TraceRing {
  #traces: BatchTrace[] = []
  #next = 0
  readonly #kept: number

  constructor(kept = KEPT) {
    this.#kept = kept
  }

  add(trace: BatchTrace): void {
    this.#traces[this.#next] = trace
    this.#next = (this.#next + 1) % this.#kept
  }

  /** The newest first, of one model or of all. */
  newest(limit = this.#kept, model?: string): BatchTrace[] {
    const found: BatchTrace[] = []
    const count = this.#traces.length
    for (let back = 1; back <= count && found.length < limit; back += 1) {
      const trace = this.#traces[(this.#next - back + this.#kept) % this.#kept]
      if (trace && (model === undefined || trace.model === model)) found.push(trace)
    }
    return found
  }
}
