// The telemetry series of a model from what was counted of it: rate, latency, waiting, batch size, share of
// the device. Figures in, values out; it knows neither pool nor clock.

import type { SampleValue } from './sample.ts'

/** The counters of one model that are read here; device/inference/model-statistics.ts has them all. */
export interface ModelCounters {
  readonly name: string
  /** Batches by size with their time in the runtime, ns; the total by requests counts a batch several times. */
  readonly batches: readonly { readonly computeInfer: { readonly ns: number } }[]
  /** Rows answered, and batches run. */
  readonly inferenceCount: number
  readonly executionCount: number
  /** Requests by time from submission to answer: one cumulative count a bound, then all. */
  readonly latency: { readonly counts: readonly number[]; readonly sumMs: number }
  /** Requests by time of waiting, same bounds. */
  readonly wait: { readonly counts: readonly number[]; readonly sumMs: number }
}

interface Span {
  /** Seconds between the two sets of counters. */
  readonly seconds: number
  /** Upper bounds of the histograms, ms. */
  readonly boundsMs: readonly number[]
}

/**
 * Values for the time between two sets of counters. A model that was never asked has a rate of 0 and nothing
 * else; a model whose counters went back (loaded anew) is counted from 0. Percentiles are interpolated inside
 * their step of the histogram, so they are as exact as its bounds; above the last bound they say that bound.
 */
export function modelSeries(
  now: readonly ModelCounters[],
  before: readonly ModelCounters[],
  { seconds, boundsMs }: Span
): SampleValue[] {
  if (seconds <= 0) return []
  const earlier = new Map(before.map((model) => [model.name, model]))
  return now.flatMap((model) => {
    const last = sameRun(model, earlier.get(model.name))
    const asked = (model.latency.counts.at(-1) ?? 0) > 0
    return Object.entries(figures(model, last, { seconds, boundsMs })).flatMap(
      ([base, value]): SampleValue[] =>
        asked || base === 'model.rate'
          ? [{ name: `${base}:${model.name}`, value: rounded(value), periodS: seconds }]
          : []
    )
  })
}

function figures(
  model: ModelCounters,
  last: ModelCounters | undefined,
  { seconds, boundsMs }: Span
): Record<string, number | null> {
  const latency = difference(model.latency.counts, last?.latency.counts)
  const requests = latency.at(-1) ?? 0
  const waits = difference(model.wait.counts, last?.wait.counts).at(-1) ?? 0
  const waitedMs = model.wait.sumMs - (last?.wait.sumMs ?? 0)
  const batches = model.executionCount - (last?.executionCount ?? 0)
  const rows = model.inferenceCount - (last?.inferenceCount ?? 0)
  const busyNs = computedNs(model) - (last ? computedNs(last) : 0)
  return {
    'model.rate': requests / seconds,
    'model.latency-p50': percentile(latency, boundsMs, 0.5),
    'model.latency-p95': percentile(latency, boundsMs, 0.95),
    'model.wait': waits > 0 ? waitedMs / waits : null,
    'model.batch-size': batches > 0 ? rows / batches : null,
    // Compute time by wall time: the busy share of the device, times the executors that share it.
    'model.busy': busyNs / 1e9 / seconds
  }
}

function computedNs({ batches }: ModelCounters): number {
  return batches.reduce((sum, { computeInfer }) => sum + computeInfer.ns, 0)
}

/** The earlier counters of the same run of a model. */
function sameRun(now: ModelCounters, before: ModelCounters | undefined): ModelCounters | undefined {
  const grown =
    before !== undefined &&
    now.executionCount >= before.executionCount &&
    (now.latency.counts.at(-1) ?? 0) >= (before.latency.counts.at(-1) ?? 0)
  return grown ? before : undefined
}

function difference(now: readonly number[], before: readonly number[] | undefined): number[] {
  return now.map((count, i) => count - (before?.[i] ?? 0))
}

/** A percentile of a cumulative histogram, ms; null without a request. */
function percentile(
  counts: readonly number[],
  boundsMs: readonly number[],
  share: number
): number | null {
  const all = counts.at(-1) ?? 0
  if (all <= 0) return null
  const wanted = share * all
  for (const [i, high] of boundsMs.entries()) {
    const reached = counts[i] ?? 0
    if (reached < wanted) continue
    const below = i === 0 ? 0 : (counts[i - 1] ?? 0)
    const low = i === 0 ? 0 : (boundsMs[i - 1] ?? 0)
    return low + ((wanted - below) / Math.max(1, reached - below)) * (high - low)
  }
  return boundsMs.at(-1) ?? null
}

function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 1e4) / 1e4
}
