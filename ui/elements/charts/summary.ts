// The one sentence that says what a chart shows, for those who cannot see it and for print. Pure.

import { formatClock, formatRange, formatValue } from '../../i18n/index.ts'
import { type ChartPoint, endsOutside, lastValue } from './geometry.ts'

export interface SummaryText {
  readonly title: string
  readonly unit: string
  readonly decimals: number
  /** How a moment is written; the clock when left out. */
  readonly moment?: (at: number) => string
}

/** `Processor load from 13:44 to 13:59: 2.1–41.0 %, now 12.4 %, normal 2.0–31.0.` */
export function summarise(points: readonly ChartPoint[], text: SummaryText): string {
  const values = points.flatMap(({ value }) => (value === null ? [] : [value]))
  const [first, last] = [points[0], lastValue(points)]
  if (values.length === 0 || !first || !last) return `${text.title}: no values in this time.`
  const span = values.reduce(
    (range, value) => ({ min: Math.min(range.min, value), max: Math.max(range.max, value) }),
    { min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY }
  )
  const unit = text.unit === '' ? '' : `\u00A0${text.unit}`
  const range = formatRange(span.min, span.max, text.decimals)
  const now = formatValue(last.value, text.unit, text.decimals)
  const band =
    last.low === null || last.high === null
      ? 'no normal band yet'
      : `normal ${formatRange(last.low, last.high, text.decimals)}`
  const outside = endsOutside(points) ? ', outside the band' : ''
  const moment = text.moment ?? formatClock
  const time = `from ${moment(first.at)} to ${moment(last.at)}`
  return `${text.title} ${time}: ${range}${unit}, last ${now}${outside}; ${band}.`
}
