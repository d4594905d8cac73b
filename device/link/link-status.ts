// What people are told about the link: one honest sentence that says what works and what waits.

import type { EventStream, LinkStatus } from '../../contract/index.ts'
import type { StreamStats } from '../store/index.ts'

interface StatusInput {
  /** State of the link; undefined for a device without a fleet. */
  readonly link:
    | { readonly state: LinkStatus['state']; readonly since: number; readonly reason: string }
    | undefined
  /** Address of the fleet; empty without one. */
  readonly fleet: string
  readonly outbox: Readonly<Record<EventStream, StreamStats>>
  readonly now: number
}

const DAY_MS = 86_400_000

/** The status as the device shows it. */
export function linkStatus({ link, fleet, outbox, now }: StatusInput): LinkStatus {
  const streams = Object.values(outbox)
  const times = streams.flatMap(({ oldestAt }) => (oldestAt === null ? [] : [oldestAt]))
  const results = outbox.result.events
  const events = streams.reduce((sum, stats) => sum + stats.events, 0)
  const waiting = waitingSentence(results, events - results)
  const since = link ? clockTime(link.since, now) : ''
  const sentences: Record<LinkStatus['state'], string> = {
    none: 'This device belongs to no fleet; it works alone.',
    connecting: `Connecting to the fleet. Analyses run${waiting && `; ${waiting}`}.`,
    online: `Connected to the fleet since ${since}${waiting && `; ${waiting}`}.`,
    offline: `No link to the fleet since ${since}: ${link?.reason}. Analyses run${waiting && `; ${waiting}`}.`
  }
  const state = link?.state ?? 'none'
  return {
    state,
    since: link?.since ?? now,
    fleet,
    sentence: sentences[state],
    outbox: {
      events,
      bytes: streams.reduce((sum, { bytes }) => sum + bytes, 0),
      oldestAt: times.length > 0 ? Math.min(...times) : null
    }
  }
}

function waitingSentence(results: number, others: number): string {
  const parts: string[] = []
  if (results > 0) parts.push(`${count(results)} ${results === 1 ? 'result' : 'results'}`)
  if (others > 0)
    parts.push(
      `${count(others)} ${results > 0 ? 'other ' : ''}${others === 1 ? 'message' : 'messages'}`
    )
  if (parts.length === 0) return ''
  return `${parts.join(' and ')} ${results + others === 1 ? 'waits' : 'wait'} to be sent`
}

function count(value: number): string {
  return value.toLocaleString('en-GB')
}

function clockTime(at: number, now: number): string {
  const date = new Date(at)
  const time = date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
  if (now - at < DAY_MS) return time
  return `${date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })}, ${time}`
}
