// Alarms of all devices as rows for the console.

import type { Alarm, FleetAlert } from '../../contract/index.ts'
import type { Store } from '../store/index.ts'

/** Newest first. */
export async function listAlerts(
  store: Store,
  { limit, device }: { readonly limit: number; readonly device?: string }
): Promise<FleetAlert[]> {
  const names = new Map((await store.devices.all()).map(({ id, name }) => [id, name]))
  return (await store.alarms.recent(limit, device)).map((row) => ({
    ...(JSON.parse(row.body) as Alarm),
    device: row.device,
    deviceName: names.get(row.device) ?? row.device
  }))
}
