// What a rollout amounts to in words and shapes, besides the sentence that the fleet says. Pure.

import type { FleetDevice, Rollout, RolloutDetail, RolloutDevice } from '../../api/index.ts'
import type { RailSegment, Square } from '../../elements/index.ts'
import { formatCount, formatNumber, msg } from '../../i18n/index.ts'
import { squareState, stepSaid } from '../words.ts'

/** All devices of a rollout as one segment. */
export function railSegment({ counts, state }: Rollout): RailSegment {
  const done = counts.done + counts.already
  return {
    label: `${formatNumber(done)} ${msg('of')} ${formatCount(counts.total, msg('device'), msg('devices'))}`,
    total: counts.total,
    done,
    failed: counts.failed,
    current: state === 'running'
  }
}

const isAway = (device: FleetDevice | undefined): boolean =>
  device !== undefined && device.state !== 'online' && device.state !== 'stale'

/** One square a device, in the order of update. */
export function squaresOf(
  detail: RolloutDetail,
  fleet: readonly FleetDevice[] | null
): readonly Square[] {
  const known = new Map((fleet ?? []).map((device) => [device.id, device]))
  return detail.devices.map(({ device, name, state }) => ({
    id: device,
    label: `${name}: ${stepSaid(state)[1]}`,
    state: squareState(state, isAway(known.get(device)))
  }))
}

const LEGEND: readonly (readonly [Square['state'], () => string])[] = [
  ['done', () => msg('In use')],
  ['active', () => msg('Updating')],
  ['failed', () => msg('Refused or failed')],
  ['waiting', () => msg('Sent')],
  ['offline', () => msg('Offline')],
  ['open', () => msg('Not started')]
]

/** How many squares there are of each kind; kinds without any are left out, save the first. */
export function legendOf(
  squares: readonly Square[]
): readonly { readonly state: Square['state']; readonly word: string; readonly count: number }[] {
  return LEGEND.map(([state, word]) => ({
    state,
    word: word(),
    count: squares.filter((square) => square.state === state).length
  })).filter(({ state, count }) => count > 0 || state === 'done')
}

/** The version that most devices would go back to; undefined when they did not come from one. */
export function versionBefore(devices: readonly RolloutDevice[]): string | undefined {
  const counts = new Map<string, number>()
  for (const { state, previousVersion } of devices) {
    if (state === 'committed' && previousVersion)
      counts.set(previousVersion, (counts.get(previousVersion) ?? 0) + 1)
  }
  return [...counts].toSorted((a, b) => b[1] - a[1])[0]?.[0]
}
