// Into how many micro-batches a batch is cut for the parts of a model: as many as make it end soonest, by what the
// parts were seen to take. On a GPU more overlap pays; where a part must read all its weights for each of them, as
// on a CPU, it does not. It runs nothing.

import { BatchCostModel, costOf } from './batch-cost-model.ts'

/** More micro-batches a part than this gain little overlap: the pipeline is full for most of the batch by then. */
const MOST_A_PART = 4

export class MicroBatches {
  #costs: readonly BatchCostModel[]

  constructor(parts: number) {
    this.#costs = Array.from({ length: parts }, () => new BatchCostModel())
  }

  /** Learns what a part took for one micro-batch, the way to it and back included. */
  observe(part: number, rows: number, tookMs: number): void {
    this.#costs[part]?.observe(rows, tookMs)
  }

  /** Rows of each micro-batch of a batch; the last may have fewer. */
  rowsFor(rows: number): number {
    const most = Math.max(1, Math.min(rows, MOST_A_PART * this.#costs.length))
    let best = { size: Math.ceil(rows / most), ms: Number.POSITIVE_INFINITY }
    for (let count = 1; count <= most; count += 1) {
      const size = Math.ceil(rows / count)
      const ms = this.#expectedMs(size, Math.ceil(rows / size))
      if (ms !== undefined && ms < best.ms) best = { size, ms }
    }
    return best.size
  }

  /** One micro-batch passes all parts, the others follow at the pace of the slowest; undefined: a part is unknown. */
  #expectedMs(size: number, count: number): number | undefined {
    let passMs = 0
    let slowestMs = 0
    for (const { costs } of this.#costs) {
      if (!costs) return undefined
      const partMs = costOf(costs, size)
      passMs += partMs
      slowestMs = Math.max(slowestMs, partMs)
    }
    return passMs + (count - 1) * slowestMs
  }
}
