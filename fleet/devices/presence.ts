// Whether a device is there: connected by MQTT, and fresh. The two are different things, and the sentence
// says which one is missing.

import type { z } from 'zod'
import type { DeviceState } from '../../contract/index.ts'
import type { DeviceRow } from '../store/index.ts'

/** A device speaks at least this often: telemetry by the minute. */
export const REPORT_INTERVAL_MS = 60_000
/** Silent for three intervals is stale. */
export const STALE_AFTER_MS = 3 * REPORT_INTERVAL_MS

export type PresenceState = z.infer<typeof DeviceState>

/** The state for the colour, the sentence for the reader. */
export interface Presence {
  readonly state: PresenceState
  readonly sentence: string
}

const two = (value: number): string => String(value).padStart(2, '0')

/** Time of day, with the date when it is another day: "13:42", "2026-11-20 13:42". Local time. */
export function sayTime(time: number, now: number): string {
  const at = new Date(time)
  const clock = `${two(at.getHours())}:${two(at.getMinutes())}`
  if (at.toDateString() === new Date(now).toDateString()) return clock
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${clock}`
}

type Contact = Pick<DeviceRow, 'last_seen_at' | 'session' | 'offline_at'>

/** Judges a device by what is stored of it and when it was last heard. */
export function presenceOf(device: Contact, now: number): Presence {
  if (device.session === null) {
    return { state: 'never-seen', sentence: 'Enrolled, but it has never connected.' }
  }
  if (device.offline_at !== null) {
    return { state: 'offline', sentence: `Offline since ${sayTime(device.offline_at, now)}.` }
  }
  const heard = device.last_seen_at ?? 0
  if (now - heard > STALE_AFTER_MS) {
    const sentence = `Connected, but it has reported nothing since ${sayTime(heard, now)}.`
    return { state: 'stale', sentence }
  }
  return { state: 'online', sentence: 'Online.' }
}
