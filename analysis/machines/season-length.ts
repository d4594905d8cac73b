// Finds the length of the season of a series, if it has one, from the autocorrelation of its recent past.
// Bounded: at most 1,024 thinned values are looked at, whatever the length of the history.

const THINNED = 1024
/** Seasons shorter than this are left to the short-term forecast. */
const SHORTEST = 8
/** A season must have been seen this often, and explain this much, before it is believed. */
const PERIODS_NEEDED = 2.5
const CORRELATION_NEEDED = 0.5
/** The correlation must have fallen below this in between. */
const DIP = 0.25
const NEARLY_BEST = 0.9

/** Rows in a season, or 0 when none stands out. */
export function seasonLength(values: Float64Array): number {
  const stride = Math.max(1, Math.ceil(values.length / THINNED))
  const thin = thinned(values, stride)
  const longest = Math.floor(thin.length / PERIODS_NEEDED)
  const peaks: { lag: number; value: number }[] = []
  let dipped = false
  let before = 1
  let value = correlation(thin, 1)
  for (let lag = 1; lag <= longest; lag++) {
    const after = correlation(thin, lag + 1)
    // The slope down from lag 0 is closeness in time, not a season.
    if (value < DIP) dipped = true
    if (dipped && value >= CORRELATION_NEEDED && value >= before && value >= after)
      peaks.push({ lag, value })
    before = value
    value = after
  }
  // Twice a season fits as well as the season itself: the shortest of the good ones is meant.
  const highest = Math.max(...peaks.map((peak) => peak.value))
  const best = peaks.find((peak) => peak.value >= NEARLY_BEST * highest)?.lag ?? 0
  return best === 0 ? 0 : refined(values, best * stride, stride)
}

function refined(values: Float64Array, coarse: number, stride: number): number {
  let best = coarse
  let bestValue = Number.NEGATIVE_INFINITY
  for (let lag = Math.max(1, coarse - stride); lag <= coarse + stride; lag++) {
    const value = correlation(values, lag)
    if (value > bestValue) {
      best = lag
      bestValue = value
    }
  }
  return best < SHORTEST ? 0 : best
}

function thinned(values: Float64Array, stride: number): Float64Array {
  if (stride === 1) return values
  const length = Math.floor(values.length / stride)
  return Float64Array.from({ length }, (_, i) => {
    let sum = 0
    for (let k = 0; k < stride; k++) sum += values[i * stride + k] as number
    return sum / stride
  })
}

/** Correlation of the series with itself `lag` rows later. */
function correlation(values: Float64Array, lag: number): number {
  const size = values.length - lag
  if (size < 2) return 0
  let mean = 0
  for (const value of values) mean += value
  mean /= values.length
  let cross = 0
  let left = 0
  let right = 0
  for (let i = 0; i < size; i++) {
    const a = (values[i] as number) - mean
    const b = (values[i + lag] as number) - mean
    cross += a * b
    left += a * a
    right += b * b
  }
  return left > 0 && right > 0 ? cross / Math.sqrt(left * right) : 0
}
