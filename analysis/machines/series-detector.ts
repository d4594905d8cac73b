// The streaming anomaly detector of one series: several statistics, each turned into evidence against its
// own past, pooled, mapped to a score from 0 to 1 where 0.5 is worth an event in any series. Causal (row k
// is judged by rows up to k only), deterministic, constant memory. Gaps are skipped, not guessed.

import { LevelShift } from './level-shift.ts'
import { NearestHistory } from './nearest-history.ts'
import { NormalBand } from './normal-band.ts'
import { SortedWindow } from './sorted-window.ts'
import { SubPca } from './sub-pca.ts'
import { TailEvidence } from './tail-evidence.ts'

export interface DetectorOptions {
  /** Values looked back on; memory and time a value grow with it. Default 4,096: two weeks at 5 minutes. */
  readonly history?: number
  /** Rows before a normal band is claimed. Default 60. */
  readonly learningRows?: number
  /** Rows after which a lasting change counts as the new normal. Default 120. */
  readonly holdRows?: number
}

export interface Verdict {
  /** 0 usual … 1 never seen; at least 0.5 once at the start of an event, then muted for a while. */
  readonly score: number
  /** The same without muting: stays high as long as the values are strange. */
  readonly surprise: number
  /** Null while learning. */
  readonly expected: number | null
  readonly low: number | null
  readonly high: number | null
  /** One healthy value in twenty lies above: what lasts beyond it is more than a peak. */
  readonly usualHigh: number | null
}

/**
 * Members and their weights in the pooled evidence, chosen once by measurement (docs/reference/
 * analyze-machines.md). The weighted sum of log tail probabilities is a weighted noisy-OR of "this is no
 * chance" in another scale: 1 - product(tail ^ weight) grows with the same order.
 */
export const MEMBERS = {
  value: 2,
  shape: 1,
  pattern: 1,
  trend: 1,
  shift: 1,
  components: 0.25,
  forecast: 0.25
} as const
export type Member = keyof typeof MEMBERS

/** Pooled evidence that is worth an event in a young series: the score is 0.5 there. */
export const EVENT_EVIDENCE = 2.2
/** From so many rows on, every doubling of the rows asks for so much more: chance gets more tries. */
const OLD_ROWS = 4096
const EVIDENCE_A_DOUBLING = 0.6
const MOST_DOUBLINGS = 3
/** Steepness of the score around an event, in units of evidence. */
const SCORE_WIDTH = 0.5
/** After an event, further ones within so many rows belong to it. */
const REFRACTORY_ROWS = 120
/** Within them, evidence this many times stronger is an event of its own. */
const FORERUNNER_FACTOR = 2
/** Rows that the moving average for slow patterns and level shifts covers. */
const SLOW_ROWS = 24
/** Larger magnitudes would overflow when squared. */
const LARGEST = 1e150
/** A statistic is weighed against so many rows; longer, and the novelty of the first hours blunts the rest. */
const TAIL_ROWS = 2000
/** A tail narrower than this share of the series' spread is rounding, not structure. */
const NARROWEST_TAIL = 1e-3

export const DEFAULT_DETECTOR = { history: 4096, learningRows: 60, holdRows: 120 } as const

const NO_FORECAST = { expected: null, low: null, high: null, usualHigh: null }

export class SeriesDetector {
  readonly options: Required<DetectorOptions>
  readonly near: Record<'value' | 'shape' | 'pattern' | 'trend', NearestHistory>
  readonly slow = new LevelShift(SLOW_ROWS)
  readonly components = new SubPca(16, 3)
  readonly band: NormalBand
  readonly spread: SortedWindow
  readonly tails: Record<Member, TailEvidence>
  /** Rows since the last event opened. */
  quietRows = REFRACTORY_ROWS
  /** Highest evidence of the event that is under way. */
  peak = 0
  /** Values judged so far. */
  rows = 0

  constructor(options: DetectorOptions = {}) {
    this.options = { ...DEFAULT_DETECTOR, ...options }
    const { history, learningRows, holdRows } = this.options
    this.near = {
      value: new NearestHistory({ window: 1, exclude: 1, history }),
      shape: new NearestHistory({ window: 4, exclude: 4, history }),
      pattern: new NearestHistory({ window: 32, exclude: 32, history }),
      trend: new NearestHistory({ window: 8, exclude: 2 * SLOW_ROWS, history })
    }
    const errors = Math.min(history, 1024)
    this.band = new NormalBand({ errors, learningRows, holdRows }, this.near.pattern)
    this.spread = new SortedWindow(errors)
    const tail = (): TailEvidence => new TailEvidence(Math.min(history, TAIL_ROWS))
    this.tails = {
      value: tail(),
      shape: tail(),
      pattern: tail(),
      trend: tail(),
      shift: tail(),
      components: tail(),
      forecast: tail()
    }
  }

  /**
   * Judges the next value of the series, then learns it; null or NaN is a gap. While `hold` is set the
   * normal band stays as it is: the caller knows that something is wrong.
   */
  step(value: number | null, hold = false): Verdict {
    const forecast = this.band.forecast()
    const limits = forecast ?? NO_FORECAST
    if (value === null || Number.isNaN(value)) return { score: 0, surprise: 0, ...limits }
    const bounded = Math.max(-LARGEST, Math.min(LARGEST, value))
    const evidence = this.evidence(bounded, hold)
    this.rows++
    const surprise = 1 / (1 + Math.exp((this.needed() - evidence) / SCORE_WIDTH))
    return { score: this.muted(surprise, evidence), surprise, ...limits }
  }

  /** Pooled evidence that is worth an event now: the longer a series is known, the rarer news must be. */
  private needed(): number {
    const doublings = Math.log2(this.rows / OLD_ROWS)
    return EVENT_EVIDENCE + EVIDENCE_A_DOUBLING * Math.min(MOST_DOUBLINGS, Math.max(0, doublings))
  }

  /** Evidence of every member, pooled. */
  private evidence(value: number, hold: boolean): number {
    const floor = this.narrowestTail()
    const expected = this.band.expected()
    const error = Math.abs(value - expected)
    if (!hold) this.band.learn(value)
    this.spread.push(value)
    const { mean, shift } = this.slow.push(value)
    const statistics: Record<Member, number> = {
      value: this.near.value.push(value),
      shape: this.near.shape.push(value),
      pattern: this.near.pattern.push(value),
      trend: this.near.trend.push(mean),
      shift,
      components: this.components.push(value),
      forecast: error
    }
    let pooled = 0
    for (const member of Object.keys(MEMBERS) as Member[])
      pooled += MEMBERS[member] * this.tails[member].push(statistics[member], floor)
    return pooled
  }

  private narrowestTail(): number {
    if (this.spread.size === 0) return 1
    const range = this.spread.quantile(0.995) - this.spread.quantile(0.005)
    const middle = Math.abs(this.spread.quantile(0.5))
    return Math.max(NARROWEST_TAIL * range, 1e-6 * middle, 1e-12)
  }

  /**
   * One event gives one high score: what follows within the refractory period stays under 0.5, unless it is
   * so much stronger that the first may have been a forerunner.
   */
  private muted(surprise: number, evidence: number): number {
    if (surprise < 0.5) {
      this.quietRows++
      return surprise
    }
    const fresh = this.quietRows >= REFRACTORY_ROWS
    const stronger = evidence > FORERUNNER_FACTOR * this.peak
    this.quietRows = fresh || stronger ? 0 : this.quietRows + 1
    this.peak = fresh ? evidence : Math.max(this.peak, evidence)
    return fresh || stronger ? surprise : surprise / 2.001
  }
}
