// The first page of the console: how many devices are well, what needs attention, what runs where.

import { type FleetDevice, type FleetOverview, PRODUCT_VERSION } from '../../contract/index.ts'
import { listAttention } from '../alerts/index.ts'
import { listDevices } from '../devices/index.ts'
import type { FleetServices } from './fleet-services.ts'

const HOUR_MS = 3_600_000
const HOURS = 24
/** Rollouts on the first page. */
const RECENT = 10
/** Rollouts that are looked at for failures and for devices at work. */
const CONSIDERED = 30

function countStates(devices: readonly FleetDevice[]) {
  const count = (state: FleetDevice['state']): number =>
    devices.filter((device) => device.state === state).length
  return {
    devices: devices.length,
    online: count('online'),
    stale: count('stale'),
    offline: count('offline') + count('never-seen'),
    alarms: devices.reduce((sum, { alarms }) => sum + alarms.length, 0)
  }
}

function countVersions(devices: readonly FleetDevice[]): FleetOverview['versions'] {
  const models = new Map<string, Map<string, number>>()
  for (const { name, version } of devices.flatMap(({ reported }) => reported?.models ?? [])) {
    const versions = models.get(name) ?? new Map<string, number>()
    versions.set(version, (versions.get(version) ?? 0) + 1)
    models.set(name, versions)
  }
  return [...models].sort().map(([model, versions]) => ({
    model,
    versions: [...versions].sort().map(([version, count]) => ({ version, devices: count }))
  }))
}

async function alertsPerHour({
  store,
  clock
}: FleetServices): Promise<{ at: number; count: number }[]> {
  const thisHour = Math.floor(clock.now() / HOUR_MS) * HOUR_MS
  const from = thisHour - (HOURS - 1) * HOUR_MS
  const hours = Array.from({ length: HOURS }, (_, index) => ({
    at: from + index * HOUR_MS,
    count: 0
  }))
  for (const at of await store.alarms.raisedSince(from)) {
    const hour = hours[Math.floor((at - from) / HOUR_MS)]
    if (hour) hour.count += 1
  }
  return hours
}

/** Puts the overview together. */
export async function readOverview(services: FleetServices): Promise<FleetOverview> {
  const { store, clock, rollouts, broker, rate, name } = services
  const now = clock.now()
  const devices = await listDevices(store, now)
  const recent = await rollouts.list(CONSIDERED)
  const { state, kind, clients, denied, sentence } = broker.stats()
  return {
    name,
    version: PRODUCT_VERSION,
    now,
    counts: {
      ...countStates(devices),
      updating: recent.reduce((sum, { counts }) => sum + counts.active, 0)
    },
    attention: listAttention({ now, devices, rollouts: recent, broker: { state, sentence } }),
    rollouts: recent.slice(0, RECENT),
    versions: countVersions(devices),
    alertsPerHour: await alertsPerHour(services),
    broker: {
      state,
      kind,
      clients,
      denied: Object.values(denied).reduce((sum, count) => sum + count, 0),
      sentence
    },
    store: {
      state: 'well',
      bytes: store.sizeBytes(),
      events: await store.streams.total(),
      eventsPerSecond: rate.perSecond()
    }
  }
}
