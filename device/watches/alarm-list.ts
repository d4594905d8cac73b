// The alarms of this device: raised, cleared, acknowledged, shelved (ISA-18.2 states). Keeps a bounded
// history; deciding what is an alarm is not its business, storing it is the caller's.

import {
  type Alarm,
  type AlarmRecord,
  type AlarmSource,
  NearsideError
} from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'

type Source = (typeof AlarmSource)['options'][number]

/** An alarm as a watch words it. */
export type AlarmDraft = Pick<
  Alarm,
  'priority' | 'source' | 'subject' | 'title' | 'cause' | 'action'
>

/** What a watch says about a subject. */
export type AlarmChange =
  | { readonly type: 'raise'; readonly draft: AlarmDraft }
  | { readonly type: 'clear'; readonly source: Source; readonly subject: string }

interface AlarmListOptions {
  readonly clock: Clock
  readonly newId: (nowMs: number) => string
  /** Called with the whole list after every change, to store it. */
  readonly save: (alarms: readonly Alarm[]) => void
  /** Called with every change, for screens and the fleet. */
  readonly onChange: (record: AlarmRecord) => void
  /** Alarms of an earlier run. */
  readonly initial?: readonly Alarm[]
}

/** Alarms kept, closed ones included. */
const MOST_ALARMS = 500
/** One shift: nothing is shelved for ever (ISA-18.2). */
const LONGEST_SHELVE_MINUTES = 480

export class AlarmList {
  readonly #options: AlarmListOptions
  #alarms: Alarm[]

  constructor(options: AlarmListOptions) {
    this.#options = options
    this.#alarms = [...(options.initial ?? [])].slice(-MOST_ALARMS)
  }

  /** Every known alarm, newest first. */
  all(): Alarm[] {
    return [...this.#alarms].reverse()
  }

  /** Alarms that want attention: active or not yet acknowledged, not shelved; most urgent, then oldest first. */
  open(): Alarm[] {
    const now = this.#options.clock.now()
    return this.#alarms
      .filter((alarm) => isOpen(alarm) && !((alarm.shelvedUntil ?? 0) > now))
      .sort((a, b) => a.priority - b.priority || a.raisedAt - b.raisedAt)
  }

  /** Takes what a watch says. */
  apply(change: AlarmChange): void {
    if (change.type === 'raise') this.raise(change.draft)
    else this.clear(change.source, change.subject)
  }

  /** Raises an alarm, or gives the active one of that subject its new priority and words. */
  raise(draft: AlarmDraft): Alarm {
    const active = this.#active(draft.source, draft.subject)
    if (active) {
      // A higher priority is news: it has to be acknowledged again and ends a shelve.
      const graver = draft.priority < active.priority
      const attention = graver
        ? { acknowledgedAt: null, shelvedUntil: null, shelveReason: null }
        : {}
      return this.#replace({ ...active, ...draft, ...attention }, 'raised')
    }
    const now = this.#options.clock.now()
    const alarm: Alarm = {
      ...draft,
      id: this.#options.newId(now),
      raisedAt: now,
      clearedAt: null,
      acknowledgedAt: null,
      shelvedUntil: null,
      shelveReason: null
    }
    this.#alarms.push(alarm)
    this.#trim()
    this.#told(alarm, 'raised')
    return alarm
  }

  /** Says that the condition of a subject is over; nothing happens when no such alarm is active. */
  clear(source: Source, subject: string): Alarm | undefined {
    const active = this.#active(source, subject)
    return active && this.#replace({ ...active, clearedAt: this.#options.clock.now() }, 'cleared')
  }

  /** @throws NearsideError NS_ALARM_UNKNOWN */
  acknowledge(id: string): Alarm {
    const alarm = this.#find(id)
    if (alarm.acknowledgedAt !== null) return alarm
    return this.#replace({ ...alarm, acknowledgedAt: this.#options.clock.now() }, 'acknowledged')
  }

  /**
   * Hides an alarm for a while, with a reason; at most one shift (480 minutes).
   * @throws NearsideError NS_ALARM_UNKNOWN, NS_REQUEST_INVALID
   */
  shelve(id: string, request: { readonly reason: string; readonly minutes: number }): Alarm {
    const alarm = this.#find(id)
    const { reason, minutes } = request
    if (!(minutes >= 1 && minutes <= LONGEST_SHELVE_MINUTES) || reason.trim().length < 3)
      throw new NearsideError(
        'NS_REQUEST_INVALID',
        `Shelving needs a reason of at least 3 characters and 1 to ${LONGEST_SHELVE_MINUTES} minutes.`
      )
    const shelvedUntil = this.#options.clock.now() + minutes * 60_000
    return this.#replace({ ...alarm, shelvedUntil, shelveReason: reason.trim() }, 'shelved')
  }

  #active(source: Source, subject: string): Alarm | undefined {
    return this.#alarms.find(
      (alarm) => alarm.source === source && alarm.subject === subject && alarm.clearedAt === null
    )
  }

  #find(id: string): Alarm {
    const alarm = this.#alarms.find((known) => known.id === id)
    if (alarm) return alarm
    throw new NearsideError('NS_ALARM_UNKNOWN', 'There is no alarm with that id; reload the list.')
  }

  #replace(alarm: Alarm, change: AlarmRecord['change']): Alarm {
    this.#alarms = this.#alarms.map((known) => (known.id === alarm.id ? alarm : known))
    this.#told(alarm, change)
    return alarm
  }

  #told(alarm: Alarm, change: AlarmRecord['change']): void {
    this.#options.save(this.#alarms)
    this.#options.onChange({ change, alarm })
  }

  /** Closed alarms leave first, oldest before newer. */
  #trim(): void {
    if (this.#alarms.length <= MOST_ALARMS) return
    const closed = this.#alarms.findIndex((alarm) => !isOpen(alarm))
    this.#alarms.splice(Math.max(0, closed), 1)
  }
}

function isOpen(alarm: Alarm): boolean {
  return alarm.clearedAt === null || alarm.acknowledgedAt === null
}
