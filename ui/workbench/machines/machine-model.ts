// The report of machine data as the screen shows it: series with their events, points for the charts. Pure.

import type { Report } from '../../api/index.ts'
import type { ChartPoint } from '../../elements/index.ts'

export type MachinesReport = Extract<Report, { kind: 'machines' }>
export type MachineSeries = MachinesReport['figures']['series'][number]
export type MachineEvent = MachinesReport['figures']['events'][number]

/** Charts count in milliseconds; a row is one second of theirs. */
const ROW_MS = 1000

/** Values with their normal band, by row. */
export const valuePoints = ({ points }: MachineSeries): readonly ChartPoint[] =>
  points.map(([row, value, low, high]) => ({ at: row * ROW_MS, value, low, high }))

/** Scores, by row. */
export const scorePoints = ({ points }: MachineSeries): readonly ChartPoint[] =>
  points.map(([row, , , , score]) => ({ at: row * ROW_MS, value: score, low: null, high: null }))

/** Where the lines of events are drawn. */
export const eventMarks = (
  events: readonly MachineEvent[]
): readonly { readonly at: number; readonly label: string; readonly tone: string }[] =>
  events.map(({ fromRow }) => ({ at: fromRow * ROW_MS, label: '', tone: 'p2' }))

/** Decimals that tell the values of a series apart: three significant figures of its range. */
export function decimalsOf({ min, max }: Pick<MachineSeries, 'min' | 'max'>): number {
  const range = Math.abs((max ?? 0) - (min ?? 0))
  if (range === 0) return 0
  return Math.max(0, Math.min(3, 2 - Math.floor(Math.log10(range))))
}

/** Series with the most unusual first. */
export const bySurprise = ({ figures }: MachinesReport): readonly MachineSeries[] =>
  figures.series.toSorted((a, b) => {
    const events = (name: string): number =>
      figures.events.filter(({ series }) => series === name).length
    return events(b.name) - events(a.name) || b.peakScore - a.peakScore
  })

export const eventsOf = (report: MachinesReport, series: string): readonly MachineEvent[] =>
  report.figures.events.filter((event) => event.series === series)
