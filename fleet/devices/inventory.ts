// Devices as the console shows them: put together from what is stored, at the time of asking.

import {
  type Alarm,
  type FleetDevice,
  type Hello,
  METRICS,
  metricOf,
  NearsideError,
  type ReportedState
} from '../../contract/index.ts'
import type { AlarmRow, DeviceRow, Store, TelemetryLastRow } from '../store/index.ts'
import { presenceOf } from './presence.ts'

interface Belongings {
  readonly alarms: readonly AlarmRow[]
  readonly telemetry: readonly TelemetryLastRow[]
  readonly events: number
}

const ORDER = Object.keys(METRICS)

/** Series in the order of the registry of metric names; unknown ones last. */
function bySeries(a: TelemetryLastRow, b: TelemetryLastRow): number {
  const rank = ({ series }: TelemetryLastRow): number => {
    const index = ORDER.indexOf(series.split(':', 1)[0] ?? series)
    return index < 0 ? ORDER.length : index
  }
  return rank(a) - rank(b) || (a.series < b.series ? -1 : 1)
}

function view(row: DeviceRow, belongings: Belongings, now: number): FleetDevice {
  return {
    id: row.id,
    name: row.name,
    ...presenceOf(row, now),
    enrolledAt: row.enrolled_at,
    lastSeenAt: row.last_seen_at,
    hello: row.hello === null ? null : (JSON.parse(row.hello) as Hello),
    reported: row.reported === null ? null : (JSON.parse(row.reported) as ReportedState),
    alarms: belongings.alarms.map(({ body }) => JSON.parse(body) as Alarm),
    events: belongings.events,
    telemetry: [...belongings.telemetry]
      .sort(bySeries)
      .map(({ series, unit, last, score, at }) => ({
        name: series,
        unit: unit || (metricOf(series)?.unit ?? ''),
        last,
        score,
        at
      }))
  }
}

/** All devices, by id. */
export async function listDevices(store: Store, now: number): Promise<FleetDevice[]> {
  const [rows, alarms, telemetry, totals] = await Promise.all([
    store.devices.all(),
    store.alarms.open(),
    store.telemetry.last(),
    store.streams.totals()
  ])
  const alarmsOf = Map.groupBy(alarms, ({ device }) => device)
  const telemetryOf = Map.groupBy(telemetry, ({ device }) => device)
  return rows.map((row) =>
    view(
      row,
      {
        alarms: alarmsOf.get(row.id) ?? [],
        telemetry: telemetryOf.get(row.id) ?? [],
        events: totals.get(row.id) ?? 0
      },
      now
    )
  )
}

/**
 * One device.
 * @throws NearsideError NS_DEVICE_UNKNOWN
 */
export async function findDevice(store: Store, id: string, now: number): Promise<FleetDevice> {
  const row = await store.devices.find(id)
  if (!row) {
    const sentence = `There is no device ${id} in this fleet; see /api/v1/devices for those there are.`
    throw new NearsideError('NS_DEVICE_UNKNOWN', sentence)
  }
  const [alarms, telemetry, events] = await Promise.all([
    store.alarms.open(),
    store.telemetry.last(id),
    store.streams.total(id)
  ])
  const own = alarms.filter(({ device }) => device === id)
  return view(row, { alarms: own, telemetry, events }, now)
}
