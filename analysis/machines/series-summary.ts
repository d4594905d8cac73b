// What a report keeps of one series while its rows stream by: figures, chart points, events. Constant memory.

import { ChartPoints } from './chart-points.ts'
import { EventFinder } from './event-finder.ts'
import type { Verdict } from './series-detector.ts'

export class SeriesSummary {
  rows = 0
  missing = 0
  min: number | null = null
  max: number | null = null
  peakScore = 0
  peakRow: number | null = null
  readonly chart = new ChartPoints()
  readonly events: EventFinder
  private average = 0

  constructor(threshold: number) {
    this.events = new EventFinder(threshold)
  }

  /** Mean of the values; null when there was none. */
  get mean(): number | null {
    return this.rows === this.missing ? null : this.average
  }

  add(at: { row: number; time: string }, value: number | null, verdict: Verdict): void {
    this.rows++
    const { low, high, score } = verdict
    this.chart.push({ row: at.row, value, low, high, score })
    this.events.push(at, value, verdict)
    if (value === null) {
      this.missing++
      return
    }
    this.min = Math.min(value, this.min ?? value)
    this.max = Math.max(value, this.max ?? value)
    this.average += (value - this.average) / (this.rows - this.missing)
    if (score <= this.peakScore) return
    this.peakScore = score
    this.peakRow = at.row
  }
}
