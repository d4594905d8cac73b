// Which devices a filter leaves, and the same rows as a file for a spreadsheet. Pure.

import type { FleetDevice } from '../../api/index.ts'
import { deviceSaid } from '../words.ts'

export const STATES = ['all', 'online', 'stale', 'offline', 'alarms'] as const
export type DeviceFilter = (typeof STATES)[number]

/** What runs there, in words: `sentence-roles 1.0.1`. */
export const modelsOf = ({ reported }: FleetDevice): string =>
  (reported?.models ?? []).map(({ name, version }) => `${name} ${version}`).join(', ')

/** Whether a device belongs to a filter; a device that never connected counts as offline. */
export function isIn(device: FleetDevice, filter: DeviceFilter): boolean {
  if (filter === 'all') return true
  if (filter === 'alarms') return device.alarms.length > 0
  if (filter === 'offline') return device.state === 'offline' || device.state === 'never-seen'
  return device.state === filter
}

/** Devices of a filter whose name, id, models or hardware have the words. */
export function filterDevices(
  devices: readonly FleetDevice[],
  filter: DeviceFilter,
  words: string
): readonly FleetDevice[] {
  const asked = words.trim().toLowerCase()
  return devices.filter((device) => {
    if (!isIn(device, filter)) return false
    const { id, name, hello } = device
    const text = [id, name, modelsOf(device), hello?.platform ?? '', ...(hello?.gpus ?? [])].join(
      ' '
    )
    return text.toLowerCase().includes(asked)
  })
}

/** A cell that no spreadsheet takes for a formula (OWASP, CSV injection). */
function csvCell(value: string | number | null): string {
  if (typeof value === 'number') return String(value)
  const text = /^[=+\-@\t\r]/.test(value ?? '') ? `'${value}` : (value ?? '')
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

const time = (at: number | null): string => (at === null ? '' : new Date(at).toISOString())

/** RFC 4180, with a head. */
export function devicesCsv(devices: readonly FleetDevice[]): string {
  const head = 'id,name,state,models,alarms,outbox,events,last seen,enrolled,version,platform'
  const rows = devices.map((device) =>
    [
      device.id,
      device.name,
      deviceSaid(device.state)[1],
      modelsOf(device),
      device.alarms.length,
      device.reported?.outbox.events ?? null,
      device.events,
      time(device.lastSeenAt),
      time(device.enrolledAt),
      device.hello?.version ?? '',
      device.hello?.platform ?? ''
    ]
      .map(csvCell)
      .join(',')
  )
  return `${[head, ...rows].join('\r\n')}\r\n`
}
