// The telemetry series of the GPUs from their readings. A figure that this GPU has never given makes no
// series; one that it stops giving makes a gap.

import type { GpuReading } from '../../contract/index.ts'
import type { SampleValue } from './sample.ts'

/** Series that are said to be unavailable on a machine without a GPU. */
export const GPU_SERIES = ['gpu.load', 'gpu.memory', 'gpu.temperature', 'gpu.power'] as const

/** Span of the share of time in which the clock was held back, ms. */
const THROTTLE_SPAN_MS = 60_000
/** Reasons that take speed away against the wish of who set the machine up. */
const HELD_BACK: ReadonlySet<GpuReading['throttle'][number]> = new Set([
  'thermal',
  'power',
  'hardware-slowdown'
])

/** True while heat, power or the board's protection keep the clock of this GPU down. */
export function isHeldBack({ throttle }: Pick<GpuReading, 'throttle'>): boolean {
  return throttle.some((reason) => HELD_BACK.has(reason))
}

export class GpuSeries {
  /** Names that have had a value. */
  readonly #known = new Set<string>()
  /** GPU → its readings of the last minute, held back or not, each for the seconds before it. */
  readonly #held = new Map<string, { at: number; held: boolean; seconds: number }[]>()

  /** Values of one round of readings, `periodS` seconds after the round before. */
  values(gpus: readonly GpuReading[], periodS: number): SampleValue[] {
    return gpus.flatMap((gpu) =>
      Object.entries(this.#figures(gpu, periodS)).flatMap(([base, value]): SampleValue[] => {
        const name = `${base}:${gpu.index}`
        if (value !== null) this.#known.add(name)
        if (!this.#known.has(name)) return []
        return [{ name, value: value === null ? null : Math.round(value * 1e4) / 1e4, periodS }]
      })
    )
  }

  #figures(gpu: GpuReading, periodS: number): Record<string, number | null> {
    const { memoryTotalMb: total, memoryUsedMb: used } = gpu
    const share = total !== null && used !== null && total > 0 ? (100 * used) / total : null
    return {
      'gpu.load': gpu.load,
      // Memory that the GPU shares with the processor has its series already.
      'gpu.memory': gpu.unifiedMemory ? null : share,
      'gpu.memory-load': gpu.memoryLoad,
      'gpu.temperature': gpu.temperatureC,
      'gpu.memory-temperature': gpu.memoryTemperatureC,
      'gpu.power': gpu.powerW,
      'gpu.clock': gpu.clockMhz,
      'gpu.throttle': this.#throttleShare(gpu, periodS)
    }
  }

  /** Share of the last minute in which the clock was held back, %. */
  #throttleShare(gpu: GpuReading, seconds: number): number {
    const past = (this.#held.get(gpu.uuid) ?? []).filter(
      ({ at }) => at > gpu.at - THROTTLE_SPAN_MS && at <= gpu.at
    )
    past.push({ at: gpu.at, held: isHeldBack(gpu), seconds })
    this.#held.set(gpu.uuid, past)
    const sum = (some: typeof past): number => some.reduce((all, one) => all + one.seconds, 0)
    return (100 * sum(past.filter(({ held }) => held))) / sum(past)
  }
}
