// Small pictures for HTML reports as inline SVG: a timeline of bars, a sparkline, a series in its band, and the
// roles along a document. Each has a title that says what it shows. No script; colours come from the style sheet.

import type { DocumentResult, SeriesResult } from '../../contract/index.ts'
import { escapeHtml } from './escape.ts'

const fixed = (value: number): string => String(Math.round(value * 10) / 10)

/** Stretched to its place; the title is what a screen reader says. */
function svg(size: readonly [width: number, height: number], title: string, body: string): string {
  const [width, height] = size
  return `<svg viewBox="0 0 ${width} ${height}" role="img" preserveAspectRatio="none"><title>${escapeHtml(title)}</title>${body}</svg>`
}

interface Bars {
  readonly values: readonly number[]
  /** The unusual part of each bar. */
  readonly marked: readonly number[]
  readonly title: string
}

/** Bars that start at zero; the unusual part of a bar is drawn over it. */
export function timelineBars({ values, marked, title }: Bars): string {
  const top = Math.max(1, ...values)
  const step = 960 / Math.max(1, values.length)
  const bar = (value: number, i: number, name: string): string => {
    const height = Math.max(value > 0 ? 1.5 : 0, (value / top) * 100)
    return height === 0
      ? ''
      : `<rect class="${name}" x="${fixed(i * step)}" y="${fixed(104 - height)}" width="${fixed(Math.max(0.5, step - 1))}" height="${fixed(height)}"/>`
  }
  const bars = values.map(
    (value, i) => bar(value, i, 'bar') + bar(Math.min(value, marked[i] ?? 0), i, 'odd')
  )
  return svg([960, 104], title, `<path class="axis" d="M0 103.5H960"/>${bars.join('')}`)
}

/** A line without axes, for a table cell. */
export function sparkline(values: readonly number[], title: string): string {
  const top = Math.max(1, ...values)
  const x = (i: number): string => fixed((i * 100) / Math.max(1, values.length - 1))
  const points = values.map((value, i) => `${x(i)} ${fixed(19 - (value / top) * 18)}`)
  return svg([100, 20], title, `<path class="data" d="M${points.join('L')}"/>`)
}

/** A series over its normal band; stretches of events in the colour of what is unusual. */
export function seriesChart(
  series: SeriesResult,
  events: readonly { fromRow: number; toRow: number }[]
): string {
  const { points } = series
  const numbers = points
    .flatMap(([, value, low, high]) => [value, low, high])
    .filter((n) => n !== null)
  if (numbers.length === 0) return ''
  const bottom = Math.min(...numbers)
  const range = Math.max(...numbers) - bottom || 1
  const first = points[0]?.[0] ?? 0
  const rows = Math.max(1, (points.at(-1)?.[0] ?? 1) - first)
  const x = (row: number): string => fixed(((row - first) / rows) * 960)
  const y = (value: number): string => fixed(116 - ((value - bottom) / range) * 112)
  const banded = points.filter(([, , low, high]) => low !== null && high !== null)
  const upper = banded.map(([row, , , high]) => `${x(row)} ${y(high ?? 0)}`)
  const lower = banded.map(([row, , low]) => `${x(row)} ${y(low ?? 0)}`).reverse()
  const band =
    banded.length > 1 ? `<path class="band" d="M${[...upper, ...lower].join('L')}Z"/>` : ''
  const marks = events.map(({ fromRow, toRow }) => {
    const width = Math.max(3, Number(x(toRow)) - Number(x(fromRow)))
    return `<rect class="event" x="${x(fromRow)}" y="0" width="${fixed(width)}" height="120"/>`
  })
  const line = `<path class="data" d="${linePath(points, x, y)}"/>`
  return svg(
    [960, 120],
    `${series.name} over its rows with its normal band`,
    `${band}${marks.join('')}${line}`
  )
}

type Scale = (value: number) => string

/** A gap in the data stays a gap. */
function linePath(points: SeriesResult['points'], x: Scale, y: Scale): string {
  let pen = 'M'
  const steps: string[] = []
  for (const [row, value] of points) {
    if (value === null) pen = 'M'
    else {
      steps.push(`${pen}${x(row)} ${y(value)}`)
      pen = 'L'
    }
  }
  return steps.join('')
}

/** The document from left to right: one piece a sentence, shaded by role; ticks where findings stand. */
export function roleStrip(document: DocumentResult): string {
  const { sentences, keyFindings } = document
  const end = sentences.at(-1)?.end ?? 1
  const x = (offset: number): number => (offset / Math.max(1, end)) * 960
  // Neighbours of one role are one piece, so that a book does not draw thousands.
  const pieces: { role: string; from: number; to: number }[] = []
  for (const { role, start, end: to } of sentences) {
    const last = pieces.at(-1)
    if (last?.role === role) last.to = to
    else pieces.push({ role, from: last?.to ?? start, to })
  }
  const drawn = pieces.map(
    ({ role, from, to }) =>
      `<rect class="r-${role}" x="${fixed(x(from))}" y="6" width="${fixed(Math.max(0.5, x(to) - x(from) - 1))}" height="8"/>`
  )
  const ticks = keyFindings.map(({ sentence }) => {
    const { start = 0, end: to = 0 } = sentences[sentence] ?? {}
    return `<rect class="tick" x="${fixed(x(start))}" y="0" width="${fixed(Math.max(3, x(to) - x(start)))}" height="3"/>`
  })
  return svg(
    [960, 14],
    'Roles of the sentences from the first to the last; marks show the findings',
    [...drawn, ...ticks].join('')
  )
}
