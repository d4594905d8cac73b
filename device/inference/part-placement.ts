// Which part of a split model runs on which device: a pipeline has neighbouring parts on one device, and each
// device about the same bytes. Pure; whether the memory is there is the arbiter's business.

import type { ModelPart } from '../../contract/index.ts'

type Sized = Pick<ModelPart, 'size'>

/**
 * The devices of each pipeline: as many pipelines side by side as have a device for each of their parts, else
 * one over all devices.
 * @returns one list a pipeline, at least one
 */
export function pipelinesOver(parts: number, deviceIds: readonly number[]): number[][] {
  const count = Math.max(1, Math.floor(deviceIds.length / parts))
  if (count === 1) return [deviceIds.slice(0, parts)]
  return Array.from({ length: count }, (_, index) =>
    deviceIds.slice(index * parts, (index + 1) * parts)
  )
}

/**
 * Deals parts out to devices in order, so that the fullest device holds as little as possible (the linear
 * partition problem; Skiena, The Algorithm Design Manual, section on partition).
 * @returns the device of each part; one of its own where there are enough
 */
export function placeParts(parts: readonly Sized[], deviceIds: readonly number[]): number[] {
  if (deviceIds.length >= parts.length) return deviceIds.slice(0, parts.length)
  const sums = [0]
  for (const { size } of parts) sums.push((sums.at(-1) ?? 0) + size)
  const between = (from: number, to: number): number => (sums[to] ?? 0) - (sums[from] ?? 0)
  const count = parts.length
  /** Bytes of the fullest device when the first `to` parts lie on the first `used` devices. */
  let fullest = Array.from({ length: count + 1 }, (_, to) => between(0, to))
  const starts: number[][] = [Array<number>(count + 1).fill(0)]
  for (let used = 1; used < deviceIds.length; used += 1) {
    const former = fullest
    const start = Array<number>(count + 1).fill(0)
    fullest = former.map((alone, to) => {
      let best = alone
      start[to] = to
      for (let from = 0; from < to; from += 1) {
        const worst = Math.max(former[from] ?? 0, between(from, to))
        // Also when it is no better: an idle device gains nothing.
        if (worst <= best) [best, start[to]] = [worst, from]
      }
      return best
    })
    starts.push(start)
  }
  const placed = Array<number>(count).fill(deviceIds[0] ?? 0)
  let to = count
  for (let used = deviceIds.length - 1; used >= 0; used -= 1) {
    const from = starts[used]?.[to] ?? 0
    placed.fill(deviceIds[used] ?? 0, from, to)
    to = from
  }
  return placed
}
