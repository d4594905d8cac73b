// The 95th percentile of the time from submission to answer, from the lines of the trace. Finer than the
// histogram of the counters, whose bounds lie a factor of two apart.

import type { BatchTrace } from '../../contract/index.ts'

/** Waits that stand for the requests of one batch: they lie evenly between its shortest and its longest. */
const POINTS = 4

/** @returns ms; null when no batch ran */
export function traceP95Ms(traces: readonly BatchTrace[]): number | null {
  const points = traces.flatMap(({ requests, queueMinMs, queueMaxMs, computeMs }) => {
    const count = Math.min(POINTS, requests)
    return Array.from({ length: count }, (_, index) => {
      const part = count === 1 ? 1 : index / (count - 1)
      const queueMs = queueMinMs + part * (queueMaxMs - queueMinMs)
      return { ms: queueMs + computeMs, weight: requests / count }
    })
  })
  points.sort((a, b) => a.ms - b.ms)
  const wanted = 0.95 * points.reduce((sum, { weight }) => sum + weight, 0)
  let reached = 0
  for (const { ms, weight } of points) {
    reached += weight
    if (reached >= wanted) return ms
  }
  return points.at(-1)?.ms ?? null
}
