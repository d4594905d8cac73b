// What a rollout would do, before it is started: how many devices change, from what, and who already runs
// it or is away. Pure.

import type { FleetDevice } from '../../api/index.ts'

export interface Review {
  readonly total: number
  /** Devices that change, by the version they run now; an empty version is none. */
  readonly from: readonly { readonly version: string; readonly devices: number }[]
  /** They run this version now. */
  readonly already: number
  /** They follow when they are back. */
  readonly away: number
}

/** The version of a model that a device says it runs; empty when it runs none. */
export const runs = ({ reported }: FleetDevice, model: string): string =>
  reported?.models.find(({ name }) => name === model)?.version ?? ''

export function reviewOf(devices: readonly FleetDevice[], model: string, version: string): Review {
  const counts = new Map<string, number>()
  for (const device of devices) {
    const now = runs(device, model)
    counts.set(now, (counts.get(now) ?? 0) + 1)
  }
  const away = devices.filter(({ state }) => state === 'offline' || state === 'never-seen')
  return {
    total: devices.length,
    from: [...counts]
      .filter(([from]) => from !== version)
      .map(([from, count]) => ({ version: from, devices: count }))
      .toSorted((a, b) => b.devices - a.devices),
    already: counts.get(version) ?? 0,
    away: away.length
  }
}
