// Joins the rows of one series that stand out into events. An event opens where the score reaches the
// threshold and lasts as long as the values stay strange, short pauses included.

import type { Verdict } from './series-detector.ts'

export interface FoundEvent {
  readonly fromRow: number
  readonly fromTime: string
  toRow: number
  toTime: string
  score: number
  /** The row that stands out most, with its value and what was normal there. */
  peakRow: number
  peakValue: number
  low: number | null
  high: number | null
}

/** An event goes on after at most this many ordinary rows. */
export const PAUSE_ROWS = 90
/** Once open, an event goes on at this share of the threshold: without it, it would flicker. */
const HYSTERESIS = 0.8
/** Of a series that never rests, only so many of the strongest events are kept. */
const MOST_EVENTS = 500

export class EventFinder {
  readonly found: FoundEvent[] = []
  /** Events that were dropped because there are too many. */
  dropped = 0
  private readonly threshold: number
  private current: FoundEvent | null = null

  constructor(threshold: number) {
    this.threshold = threshold
  }

  push(at: { row: number; time: string }, value: number | null, verdict: Verdict): void {
    if (value === null) return
    const { current } = this
    const opens = verdict.score >= this.threshold
    if (current && at.row - current.toRow <= PAUSE_ROWS) {
      if (opens || verdict.surprise >= HYSTERESIS * this.threshold)
        this.extend(current, { ...at, value }, verdict)
    } else if (opens) this.open(at, value, verdict)
  }

  private open(at: { row: number; time: string }, value: number, verdict: Verdict): void {
    this.current = {
      fromRow: at.row,
      fromTime: at.time,
      toRow: at.row,
      toTime: at.time,
      score: verdict.score,
      peakRow: at.row,
      peakValue: value,
      low: verdict.low,
      high: verdict.high
    }
    this.found.push(this.current)
    if (this.found.length > MOST_EVENTS) this.dropWeakest()
  }

  private extend(
    event: FoundEvent,
    at: { row: number; time: string; value: number },
    verdict: Verdict
  ): void {
    if (verdict.surprise >= this.threshold) {
      event.toRow = at.row
      event.toTime = at.time
    }
    if (verdict.surprise <= event.score) return
    event.score = verdict.surprise
    event.peakRow = at.row
    event.peakValue = at.value
    event.low = verdict.low
    event.high = verdict.high
  }

  private dropWeakest(): void {
    let weakest = 0
    this.found.forEach((event, i) => {
      if (event.score < (this.found[weakest]?.score ?? 0)) weakest = i
    })
    this.found.splice(weakest, 1)
    this.dropped++
  }
}
