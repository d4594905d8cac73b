// The arithmetic of the small charts: domains, positions, and paths that leave a gap where a value is
// missing. Pure, in pixels of the drawing.

export interface ChartPoint {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly value: number | null
  readonly low: number | null
  readonly high: number | null
}

export interface Domain {
  readonly min: number
  readonly max: number
}

const isNumber = (value: number | null | undefined): value is number =>
  value !== null && value !== undefined && Number.isFinite(value)

/**
 * The vertical range of a trend: all values and bands with a tenth of air. A steady series keeps a
 * range of at least 2 % of its size, so that noise never fills the tile.
 * @public
 */
export function domainOf(
  points: readonly ChartPoint[],
  extra: readonly (number | null | undefined)[] = []
): Domain {
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  const take = (value: number | null | undefined): void => {
    if (!isNumber(value)) return
    min = Math.min(min, value)
    max = Math.max(max, value)
  }
  for (const { value, low, high } of points) {
    take(value)
    take(low)
    take(high)
  }
  for (const value of extra) take(value)
  if (min > max) return { min: 0, max: 1 }
  const least = Math.max(Math.abs(max), Math.abs(min)) * 0.02 || 1
  const air = Math.max(max - min, least) * 0.1
  const middle = (max + min) / 2
  const half = Math.max(max - min, least) / 2 + air
  return { min: middle - half, max: middle + half }
}

/** Position of a value from the top, `height` being the bottom; values outside are held at the rim. */
export function positionOf(value: number, domain: Domain, height: number): number {
  const share = (value - domain.min) / (domain.max - domain.min)
  return (1 - Math.min(1, Math.max(0, share))) * height
}

export interface Frame {
  readonly width: number
  readonly height: number
  readonly domain: Domain
  /** First and last moment shown. */
  readonly from: number
  readonly to: number
}

const round = (value: number): number => Math.round(value * 10) / 10

const xOf = (at: number, frame: Frame): number =>
  round(((at - frame.from) / Math.max(1, frame.to - frame.from)) * frame.width)

/** Points further apart than this many usual steps are not joined: a gap stays a gap. */
const GAP_STEPS = 4

/** The usual distance between two points, milliseconds. */
export function usualStep(points: readonly ChartPoint[]): number {
  const steps = points.slice(1).map((point, index) => point.at - (points[index]?.at ?? 0))
  steps.sort((a, b) => a - b)
  return steps[Math.floor(steps.length / 2)] ?? 1
}

const shown = (points: readonly ChartPoint[], frame: Frame): readonly ChartPoint[] =>
  points.filter(({ at }) => at >= frame.from && at <= frame.to)

/** The data line as an SVG path. */
export function linePath(points: readonly ChartPoint[], frame: Frame): string {
  const limit = usualStep(points) * GAP_STEPS
  let path = ''
  let last: number | null = null
  for (const { at, value } of shown(points, frame)) {
    if (!isNumber(value)) {
      last = null
      continue
    }
    const pen: string = last === null || at - last > limit ? 'M' : 'L'
    path += `${pen}${xOf(at, frame)} ${round(positionOf(value, frame.domain, frame.height))}`
    last = at
  }
  return path
}

const isOutside = ({ value, low, high }: ChartPoint): boolean =>
  isNumber(value) && ((isNumber(high) && value > high) || (isNumber(low) && value < low))

/** The part of the line that lies outside its band, with the step into it, as an SVG path. */
export function abnormalPath(points: readonly ChartPoint[], frame: Frame): string {
  const kept = points.map((point, index) => {
    const next = points[index + 1]
    return isOutside(point) || (next !== undefined && isOutside(next))
      ? point
      : { ...point, value: null }
  })
  return linePath(kept, frame)
}

/** The normal band as closed SVG areas; it follows the band as that moves. */
export function bandPath(points: readonly ChartPoint[], frame: Frame): string {
  const areas: ChartPoint[][] = []
  let area: ChartPoint[] | undefined
  for (const point of shown(points, frame)) {
    if (!isNumber(point.low) || !isNumber(point.high)) {
      area = undefined
      continue
    }
    if (!area) {
      area = []
      areas.push(area)
    }
    area.push(point)
  }
  const corner = (point: ChartPoint, edge: 'low' | 'high'): string =>
    `${xOf(point.at, frame)} ${round(positionOf(point[edge] ?? 0, frame.domain, frame.height))}`
  return areas
    .filter(({ length }) => length > 1)
    .map((part) => {
      const top = part.map((point) => corner(point, 'high'))
      const bottom = part.toReversed().map((point) => corner(point, 'low'))
      return `M${[...top, ...bottom].join('L')}Z`
    })
    .join('')
}

/** The last point with a value. */
export const lastValue = (points: readonly ChartPoint[]): ChartPoint | undefined =>
  points.findLast(({ value }) => isNumber(value))

const middle = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length

function merged(bucket: readonly ChartPoint[]): ChartPoint | undefined {
  const last = bucket.at(-1)
  if (!last) return undefined
  // What lies outside the band is never averaged away.
  const odd = bucket.findLast(isOutside)
  if (odd) return odd
  return { ...last, value: middle(bucket.flatMap(({ value }) => (isNumber(value) ? [value] : []))) }
}

/** At most `count` points over the frame's time, each the mean of its stretch; the last stays as it is. */
export function thin(
  points: readonly ChartPoint[],
  frame: Pick<Frame, 'from' | 'to'>,
  count: number
): readonly ChartPoint[] {
  const last = points.at(-1)
  if (!last || points.length <= count) return points
  const step = Math.max(1, (frame.to - frame.from) / count)
  const buckets = new Map<number, ChartPoint[]>()
  for (const point of points) {
    // Stretches hang on the clock, not on the frame: the line does not change shape as it moves.
    const bucket = Math.floor(point.at / step)
    const known = buckets.get(bucket)
    if (known) known.push(point)
    else buckets.set(bucket, [point])
  }
  return [...[...buckets.values()].flatMap((bucket) => merged(bucket) ?? []).slice(0, -1), last]
}

/** Where the last value stands in the frame. */
export function lastPosition(
  points: readonly ChartPoint[],
  frame: Frame
): { readonly x: number; readonly y: number } | undefined {
  const last = lastValue(points)
  if (!last || last.value === null || last.at < frame.from) return undefined
  return {
    x: Math.min(frame.width, xOf(last.at, frame)),
    y: round(positionOf(last.value, frame.domain, frame.height))
  }
}

/** Whether the last value lies outside its band. */
export const endsOutside = (points: readonly ChartPoint[]): boolean => {
  const last = lastValue(points)
  return last !== undefined && isOutside(last)
}
