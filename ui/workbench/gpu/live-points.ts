// Adds live readings to the points of charts and drops what has left their range. Pure.

import type { SeriesReading } from '../../api/index.ts'
import type { ChartPoint } from '../../elements/index.ts'

/** All points with the newest reading of each series added, none older than `spanMs`. */
export function grownPoints(
  points: ReadonlyMap<string, readonly ChartPoint[]>,
  series: readonly SeriesReading[],
  spanMs: number
): ReadonlyMap<string, readonly ChartPoint[]> {
  const grown = new Map(points)
  for (const { name, at, value, band } of series) {
    const known = points.get(name) ?? []
    const last = known.at(-1)
    if (at === null || (last && at <= last.at)) continue
    const point = { at, value, low: band?.low ?? null, high: band?.high ?? null }
    grown.set(name, [...known.filter((old) => old.at >= at - spanMs), point])
  }
  return grown
}
