// What deserves the attention of an operator now, most urgent first: one sentence each, and the place where
// to act. Pure.

import type { AttentionItem, FleetDevice, Rollout } from '../../contract/index.ts'

/** All that the list is made from; the time comes with it, so that a test can choose it. */
export interface FleetSituation {
  readonly now: number
  readonly devices: readonly FleetDevice[]
  readonly rollouts: readonly Rollout[]
  readonly broker: { readonly state: 'well' | 'failed'; readonly sentence: string }
}

/** A device may be away for a moment (a restart, an update) before it is worth a line, ms. */
const AWAY_MS = 2 * 60_000
/** A failed rollout stays on the list so long, ms. */
const FAILED_ROLLOUT_MS = 3 * 86_400_000
/** Alarms of the two lower priorities stay on the device. */
const URGENT = 2

const openDevice = (id: string) => ({ label: 'Open the device', href: `#/devices/${id}` })

function fromBroker({ broker, now }: FleetSituation): AttentionItem[] {
  if (broker.state === 'well') return []
  const action = { label: 'See the devices', href: '#/devices' }
  return [
    {
      id: 'broker',
      priority: 1,
      title: 'No device can reach the fleet',
      detail: broker.sentence,
      since: now,
      action
    }
  ]
}

function fromAlarms({ devices }: FleetSituation): AttentionItem[] {
  return devices.flatMap(({ id, name, alarms }) =>
    alarms
      .filter(({ priority, acknowledgedAt }) => priority <= URGENT && acknowledgedAt === null)
      .map((alarm) => ({
        id: `alarm ${id} ${alarm.id}`,
        priority: alarm.priority,
        title: `${name}: ${alarm.title}`,
        detail: alarm.action || alarm.cause,
        since: alarm.raisedAt,
        action: openDevice(id)
      }))
  )
}

function fromDevices({ devices, now }: FleetSituation): AttentionItem[] {
  return devices
    .filter(({ state }) => state === 'offline' || state === 'stale')
    .filter(({ lastSeenAt }) => now - (lastSeenAt ?? now) > AWAY_MS)
    .map(({ id, name, state, sentence, lastSeenAt }) => ({
      id: `device ${id}`,
      priority: 3,
      title: `${name} is ${state === 'offline' ? 'offline' : 'silent'}`,
      detail: `${sentence} It keeps working and keeps its events until it is back.`,
      since: lastSeenAt ?? now,
      action: openDevice(id)
    }))
}

function fromRollouts({ rollouts, now }: FleetSituation): AttentionItem[] {
  const latest = new Set<string>()
  return rollouts.flatMap((rollout) => {
    const isLatest = !latest.has(rollout.model)
    latest.add(rollout.model) // rollouts come newest first: a newer one settles the matter of an older one
    if (!isLatest || rollout.state !== 'failed') return []
    const since = rollout.endedAt ?? rollout.createdAt
    if (now - since > FAILED_ROLLOUT_MS) return []
    const title = `The rollout of ${rollout.model} ${rollout.version} failed`
    const action = { label: 'Open the rollout', href: `#/rollouts/${rollout.id}` }
    return [
      { id: `rollout ${rollout.id}`, priority: 2, title, detail: rollout.sentence, since, action }
    ]
  })
}

/** Lists what needs attention: by priority, then newest first. */
export function listAttention(situation: FleetSituation): AttentionItem[] {
  return [
    ...fromBroker(situation),
    ...fromAlarms(situation),
    ...fromRollouts(situation),
    ...fromDevices(situation)
  ].sort((a, b) => a.priority - b.priority || b.since - a.since)
}
