// The recent past of one series in constant memory: every sample of the last quarter of an hour, and
// ten-second minima, means and maxima of a day. Older points are overwritten.

export interface HistoryPoint {
  /** Milliseconds since 1970. */
  readonly at: number
  /** Null where a value is missing. */
  readonly value: number | null
  readonly low: number | null
  readonly high: number | null
  readonly score: number | null
}

interface RingOptions {
  /** Samples kept one by one; 900 are a quarter of an hour at one a second. */
  readonly samples?: number
  /** Ten-second stretches kept; 8,640 are a day. */
  readonly stretches?: number
}

/** Columns of a ring; NaN stands for null. */
const COLUMNS = ['value', 'low', 'high', 'score'] as const
const STRETCH_MS = 10_000

type Row = Readonly<Record<(typeof COLUMNS)[number], number>>

class Ring {
  readonly capacity: number
  private readonly times: Float64Array
  private readonly columns: Record<(typeof COLUMNS)[number], Float32Array>
  private next = 0
  size = 0

  constructor(capacity: number) {
    this.capacity = capacity
    this.times = new Float64Array(capacity)
    const column = (): Float32Array => new Float32Array(capacity)
    this.columns = { value: column(), low: column(), high: column(), score: column() }
  }

  push(at: number, row: Row): void {
    this.times[this.next] = at
    for (const name of COLUMNS) this.columns[name][this.next] = row[name]
    this.next = (this.next + 1) % this.capacity
    this.size = Math.min(this.capacity, this.size + 1)
  }

  /** Oldest first, from a moment on. */
  since(from: number): HistoryPoint[] {
    const points: HistoryPoint[] = []
    for (let back = this.size; back > 0; back--) {
      const i = (this.next - back + this.capacity) % this.capacity
      const at = this.times[i] as number
      if (at < from) continue
      const { value, low, high, score } = this.columns
      points.push({
        at,
        value: shown(value[i]),
        low: shown(low[i]),
        high: shown(high[i]),
        score: shown(score[i])
      })
    }
    return points
  }

  get oldest(): number {
    if (this.size === 0) return Number.POSITIVE_INFINITY
    return this.times[(this.next - this.size + this.capacity) % this.capacity] as number
  }
}

export class SeriesRing {
  private readonly samples: Ring
  private readonly stretches: Ring
  private open: { from: number; points: HistoryPoint[] } | null = null

  constructor(options: RingOptions = {}) {
    this.samples = new Ring(options.samples ?? 900)
    this.stretches = new Ring(options.stretches ?? 8640)
  }

  push(point: HistoryPoint): void {
    this.samples.push(point.at, stored(point))
    const from = Math.floor(point.at / STRETCH_MS) * STRETCH_MS
    if (this.open && this.open.from !== from) this.closeStretch(this.open)
    this.open ??= { from, points: [] }
    this.open.points.push(point)
  }

  /**
   * The points from a moment on, oldest first, at most `most` of them: single samples while they reach back
   * far enough, else ten-second stretches; thinned ones keep their extremes.
   */
  since(from: number, most = 600): HistoryPoint[] {
    const fine = this.samples.oldest <= from || this.samples.size < this.samples.capacity
    const points = fine ? this.samples.since(from) : this.stretches.since(from)
    return thinned(points, most)
  }

  private closeStretch({ from, points }: { from: number; points: HistoryPoint[] }): void {
    // The mean of ten seconds would hide a spike: a stretch shows what was farthest from its mean, low or high.
    const extreme = farthest(points)
    const last = points.at(-1)
    const score = Math.max(...points.map((point) => point.score ?? 0))
    this.stretches.push(from, {
      value: stored(extreme).value,
      low: last?.low ?? Number.NaN,
      high: last?.high ?? Number.NaN,
      score
    })
    this.open = null
  }
}

/** The point whose value differs most from the mean; the first when none has a value. */
function farthest(points: readonly HistoryPoint[]): HistoryPoint {
  const values = points.flatMap(({ value }) => (value === null ? [] : [value]))
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
  let best = points[0] as HistoryPoint
  let distance = -1
  for (const point of points) {
    if (point.value === null || Math.abs(point.value - mean) <= distance) continue
    best = point
    distance = Math.abs(point.value - mean)
  }
  return best
}

function thinned(points: readonly HistoryPoint[], most: number): HistoryPoint[] {
  if (points.length <= most) return [...points]
  // Two points a bin, its lowest and its highest, in the order of their times.
  const bins = Math.max(1, Math.floor(most / 2))
  const kept: HistoryPoint[] = []
  for (let bin = 0; bin < bins; bin++) {
    const from = Math.floor((bin * points.length) / bins)
    const part = points.slice(from, Math.floor(((bin + 1) * points.length) / bins))
    const byValue = part.filter((point) => point.value !== null)
    byValue.sort((a, b) => (a.value as number) - (b.value as number))
    const ends = new Set([byValue[0] ?? part[0], byValue.at(-1) ?? part.at(-1)])
    kept.push(...part.filter((point) => ends.has(point)))
  }
  return kept
}

function stored(point: HistoryPoint): Row {
  return {
    value: point.value ?? Number.NaN,
    low: point.low ?? Number.NaN,
    high: point.high ?? Number.NaN,
    score: point.score ?? Number.NaN
  }
}

function shown(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value
}
