// Scores a streaming anomaly detector by the rules of the Numenta Anomaly Benchmark v1.1 (Lavin & Ahmad
// 2015): the earlier in its window a detection comes, the more it earns; false alarms and missed windows
// cost. Pure: rows and windows in, figures out; reading the corpus is anomaly-nab.ts.

/** Weights of a NAB profile (`config/profiles.json`). */
export interface NabProfile {
  readonly truePositive: number
  readonly falsePositive: number
  readonly falseNegative: number
}

export const NAB_STANDARD: NabProfile = {
  truePositive: 1,
  falsePositive: 0.11,
  falseNegative: 1
}

/** A labelled window by its first and last row, both inclusive. */
export interface NabWindow {
  readonly first: number
  readonly last: number
}

export interface NabSeries {
  readonly rows: number
  readonly windows: readonly NabWindow[]
}

/** First 15 % of a series, at most 750 rows, are probation: nothing there is scored. */
const PROBATION_SHARE = 0.15
const PROBATION_ROWS = 5000

/** What a detection at each row is worth, and which window (or -1) it falls in; probation is NaN. */
export function nabRowValues(
  series: NabSeries,
  profile: NabProfile
): { readonly values: Float64Array; readonly windowOf: Int16Array } {
  const values = new Float64Array(series.rows)
  const windowOf = new Int16Array(series.rows).fill(-1)
  let previous: NabWindow | undefined
  let next = 0
  for (let row = 0; row < series.rows; row++) {
    const window = series.windows[next]
    if (window && row >= window.first) {
      const width = window.last - window.first + 1
      const position = -(window.last - row + 1) / width
      values[row] = (scaledSigmoid(position) * profile.truePositive) / scaledSigmoid(-1)
      windowOf[row] = next
      if (row === window.last) {
        previous = window
        next++
      }
    } else {
      const past = previous ? (row - previous.last) / (previous.last - previous.first) : 3
      values[row] = scaledSigmoid(past) * profile.falsePositive
    }
  }
  const probation = Math.min(
    Math.floor(PROBATION_SHARE * series.rows),
    PROBATION_SHARE * PROBATION_ROWS
  )
  values.fill(Number.NaN, 0, Math.ceil(probation))
  return { values, windowOf }
}

/** Score of one series: detections are the rows with `score >= threshold`. */
export function nabScore(
  series: NabSeries,
  scores: ArrayLike<number>,
  options: { readonly threshold: number; readonly profile?: NabProfile }
): number {
  const profile = options.profile ?? NAB_STANDARD
  const { values, windowOf } = nabRowValues(series, profile)
  const best = new Map<number, number>()
  let total = 0
  for (let row = 0; row < series.rows; row++) {
    const value = values[row] ?? Number.NaN
    if (Number.isNaN(value)) continue
    const window = windowOf[row] ?? -1
    // A window counts from its first row past probation, found or not.
    if (window >= 0 && !best.has(window)) best.set(window, -profile.falseNegative)
    if (!((scores[row] ?? 0) >= options.threshold)) continue
    if (window < 0) total += value
    else best.set(window, Math.max(best.get(window) ?? value, value))
  }
  for (const value of best.values()) total += value
  return total
}

/** Sum of raw scores on the scale where silence is 0 and perfection is 100. */
export function nabNormalised(rawSum: number, windows: number, profile = NAB_STANDARD): number {
  const silent = -profile.falseNegative * windows
  return (100 * (rawSum - silent)) / (profile.truePositive * windows - silent)
}

/** The one threshold for a whole corpus that earns most, and what it earns (raw sum). */
export function nabBestThreshold(
  corpus: readonly { readonly series: NabSeries; readonly scores: ArrayLike<number> }[],
  profile = NAB_STANDARD
): { readonly threshold: number; readonly rawSum: number } {
  const points: { score: number; value: number; window: string }[] = []
  const best = new Map<string, number>()
  corpus.forEach(({ series, scores }, file) => {
    const { values, windowOf } = nabRowValues(series, profile)
    for (let row = 0; row < series.rows; row++) {
      const value = values[row] ?? Number.NaN
      if (Number.isNaN(value)) continue
      const index = windowOf[row] ?? -1
      const window = index < 0 ? '' : `${file}:${index}`
      if (window) best.set(window, -profile.falseNegative)
      points.push({ score: scores[row] ?? 0, value, window })
    }
  })
  points.sort((a, b) => b.score - a.score)
  let sum = -profile.falseNegative * best.size
  let top = { threshold: Number.POSITIVE_INFINITY, rawSum: sum }
  points.forEach((point, index) => {
    if (point.window) {
      const before = best.get(point.window) ?? 0
      if (point.value > before) {
        best.set(point.window, point.value)
        sum += point.value - before
      }
    } else sum += point.value
    if (points[index + 1]?.score !== point.score && sum > top.rawSum)
      top = { threshold: point.score, rawSum: sum }
  })
  return top
}

function scaledSigmoid(position: number): number {
  return position >= 3 ? -1 : 2 / (1 + Math.exp(5 * position)) - 1
}
