// The sentences of the kiosk's frame: what the strip says of an alarm, what the band says of a lost link.
// Pure.

import type { Alarm, LinkStatus, StreamState } from '../api/index.ts'
import { formatClock, formatDuration, formatWhen, msg, str } from '../i18n/index.ts'
import { openAlarms, pastAlarms, shelvedAlarms } from './alarm-order.ts'

/** `Since 13:42 (16 min). Grease the drive end bearing.` */
export function alarmDetail(alarm: Alarm, now: number): string {
  const since = msg(
    str`Since ${formatWhen(alarm.raisedAt, now)} (${formatDuration(now - alarm.raisedAt)}).`
  )
  return `${since} ${alarm.action}`
}

/** What a quiet strip adds: the last alarm, and what is shelved. */
export function quietDetail(alarms: readonly Alarm[], now: number): string {
  const [last] = pastAlarms(alarms)
  const shelved = shelvedAlarms(alarms, now)
  const parts = [
    last?.clearedAt
      ? msg(str`Last one: ${last.title}, over at ${formatWhen(last.clearedAt, now)}.`)
      : msg('None so far.'),
    shelved.length === 0 ? '' : msg(str`${shelved.length} shelved.`)
  ]
  return parts.filter(Boolean).join(' ')
}

export interface BandWords {
  readonly lead: string
  readonly rest: string
}

/** What stands across the top when a connection is gone; the nearer one goes first. */
export function bandWords(
  stream: StreamState,
  link: LinkStatus | undefined,
  now: number
): BandWords | undefined {
  if (stream.state === 'lost') {
    return {
      lead: msg(str`No live values since ${formatClock(stream.since)}.`),
      rest: msg('The last ones stay on the screen. It tries again by itself.')
    }
  }
  if (link?.state !== 'offline') return undefined
  return {
    lead: msg(str`No link to the fleet since ${formatWhen(link.since, now)}.`),
    rest: link.sentence
  }
}

/** The alarm for the strip, if any. */
export const leadingAlarm = (alarms: readonly Alarm[], now: number): Alarm | undefined =>
  openAlarms(alarms, now)[0]
