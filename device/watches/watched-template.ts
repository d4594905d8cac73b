// One template as the log watch knows it: counts, usual rate, times.

import { RateChange } from '../../analysis/logs/rate-change.ts'
import { levelFromWords, severityScore } from '../../analysis/logs/severity-words.ts'
import type { LogLevel, LogTemplate } from '../../contract/index.ts'

/** What survives a restart. */
export interface StoredTemplate {
  readonly id: string
  readonly text: string
  readonly source: string
  readonly level: LogLevel
  readonly count: number
  readonly firstAt: number
  readonly lastAt: number
  readonly rate: readonly number[]
}

/** Intervals of ten seconds in a minute. */
const MINUTE = 6

export class WatchedTemplate {
  id: string
  text: string
  readonly source: string
  level: LogLevel
  count = 0
  /** Lines in the current interval. */
  now = 0
  firstAt: number
  lastAt: number
  rate = new RateChange()
  /** Lines of the last six intervals. */
  readonly recent: number[] = []
  /** When an anomaly of this template was last told; it is not repeated at once. */
  toldAt = Number.NEGATIVE_INFINITY
  /** 0 to 0.9: how bad it sounds. */
  severity = 0

  constructor({ id, text, source, at }: { id: string; text: string; source: string; at: number }) {
    this.id = id
    this.text = text
    this.source = source
    this.level = 'unknown'
    this.firstAt = at
    this.lastAt = at
    this.severity = severityScore(text, 'unknown')
  }

  static load(stored: StoredTemplate): WatchedTemplate {
    const template = new WatchedTemplate({ ...stored, at: stored.firstAt })
    template.raise(stored.level)
    template.count = stored.count
    template.lastAt = stored.lastAt
    template.rate = RateChange.load(stored.rate)
    return template
  }

  save(): StoredTemplate {
    const { id, text, source, level, count, firstAt, lastAt } = this
    return { id, text, source, level, count, firstAt, lastAt, rate: this.rate.save() }
  }

  /** Notes the level that a line stated. */
  raise(level: LogLevel): void {
    if (level === 'unknown' || level === this.level) return
    this.level = level
    this.severity = severityScore(this.text, level)
  }

  /** Takes over the counts of a template that turned out to be this one. */
  absorb(other: WatchedTemplate): void {
    this.count += other.count
    this.now += other.now
    this.firstAt = Math.min(this.firstAt, other.firstAt)
    this.lastAt = Math.max(this.lastAt, other.lastAt)
    other.recent.forEach((count, i) => {
      this.recent[i] = (this.recent[i] ?? 0) + count
    })
    if (other.rate.usual > this.rate.usual) this.rate = other.rate
  }

  rename(id: string, text: string): void {
    this.id = id
    this.text = text
    this.severity = severityScore(text, this.level)
  }

  /** Closes the interval of ten seconds. */
  endInterval(): void {
    this.recent.unshift(this.now)
    this.recent.length = Math.min(this.recent.length, MINUTE)
    this.now = 0
  }

  view(): LogTemplate {
    const lastMinute = this.now + this.recent.slice(0, MINUTE - 1).reduce((a, b) => a + b, 0)
    return {
      id: this.id,
      template: this.text,
      level: this.level === 'unknown' ? levelFromWords(this.text) : this.level,
      count: this.count,
      ratePerMinute: lastMinute,
      usualPerMinute: Math.max(0, Math.round(this.rate.usual * MINUTE * 10) / 10),
      firstSeenAt: this.firstAt,
      lastSeenAt: this.lastAt,
      source: this.source
    }
  }
}
