// Measures what a model does under the load that it has: requests per second and the 95th percentile of the
// time to an answer, in slices, so that the noise between them is known. It sends no request.

import type { BatchTrace } from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { ModelStatistics } from '../inference/index.ts'
import { traceP95Ms } from './trace-latency.ts'

/** What is read of the models. */
export interface MeasuredPool {
  statistics(name?: string): ModelStatistics[]
  traces(limit?: number, name?: string): BatchTrace[]
}

export interface MeasurePlan {
  /** Length of a slice, ms. */
  readonly sliceMs: number
  readonly slices: number
  /** Answers that the measurement needs in all; it goes on until they are there. */
  readonly fewest: number
  /** When it gives up, ms. */
  readonly longestMs: number
}

/** Ten slices of a second: the mean of ten is three times as exact as one, and nobody waits long for it. */
export const MEASURE_PLAN: MeasurePlan = {
  sliceMs: 1000,
  slices: 10,
  fewest: 200,
  longestMs: 60_000
}

export interface Measured {
  /** Requests answered per second. */
  readonly throughput: number
  readonly p95Ms: number
  /** Standard errors of both over the slices. */
  readonly error: number
  readonly p95Error: number
  readonly requests: number
  /** Requests that failed meanwhile. */
  readonly failed: number
}

export interface MeasureOptions {
  readonly pool: MeasuredPool
  readonly model: string
  readonly clock: Clock
  readonly plan: MeasurePlan
  readonly signal: AbortSignal
}

interface Counts {
  readonly atMs: number
  readonly requests: number
  readonly failed: number
}

/**
 * Watches until there are enough slices and answers.
 * @returns undefined when there were too few answers in the longest time, or on abort
 */
export async function measure(options: MeasureOptions): Promise<Measured | undefined> {
  const { clock, plan, pool, model, signal } = options
  const first = counts(options)
  const rates: number[] = []
  const p95s: number[] = []
  let last = first
  while (!signal.aborted && last.atMs - first.atMs < plan.longestMs) {
    const from = clock.now()
    await pause(clock, plan.sliceMs, signal)
    if (signal.aborted) return undefined
    const now = counts(options)
    rates.push((now.requests - last.requests) / ((now.atMs - last.atMs) / 1000))
    const p95Ms = traceP95Ms(pool.traces(undefined, model).filter(({ at }) => at >= from))
    if (p95Ms !== null) p95s.push(p95Ms)
    last = now
    const enough = rates.length >= plan.slices && now.requests - first.requests >= plan.fewest
    if (enough && p95s.length > 0) return summary(first, last, { rates, p95s })
  }
  return undefined
}

function counts({ pool, model, clock }: MeasureOptions): Counts {
  const [statistics] = pool.statistics(model)
  const failures = Object.entries(statistics?.failures ?? {})
  // A caller that went away is no failure of the model.
  const failed = failures.reduce(
    (sum, [reason, { count }]) => sum + (reason === 'CANCELED' ? 0 : count),
    0
  )
  return { atMs: clock.monotonicMs(), requests: statistics?.success.count ?? 0, failed }
}

function summary(
  first: Counts,
  last: Counts,
  { rates, p95s }: { readonly rates: readonly number[]; readonly p95s: readonly number[] }
): Measured {
  const requests = last.requests - first.requests
  const throughput = requests / ((last.atMs - first.atMs) / 1000)
  const middle = [...p95s].sort((a, b) => a - b)[Math.floor(p95s.length / 2)] ?? 0
  const failed = last.failed - first.failed
  const errors = { error: standardError(rates), p95Error: standardError(p95s) }
  return { throughput, p95Ms: middle, ...errors, requests, failed }
}

function standardError(values: readonly number[]): number {
  const { length } = values
  if (length < 2) return 0
  const mean = values.reduce((sum, value) => sum + value, 0) / length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return Math.sqrt(squares / (length - 1) / length)
}

/** Resolves after a time or at once on abort. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const done = (): void => {
      cancel()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const cancel = clock.after(ms, done)
    signal.addEventListener('abort', done, { once: true })
  })
}
