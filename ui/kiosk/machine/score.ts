// What the charts and the sentence of the series screen are made of. Pure.

import type { SeriesPoint, SeriesReading } from '../../api/index.ts'
import type { ChartPoint } from '../../elements/index.ts'
import { msg } from '../../i18n/index.ts'

/** The score is drawn as a line of its own, with everything up to here inside its band. */
export const SCORE_LIMIT = 0.5

/** The anomaly score as points of a chart. */
export const scorePoints = (points: readonly SeriesPoint[]): readonly ChartPoint[] =>
  points.map(({ at, score }) => ({ at, value: score, low: 0, high: SCORE_LIMIT }))

/** Stored points with the reading of this second at their end. */
export function withLive(
  points: readonly SeriesPoint[],
  reading: SeriesReading | undefined
): readonly SeriesPoint[] {
  if (!reading || reading.at === null || reading.at <= (points.at(-1)?.at ?? 0)) return points
  const { at, value, band, score } = reading
  return [...points, { at, value, low: band?.low ?? null, high: band?.high ?? null, score }]
}

/** The score in words. */
export function scoreSentence({ score, state }: SeriesReading): string {
  if (state === 'learning') return msg('Not judged yet: it still learns what is normal.')
  if (score === null) return msg('Not judged.')
  if (score < 0.2) return msg('As always.')
  if (score < SCORE_LIMIT) return msg('A little unusual.')
  return score < 0.8 ? msg('Unusual.') : msg('Hardly ever seen.')
}
