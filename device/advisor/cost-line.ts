// What a batch of b rows costs, t(b) = alpha + beta x b, fitted to the batches that ran, with how sure the
// slope is. The scheduler fits its own line while it serves; this one needs the uncertainty and no state.

import type { BatchTrace } from '../../contract/index.ts'

export interface CostLine {
  /** Cost of a batch however small, ms; at least 0. */
  readonly alphaMs: number
  /** Cost of one more row, ms; at least 0. */
  readonly betaMs: number
  /** Standard error of `betaMs`, ms. */
  readonly errorMs: number
  /** Mean of the fitted batches: the line goes through this point whatever its slope. */
  readonly meanRows: number
  readonly meanMs: number
}

/** Fewer batches give a slope that is mostly noise. */
const FEWEST_BATCHES = 20
/** A batch that takes so many times the median of its size was disturbed by something else. */
const DISTURBED = 4

/**
 * Least squares through rows and time of the batches of the most frequent bucket.
 * @param overheadMs what a batch costs outside its executor, ms; becomes part of alpha
 * @returns null when there are too few batches, or all have one size: then nothing tells alpha from beta
 */
export function fitCostLine(traces: readonly BatchTrace[], overheadMs = 0): CostLine | null {
  const points = undisturbed(mostFrequent(traces))
  const { length } = points
  if (length < FEWEST_BATCHES) return null
  const meanRows = mean(points.map(({ rows }) => rows))
  const meanMs = mean(points.map(({ computeMs }) => computeMs))
  let [spread, joint] = [0, 0]
  for (const { rows, computeMs } of points) {
    spread += (rows - meanRows) ** 2
    joint += (rows - meanRows) * (computeMs - meanMs)
  }
  if (spread === 0) return null
  const slope = joint / spread
  let residual = 0
  for (const { rows, computeMs } of points)
    residual += (computeMs - meanMs - slope * (rows - meanRows)) ** 2
  const errorMs = Math.sqrt(residual / (length - 2) / spread)
  return throughMean({ meanRows, meanMs: meanMs + Math.max(0, overheadMs), errorMs }, slope)
}

/** The same line with a slope that is so many standard errors steeper; alpha and beta stay at least 0. */
export function steeper(line: CostLine, errors: number): CostLine {
  return throughMean(line, line.betaMs + errors * line.errorMs)
}

function throughMean(
  { meanRows, meanMs, errorMs }: Pick<CostLine, 'meanRows' | 'meanMs' | 'errorMs'>,
  slope: number
): CostLine {
  const betaMs = Math.min(Math.max(0, slope), meanMs / meanRows)
  return { alphaMs: Math.max(0, meanMs - betaMs * meanRows), betaMs, errorMs, meanRows, meanMs }
}

/** Duration of a batch, ms. */
export function lineMs({ alphaMs, betaMs }: CostLine, rows: number): number {
  return alphaMs + betaMs * rows
}

/** Rows per ms that one executor can do in batches of so many rows; 0 when the line says nothing. */
export function capacity(line: CostLine, rows: number): number {
  const ms = lineMs(line, rows)
  return ms > 0 ? rows / ms : 0
}

function mostFrequent(traces: readonly BatchTrace[]): BatchTrace[] {
  const buckets = new Map<string, BatchTrace[]>()
  for (const trace of traces) {
    const known = buckets.get(trace.bucket)
    if (known) known.push(trace)
    else buckets.set(trace.bucket, [trace])
  }
  return [...buckets.values()].sort((a, b) => b.length - a.length)[0] ?? []
}

function undisturbed(traces: readonly BatchTrace[]): BatchTrace[] {
  const sizes = new Map<number, number[]>()
  for (const { rows, computeMs } of traces) {
    const known = sizes.get(rows)
    if (known) known.push(computeMs)
    else sizes.set(rows, [computeMs])
  }
  const bounds = new Map(
    [...sizes].map(([rows, times]) => {
      const middle = times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0
      return [rows, DISTURBED * middle] as const
    })
  )
  return traces.filter(({ rows, computeMs }) => computeMs <= (bounds.get(rows) ?? 0))
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
