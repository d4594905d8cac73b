// The scales of bars, dots and heat grids: round ticks and steps of amount. Pure.

/** Steps of the slate scale. */
const HEAT_STEPS = 7

/**
 * Step of an amount on a logarithmic slate scale, 1 (the least) to 7 (the most). A scale without extent, and
 * amounts that have no logarithm, stay in its middle and at its lower end.
 */
export function heatStep(value: number, min: number, max: number): number {
  if (value <= 0 || min <= 0) return 1
  if (max <= min) return Math.ceil(HEAT_STEPS / 2)
  const share = Math.log(value / min) / Math.log(max / min)
  return 1 + Math.round(Math.min(1, Math.max(0, share)) * (HEAT_STEPS - 1))
}

const ROUND = [1, 2, 2.5, 5, 10] as const

/** Round numbers from 0 that end at or above `max`, about `count` of them. */
export function barTicks(max: number, count = 4): readonly number[] {
  if (!(max > 0)) return [0, 1]
  const rough = max / count
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = (ROUND.find((round) => round * power >= rough - 1e-12) ?? 10) * power
  const last = Math.ceil(max / step - 1e-9)
  return Array.from({ length: last + 1 }, (_, index) => index * step)
}

/** Decades, and 2 and 5 between them where there are few, from just below `min` to just above `max`. */
export function logTicks(min: number, max: number): readonly number[] {
  const [first, last] = [Math.floor(Math.log10(min)), Math.ceil(Math.log10(max))]
  const factors = last - first > 2 ? [1] : [1, 2, 5]
  const all = Array.from({ length: last - first + 1 }, (_, index) => first + index).flatMap(
    (power) => factors.map((factor) => factor * 10 ** power)
  )
  const from = all.findLastIndex((tick) => tick <= min * (1 + 1e-9))
  const to = all.findIndex((tick) => tick >= max * (1 - 1e-9))
  return all.slice(Math.max(0, from), (to < 0 ? all.length - 1 : to) + 1)
}
