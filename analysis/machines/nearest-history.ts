// How unlike anything seen before the last few values are: distance of the newest window to its nearest
// neighbour among all earlier windows of the history, the left matrix profile without z-normalisation
// (Yeh et al. 2016; incremental along diagonals as in AAMP, Akbarinia & Cloez 2019). With a window of one
// value it asks whether such a value occurred at all, which is the context novelty of CAD-OSE (Smirnov
// 2016) on numbers instead of bits; no code of theirs is used. Time O(history) a value, constant memory.

/** With less past than this, everything is new: distances would only blunt the sense for later ones. */
const LEAST_WINDOWS = 4
/** Rounding errors of the running sums are wiped out by recomputing this many lags each step. */
const REFRESHED_LAGS = 8

export interface NearestHistoryOptions {
  /** Values in a window. */
  readonly window: number
  /** Windows that end fewer than this many rows ago are no neighbours: they overlap or merely continue. */
  readonly exclude: number
  /** How many values back neighbours are looked for. */
  readonly history: number
}

export class NearestHistory {
  private readonly window: number
  private readonly exclude: number
  private readonly history: number
  /** Last values, oldest first, in a buffer twice as long as needed so that it is moved rarely. */
  private readonly buffer: Float64Array
  private readonly kept: number
  private end = 0
  private seen = 0
  private readonly learning: number
  /** Sum of squared differences between the newest window and the one `lag` rows earlier. */
  private readonly sums: Float64Array
  private refreshLag = 1

  constructor(options: NearestHistoryOptions) {
    this.window = options.window
    this.exclude = options.exclude
    this.history = options.history
    this.learning = Math.min(LEAST_WINDOWS * options.window, options.history / 2)
    this.kept = options.history + options.window + 1
    this.buffer = new Float64Array(2 * this.kept)
    this.sums = new Float64Array(options.history + 1)
  }

  /** Root mean square difference to the nearest earlier window; NaN while there is none. */
  push(value: number): number {
    this.append(value)
    const best = this.window === 1 ? this.nearestValue(value) : this.advance(value)
    this.refreshSome()
    if (this.seen < this.learning) return Number.NaN
    return best === Number.POSITIVE_INFINITY ? Number.NaN : Math.sqrt(best / this.window)
  }

  /** The value `rows` before the newest; NaN when it is not kept. */
  back(rows: number): number {
    const kept = Math.min(this.end, this.kept)
    return rows < kept ? (this.buffer[this.end - 1 - rows] as number) : Number.NaN
  }

  /** The values that are kept, oldest first. */
  values(): Float64Array {
    return this.buffer.slice(Math.max(0, this.end - this.kept), this.end)
  }

  reset(values: ArrayLike<number>): void {
    this.end = 0
    this.seen = 0
    for (let i = Math.max(0, values.length - this.kept); i < values.length; i++)
      this.append(values[i] as number)
    for (let lag = 1; lag <= this.history; lag++) this.refresh(lag)
  }

  private append(value: number): void {
    if (this.end === this.buffer.length) {
      this.buffer.copyWithin(0, this.end - this.kept, this.end)
      this.end = this.kept
    }
    this.buffer[this.end] = value
    this.end++
    this.seen = Math.min(this.seen + 1, this.kept)
  }

  /** Moves every lag's sum on by one value; the smallest of those that may be neighbours. */
  private advance(value: number): number {
    const { buffer, sums, exclude } = this
    const now = this.end - 1
    const leaving = now - this.window
    const lags = Math.min(this.history, now)
    // Lags whose earlier window lost a value too; split from the others because this loop is the whole cost.
    const full = Math.min(lags, leaving)
    const gone = leaving >= 0 ? (buffer[leaving] as number) : 0
    let best = Number.POSITIVE_INFINITY
    for (let lag = 1; lag <= full; lag++) {
      const came = value - (buffer[now - lag] as number)
      const left = gone - (buffer[leaving - lag] as number)
      const sum = Math.max(0, (sums[lag] as number) + came * came - left * left)
      sums[lag] = sum
      if (sum < best && lag > exclude) best = sum
    }
    for (let lag = Math.max(1, full + 1); lag <= lags; lag++) {
      const came = value - (buffer[now - lag] as number)
      sums[lag] = (sums[lag] as number) + came * came
      if ((sums[lag] as number) < best && lag > exclude && now - lag + 1 >= this.window)
        best = sums[lag] as number
    }
    return best
  }

  /** The same for windows of a single value, which need no sums. */
  private nearestValue(value: number): number {
    const { buffer } = this
    const now = this.end - 1
    const first = Math.max(0, now - this.history)
    let best = Number.POSITIVE_INFINITY
    for (let i = first; i < now - this.exclude; i++) {
      const distance = Math.abs(value - (buffer[i] as number))
      if (distance < best) best = distance
    }
    return best * best
  }

  private refreshSome(): void {
    if (this.window === 1) return
    const lags = Math.min(this.history, this.end - 1)
    for (let i = 0; i < REFRESHED_LAGS && lags > 0; i++) {
      this.refreshLag = this.refreshLag >= lags ? 1 : this.refreshLag + 1
      this.refresh(this.refreshLag)
    }
  }

  private refresh(lag: number): void {
    const now = this.end - 1
    let sum = 0
    for (let i = 0; i < this.window && now - i - lag >= 0; i++) {
      const difference = (this.buffer[now - i] as number) - (this.buffer[now - i - lag] as number)
      sum += difference * difference
    }
    this.sums[lag] = sum
  }
}
