// Which alarms are open, which comes first, and when there are so many that a list of first ones helps
// more than tiles. After ISA-18.2 as summarised in the guides. Pure.

import type { Alarm } from '../api/index.ts'

/** More alarms than this in ten minutes are a flood; it is over when fewer than FLOOD_ENDS remain. */
const FLOOD_BEGINS = 10
const FLOOD_ENDS = 5
const FLOOD_WINDOW_MS = 10 * 60_000

export const isShelved = ({ shelvedUntil }: Alarm, now: number): boolean =>
  shelvedUntil !== null && shelvedUntil > now

/** Neither cleared nor shelved: unacknowledged first, then by priority, oldest first within one. */
export function openAlarms(alarms: readonly Alarm[], now: number): readonly Alarm[] {
  return alarms
    .filter((alarm) => alarm.clearedAt === null && !isShelved(alarm, now))
    .toSorted(
      (a, b) =>
        Number(a.acknowledgedAt !== null) - Number(b.acknowledgedAt !== null) ||
        a.priority - b.priority ||
        a.raisedAt - b.raisedAt
    )
}

export const shelvedAlarms = (alarms: readonly Alarm[], now: number): readonly Alarm[] =>
  alarms.filter((alarm) => alarm.clearedAt === null && isShelved(alarm, now))

/** Cleared ones, the latest first. */
export const pastAlarms = (alarms: readonly Alarm[]): readonly Alarm[] =>
  alarms
    .filter(({ clearedAt }) => clearedAt !== null)
    .toSorted((a, b) => (b.clearedAt ?? 0) - (a.clearedAt ?? 0))

export interface Flood {
  /** The earliest of them: where to start. */
  readonly first: Alarm
  readonly followed: readonly Alarm[]
  readonly count: number
  readonly sinceMs: number
}

/** The flood that is going on, if any; `before` says whether there was one a moment ago. */
export function floodOf(alarms: readonly Alarm[], now: number, before: boolean): Flood | undefined {
  const recent = alarms
    .filter(({ clearedAt, raisedAt }) => clearedAt === null && now - raisedAt <= FLOOD_WINDOW_MS)
    .toSorted((a, b) => a.raisedAt - b.raisedAt)
  const [first, ...followed] = recent
  const enough = before ? recent.length >= FLOOD_ENDS : recent.length > FLOOD_BEGINS
  if (!first || !enough) return undefined
  return { first, followed, count: recent.length, sinceMs: now - first.raisedAt }
}
