// What a series should read next and between which limits 98 % of its healthy values lie. The forecast is a
// slow level, or the same time in earlier seasons where that proved closer; the limits are order
// statistics of past forecast errors (split conformal prediction, Vovk et al. 2005), so no distribution is
// assumed. Constant memory. A lasting outlier is not learnt until it has lasted for the hold time.

import { seasonLength } from './season-length.ts'
import { SortedWindow } from './sorted-window.ts'

export interface NormalBandOptions {
  /** Forecast errors that are kept. */
  readonly errors: number
  /** Rows before a band is claimed. */
  readonly learningRows: number
  /** Rows after which a lasting outlier counts as the new normal. */
  readonly holdRows: number
}

/** Looks back: the value `rows` before the newest, NaN when not kept. */
export interface ValueHistory {
  back(rows: number): number
  values(): Float64Array
}

export interface Forecast {
  readonly expected: number
  readonly low: number
  readonly high: number
  /** Exceeded by one healthy value in twenty. */
  readonly usualHigh: number
}

/** Share of healthy values that may lie beyond each limit. */
const OUTSIDE_EACH = 0.01
const USUAL_SHARE = 0.95
/** Weight of the newest value in the level: a memory of some twenty rows. */
const LEVEL_RATE = 0.05
/** Weight of the newest error when the two forecasts are compared. */
const COMPARISON_RATE = 0.02
/** The season is looked for anew every so many rows. */
const SEASON_ROWS = 256
/** Outliers up to this run length are part of normal life and learnt. */
const SHORT_RUN = 2

export class NormalBand {
  private readonly options: NormalBandOptions
  private readonly past: ValueHistory
  private readonly errors: SortedWindow
  private level = Number.NaN
  private offset = 0
  private season = 0
  private plainError = 0
  private seasonError = Number.POSITIVE_INFINITY
  private seen = 0
  private outliers = 0
  private waiting: number[] = []

  constructor(options: NormalBandOptions, past: ValueHistory) {
    this.options = options
    this.past = past
    this.errors = new SortedWindow(options.errors)
  }

  /** Forecast of the next value; null while learning. */
  forecast(): Forecast | null {
    if (this.seen < this.options.learningRows) return null
    const expected = this.expected()
    const size = this.errors.size
    const beyond = Math.max(1, Math.floor(OUTSIDE_EACH * (size + 1)))
    // Values that differ by rounding only are equal.
    const slack = 1e-9 * Math.abs(expected)
    return {
      expected,
      low: expected + Math.min(0, this.errors.order(beyond - 1)) - slack,
      high: expected + Math.max(0, this.errors.order(-beyond)) + slack,
      usualHigh: expected + Math.max(0, this.errors.quantile(USUAL_SHARE)) + slack
    }
  }

  /** The forecast of the next value even while learning, for the residual. */
  expected(): number {
    const seasonal = this.seasonal()
    return Number.isNaN(seasonal) || this.seasonError >= this.plainError ? this.level : seasonal
  }

  /** Learns the value that came; call before the value enters the history. */
  learn(value: number): void {
    if (Number.isNaN(this.level)) this.level = value
    const limits = this.forecast()
    const error = value - this.expected()
    const width = limits ? limits.high - limits.low : 0
    const outlying = limits !== null && (value > limits.high + width || value < limits.low - width)
    this.outliers = outlying ? this.outliers + 1 : 0
    if (this.outliers > this.options.holdRows) this.level = value
    this.learnError(error, outlying)
    this.compareForecasts(value)
    this.level += LEVEL_RATE * this.bounded(value - this.level, outlying ? width : Infinity)
    this.seen++
    if (this.seen === this.options.learningRows) this.forgetTransient()
    if (this.seen % SEASON_ROWS === 0) this.season = seasonLength(this.past.values())
  }

  toJSON() {
    const { level, offset, season, plainError, seen, outliers } = this
    const finite = Number.isFinite(this.seasonError) ? this.seasonError : null
    return {
      level: Number.isNaN(level) ? null : level,
      offset,
      season,
      plainError,
      seasonError: finite,
      seen,
      outliers
    }
  }

  reset(state: ReturnType<NormalBand['toJSON']>, errors: ArrayLike<number>): void {
    this.level = state.level ?? Number.NaN
    this.offset = state.offset
    this.season = state.season
    this.plainError = state.plainError
    this.seasonError = state.seasonError ?? Number.POSITIVE_INFINITY
    this.seen = state.seen
    this.outliers = state.outliers
    this.errors.reset(errors)
  }

  errorValues(): Float64Array {
    return this.errors.values()
  }

  /** Mean of the same moment in up to three earlier seasons, moved by their usual miss. */
  private seasonal(): number {
    if (this.season === 0) return Number.NaN
    let sum = 0
    let count = 0
    for (let seasons = 1; seasons <= 3; seasons++) {
      const value = this.past.back(seasons * this.season - 1)
      if (Number.isNaN(value)) break
      sum += value
      count++
    }
    return count === 0 ? Number.NaN : sum / count + this.offset
  }

  private compareForecasts(value: number): void {
    const seasonal = this.seasonal()
    this.plainError += COMPARISON_RATE * (Math.abs(value - this.level) - this.plainError)
    if (Number.isNaN(seasonal)) return
    const miss = value - seasonal
    const before = Number.isFinite(this.seasonError) ? this.seasonError : Math.abs(miss)
    this.seasonError = before + COMPARISON_RATE * (Math.abs(miss) - before)
    this.offset += COMPARISON_RATE * miss
  }

  /** Short runs of outliers are learnt once they turned out to be short. */
  private learnError(error: number, outlying: boolean): void {
    if (outlying && this.outliers <= this.options.holdRows) {
      if (this.outliers <= SHORT_RUN) this.waiting.push(error)
      else this.waiting = []
      return
    }
    for (const passed of this.waiting) this.errors.push(passed)
    this.waiting = []
    this.errors.push(error)
  }

  private bounded(step: number, limit: number): number {
    return Math.max(-limit, Math.min(limit, step))
  }

  /** A start-up burst within the learning rows must not widen the band for the rest of the window. */
  private forgetTransient(): void {
    const errors = this.errors.values()
    const spread = new SortedWindow(errors.length)
    const middle = this.errors.quantile(0.5)
    for (const error of errors) spread.push(Math.abs(error - middle))
    const limit = TRANSIENT_DEVIATIONS * spread.quantile(0.5)
    if (limit === 0) return
    this.errors.reset(errors.filter((error) => Math.abs(error - middle) <= limit))
  }
}

/** In medians of the absolute deviation; about six standard deviations of a normal distribution. */
const TRANSIENT_DEVIATIONS = 9
