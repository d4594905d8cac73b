// The recent past of one series in constant memory: every sample of the last quarter of an hour, and
// ten-second stretches. Older points are overwritten; stretches and minutes are handed out to be kept on disk.

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
  /** Completed stretches and minutes are collected until they are taken. */
  readonly collect?: boolean
}

/** Columns of a ring; NaN stands for null. */
const COLUMNS = ['value', 'low', 'high', 'score'] as const
const STRETCH_MS = 10_000
const MINUTE_MS = 60_000
/** Collected points that nobody takes: an hour of stretches. */
const MOST_COLLECTED = 360

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

/** Points of one stretch of time that is not over yet. */
interface Open {
  readonly from: number
  readonly points: HistoryPoint[]
}

/** Completed points, for the disk. */
interface Collected {
  readonly stretch: HistoryPoint[]
  readonly minute: HistoryPoint[]
}

export class SeriesRing {
  private readonly samples: Ring
  private readonly stretches: Ring
  private readonly collect: boolean
  private open: Open | null = null
  private minute: Open | null = null
  private collected: Collected = { stretch: [], minute: [] }

  constructor(options: RingOptions = {}) {
    this.samples = new Ring(options.samples ?? 900)
    this.stretches = new Ring(options.stretches ?? 8640)
    this.collect = options.collect ?? false
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

  /** Every single sample from a moment on; `oldestSample` says how far they reach back. */
  samplesSince(from: number): HistoryPoint[] {
    return this.samples.since(from)
  }

  /** Time of the oldest single sample; infinite before the first. */
  get oldestSample(): number {
    return this.samples.oldest
  }

  /** What came after a moment: stretches as far as they are complete, then single samples. */
  recent(after: number): HistoryPoint[] {
    const stretches = this.stretches.since(after + 1)
    const last = stretches.at(-1)
    return [...stretches, ...this.samples.since(last ? last.at + STRETCH_MS : after + 1)]
  }

  /** Stretches and minutes that were completed since the last call. */
  takeCollected(): Collected {
    const taken = this.collected
    this.collected = { stretch: [], minute: [] }
    return taken
  }

  private closeStretch({ from, points }: Open): void {
    const point = summary(from, points)
    this.stretches.push(from, stored(point))
    this.open = null
    if (!this.collect) return
    const minute = Math.floor(from / MINUTE_MS) * MINUTE_MS
    if (this.minute && this.minute.from !== minute) {
      this.keep('minute', summary(this.minute.from, this.minute.points))
      this.minute = null
    }
    this.minute ??= { from: minute, points: [] }
    this.minute.points.push(point)
    this.keep('stretch', point)
  }

  private keep(level: keyof Collected, point: HistoryPoint): void {
    const points = this.collected[level]
    points.push(point)
    if (points.length > MOST_COLLECTED) points.shift()
  }
}

/** One point for many: a mean would hide a spike, so it shows what was farthest from the mean, low or high. */
function summary(at: number, points: readonly HistoryPoint[]): HistoryPoint {
  const last = points.at(-1)
  const score = Math.max(...points.map((point) => point.score ?? 0))
  return {
    at,
    value: farthest(points).value,
    low: last?.low ?? null,
    high: last?.high ?? null,
    score
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

/** At most `most` points of these: the lowest and the highest of each stretch, in the order of their times. */
export function thinned(points: readonly HistoryPoint[], most: number): HistoryPoint[] {
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
