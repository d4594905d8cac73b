// Compares how often something happens with how often it usually does: bursts and silence by the Poisson
// law with a margin for the clustering of real logs, slow drifts by the Page-Hinkley test.

/** What stands out about one interval. */
export interface RateFinding {
  readonly kind: 'burst' | 'silence'
  /** 0 to 1. */
  readonly score: number
  /** Usual count of one interval. */
  readonly usual: number
}

/** Intervals that must have passed before a rate counts as usual. */
const WARM_UP = 12
/** Weight of the newest interval in the usual rate: about the last 50 count. */
const FORGET = 0.02
/** A burst is at least this many lines; fewer are no event for anybody. */
const LEAST_BURST = 8
/** Page-Hinkley: tolerated drift and alarm level, in standard deviations of the count. */
const DRIFT = 0.5
const DRIFT_ALARM = 12

/** Minus log10 of the chance to see `count` or more when `mean` is usual (Chernoff bound of Poisson). */
export function surpriseAbove(count: number, mean: number): number {
  if (count <= mean) return 0
  const lambda = Math.max(mean, 0.05)
  return (count * Math.log(count / lambda) - count + lambda) / Math.LN10
}

/** Score of a surprise: 0.5 at one in ten million, near 1 beyond one in 10^20. */
export function surpriseScore(surprise: number): number {
  return surprise <= 4 ? 0 : 1 - Math.exp(-(surprise - 4) / 4.3)
}

/**
 * State of one template: its usual rate and how it strays from it. Constant memory.
 * @public
 */
export class RateChange {
  private intervals = 0
  private mean = 0
  private variance = 0
  private drift = 0
  private quiet = 0
  private silent = false

  /** Usual count of one interval. */
  get usual(): number {
    return this.mean
  }

  /** Judges the count of the interval that just ended, then learns from it. */
  observe(count: number): RateFinding | undefined {
    const finding = this.intervals >= WARM_UP ? this.judge(count) : undefined
    // A burst must not become the usual rate at once: what is learned is capped.
    const learned = finding?.kind === 'burst' ? Math.min(count, this.mean * 2 + 1) : count
    this.learn(learned)
    return finding
  }

  private judge(count: number): RateFinding | undefined {
    const usual = this.mean
    const spread = Math.sqrt(Math.max(this.variance, usual, 0.25))
    const margin = usual + 2 * Math.max(0, spread - Math.sqrt(usual)) // overdispersion
    this.drift = Math.max(0, this.drift + (count - usual) / spread - DRIFT)
    const burst = count >= LEAST_BURST ? surpriseScore(surpriseAbove(count, margin)) : 0
    if (burst > 0) {
      this.drift = 0
      return { kind: 'burst', score: burst, usual }
    }
    if (this.drift > DRIFT_ALARM && count >= LEAST_BURST) {
      this.drift = 0
      return { kind: 'burst', score: 0.5, usual }
    }
    return this.judgeSilence(count, usual, spread)
  }

  private judgeSilence(count: number, usual: number, spread: number): RateFinding | undefined {
    this.quiet = count === 0 ? this.quiet + 1 : 0
    if (count > 0) this.silent = false
    // Only what comes in nearly every interval can be missed.
    if (this.silent || usual < 2 || spread > usual * 1.5) return undefined
    const score = surpriseScore((this.quiet * usual) / Math.LN10 / 2)
    if (score < 0.5) return undefined
    this.silent = true
    return { kind: 'silence', score, usual }
  }

  private learn(count: number): void {
    this.intervals++
    const weight = Math.max(FORGET, 1 / this.intervals)
    // What has fallen silent keeps its usual rate, or it would never be missed.
    if (count === 0 && this.quiet > 2) return
    const delta = count - this.mean
    this.mean += weight * delta
    this.variance += weight * (delta * delta - this.variance)
  }

  /** The state as numbers, to survive a restart. */
  save(): readonly number[] {
    return [this.intervals, this.mean, this.variance]
  }

  static load([intervals = 0, mean = 0, variance = 0]: readonly number[]): RateChange {
    const change = new RateChange()
    change.intervals = intervals
    change.mean = mean
    change.variance = variance
    return change
  }
}
