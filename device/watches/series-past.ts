// The past of a series for a chart: single samples of the last quarter of an hour from memory, before that
// ten-second points of a day and minutes of a month from the disk. Chooses the coarseness; stores nothing.

import type { TelemetryHistory } from '../store/index.ts'
import { type HistoryPoint, thinned } from '../telemetry/index.ts'
import type { SeriesWatch } from './series-watch.ts'

/** Points of a chart at most. */
const MOST_POINTS = 600
/** Up to this long single samples are shown, ms. */
const FINE_MS = 900_000
/** Up to this long ten-second stretches are shown, then minutes, ms. */
const DAY_MS = 24 * 3600_000

/** The points of a span of time, ms since 1970, oldest first, at most 600. */
export async function pastOf(
  series: Pick<SeriesWatch, 'name' | 'ring'>,
  span: { readonly from: number; readonly to: number },
  disk: Pick<TelemetryHistory, 'read'> | undefined
): Promise<HistoryPoint[]> {
  const { name, ring } = series
  const { from, to } = span
  if (!disk) return ring.since(from, MOST_POINTS)
  const fine = to - from <= FINE_MS
  if (fine && ring.oldestSample <= from) return thinned(ring.samplesSince(from), MOST_POINTS)
  const level = to - from <= DAY_MS ? 'stretch' : 'minute'
  const stored = await disk.read(name, { level, from, to })
  if (fine) {
    // After a restart memory does not reach back that far.
    const before = stored.filter(({ at }) => at < ring.oldestSample)
    return thinned([...before, ...ring.samplesSince(from)], MOST_POINTS)
  }
  const last = stored.at(-1)?.at ?? from - 1
  return thinned([...stored, ...ring.recent(last)], MOST_POINTS)
}
