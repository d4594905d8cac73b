// The statistics of a benchmark, pure: a figure is taken once per repeat, and its mean over the repeats gets a
// 95 % confidence interval by Student's t. Repeats, not batches, are the sample: batches of one window share
// its luck (Georges, Buytaert and Eeckhout, OOPSLA 2007, section 3).

import type { Measured } from '../../contract/index.ts'

/** Two-sided 95 % quantiles of Student's t for 1 to 30 degrees of freedom. */
const T95 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145,
  2.131, 2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048,
  2.045, 2.042
]

/** Fewer repeats than this give no interval. */
export const FEWEST_REPEATS = 3

/** Two-sided 95 % quantile of Student's t. */
export function studentT95(degrees: number): number {
  const known = T95[degrees - 1]
  if (known !== undefined) return known
  const z = 1.959964 // expansion of Cornish and Fisher; within 0.001 from 30 degrees on
  const first = (z ** 3 + z) / (4 * degrees)
  return z + first + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2)
}

/** Arithmetic mean; 0 of nothing. */
export const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length

/**
 * Mean over repeats with its 95 % interval; the figures are positive, so the interval ends at 0.
 * @returns null without repeats; an interval of null with fewer than 3
 */
export function measured(values: readonly number[]): Measured | null {
  if (values.length === 0) return null
  const value = mean(values)
  if (values.length < FEWEST_REPEATS) return { value, low: null, high: null }
  const spread = values.reduce((sum, one) => sum + (one - value) ** 2, 0) / (values.length - 1)
  const half = studentT95(values.length - 1) * Math.sqrt(spread / values.length)
  return { value, low: Math.max(0, value - half), high: value + half }
}

/** Percentile by nearest rank of values in rising order; NaN of nothing. */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

const relative = ({ value, high }: Measured): number | null =>
  high === null || value <= 0 ? null : (high - value) / value

/**
 * How many times `a` is `b`, with an interval from both: relative errors of independent means add as squares
 * (delta method on the logarithm).
 * @returns an interval of null when one of the two has none
 */
export function ratio(a: Measured, b: Measured): Measured {
  const value = b.value > 0 ? a.value / b.value : 0
  const [left, right] = [relative(a), relative(b)]
  if (left === null || right === null) return { value, low: null, high: null }
  const spread = Math.exp(Math.hypot(left, right))
  return { value, low: value / spread, high: value * spread }
}

/** Which of two figures is larger, by their intervals: undecided when they overlap or are missing. */
export function compareMeasured(a: Measured, b: Measured): 'larger' | 'smaller' | 'undecided' {
  if (a.low === null || a.high === null || b.low === null || b.high === null) return 'undecided'
  if (a.low > b.high) return 'larger'
  return a.high < b.low ? 'smaller' : 'undecided'
}

/** Numbers from 0 up to 1, the same for the same seed (mulberry32 by Tommy Ettinger, public domain). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** A copy in random order (Fisher and Yates). */
export function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  const mixed = [...items]
  for (let last = mixed.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1))
    const held = mixed[last] as Item
    mixed[last] = mixed[other] as Item
    mixed[other] = held
  }
  return mixed
}
