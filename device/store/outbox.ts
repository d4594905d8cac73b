// What waits to be sent to the fleet. Every stream counts from 1 without gaps over restarts; a record goes
// only when the fleet has committed it, or, for telemetry and logs, when the space runs out: then one gap
// record says what is missing. Sending is device/link's work.

import {
  EVENT_STREAMS,
  type EventStream,
  MAX_BATCH_BYTES,
  NearsideError,
  toNearsideError
} from '../../contract/index.ts'
import type { Cancel, Clock } from '../../kernel/clock.ts'
import { EventBus } from '../../kernel/event-bus.ts'
import type { DeviceDatabase } from './device-database.ts'
import {
  type NewRecord,
  type OutboxRecord,
  OutboxTable,
  recordBytes,
  type StreamStats
} from './outbox-table.ts'
import { gapRecord, PendingRecords } from './pending-records.ts'

interface OutboxOptions {
  readonly database: DeviceDatabase
  readonly clock: Clock
  /** Space for all streams, bytes; default 256 MiB, about a week of telemetry of a busy device. */
  readonly capBytes?: number
  /** How long telemetry and log records wait for company before one commit, ms; default 200. */
  readonly flushMs?: number
}

/** Streams whose records may wait in memory for a moment; all others are on disk when append returns. */
const GROUPED: readonly EventStream[] = ['log', 'telemetry']
/** What is dropped when space is short, first to last. Results, audit entries and alarms never are. */
const DROPPABLE: readonly EventStream[] = ['telemetry', 'log']
const KEEP_AFTER_DROP = 0.95 // drop to this share of the cap, so that not every append drops
const DROP_STEP = 500
const BODY_CAP_BYTES = MAX_BATCH_BYTES - 2048 // the batch and its envelope need room too

export interface OutboxEvents {
  /** Records became durable and can be sent. */
  ready: EventStream
  /** The fleet has committed records; they are gone from here. */
  acknowledged: { stream: EventStream; count: number }
  /** A grouped commit failed; the records wait in memory and are tried again. */
  failed: Error
  /** Records were dropped for want of space. */
  dropped: { stream: EventStream; count: number }
}

/** The durable queue of everything that the fleet is to know. */
export class Outbox {
  readonly events = new EventBus<OutboxEvents>()
  #table: OutboxTable
  #clock: Clock
  #capBytes: number
  #flushMs: number
  #last: Map<EventStream, number>
  #stats: Map<EventStream, { events: number; bytes: number }>
  #pending = new PendingRecords()
  #cancelFlush: Cancel | undefined

  constructor({ database, clock, capBytes = 256 * 1024 * 1024, flushMs = 200 }: OutboxOptions) {
    this.#table = new OutboxTable(database)
    this.#clock = clock
    this.#capBytes = capBytes
    this.#flushMs = flushMs
    this.#last = this.#table.lastSeqs()
    this.#stats = new Map(EVENT_STREAMS.map((stream) => [stream, this.#table.count(stream)]))
  }

  /** Random id of this outbox file; a new file counts from 1 again under another epoch. */
  get epoch(): string {
    return this.#table.epoch
  }

  /**
   * Adds one event and returns its number.
   * @throws NearsideError NS_STORAGE_FULL when the disk is full (never for telemetry and log),
   * NS_MESSAGE_INVALID when the event is too large to be sent
   */
  append(stream: EventStream, body: unknown): number {
    return this.appendMany(stream, [body]).at(-1) ?? 0
  }

  /** Adds events in one commit and returns their numbers. */
  appendMany(stream: EventStream, bodies: readonly unknown[]): number[] {
    const ts = this.#clock.now()
    let seq = this.#last.get(stream) ?? 0
    const records = bodies.map((body): NewRecord => {
      seq += 1
      return { stream, seq, ts, json: bodyJson(body) }
    })
    if (GROUPED.includes(stream)) this.#hold(records)
    else this.#commit(records)
    this.#last.set(stream, seq)
    return records.map((record) => record.seq)
  }

  /** Durable records of a stream after number `after`, oldest first, within the limits. */
  next(
    stream: EventStream,
    { after = 0, records = 2000, bytes = 60 * 1024 } = {}
  ): readonly OutboxRecord[] {
    return this.#table.next(stream, after, { records, bytes })
  }

  /** Lowest number still held of a stream; undefined when it is empty. */
  oldestSeq(stream: EventStream): number | undefined {
    return this.#table.oldest(stream)?.seq
  }

  /** Last number given in a stream; 0 before the first. */
  lastSeq(stream: EventStream): number {
    return this.#last.get(stream) ?? 0
  }

  /** Deletes what the fleet has committed and returns how many records went; another epoch deletes none. */
  ack(stream: EventStream, epoch: string, upto: number): number {
    if (epoch !== this.epoch) return 0
    const gone = this.#table.delete(stream, upto)
    this.#count(stream, -gone.events, -gone.bytes)
    if (gone.events > 0) this.events.emit('acknowledged', { stream, count: gone.events })
    return gone.events
  }

  /** What waits in all streams together, records in memory included. */
  stats(): StreamStats {
    const all = Object.values(this.statsByStream())
    const times = all.flatMap(({ oldestAt }) => (oldestAt === null ? [] : [oldestAt]))
    return {
      events: all.reduce((sum, { events }) => sum + events, 0),
      bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
      oldestAt: times.length > 0 ? Math.min(...times) : null
    }
  }

  /** What waits in each stream, records in memory included. */
  statsByStream(): Record<EventStream, StreamStats> {
    const one = (stream: EventStream): StreamStats => {
      const held = this.#pending.stats(stream)
      const { events, bytes } = this.#stats.get(stream) ?? { events: 0, bytes: 0 }
      const oldestAt = (events > 0 ? this.#table.oldest(stream)?.ts : undefined) ?? held.oldestAt
      return { events: events + held.events, bytes: bytes + held.bytes, oldestAt }
    }
    return Object.fromEntries(EVENT_STREAMS.map((stream) => [stream, one(stream)])) as Record<
      EventStream,
      StreamStats
    >
  }

  /** Commits what waits in memory now. */
  flush(): void {
    this.#cancelFlush?.()
    this.#cancelFlush = undefined
    const held = this.#pending.take()
    if (held.length === 0) return
    try {
      this.#commit(held)
    } catch (error) {
      for (const { stream, count } of this.#pending.putBack(held)) {
        this.events.emit('dropped', { stream, count })
      }
      this.#flushLater()
      this.events.emit('failed', toNearsideError(error))
    }
  }

  /** Commits what waits and stops the timer; the database is closed by who opened it. */
  close(): void {
    this.flush()
    this.#cancelFlush?.()
  }

  #hold(records: readonly NewRecord[]): void {
    this.#pending.add(records)
    if (this.#pending.isFull) this.flush()
    else this.#flushLater()
  }

  #flushLater(): void {
    this.#cancelFlush ??= this.#clock.after(this.#flushMs, () => this.flush())
  }

  #commit(records: readonly NewRecord[]): void {
    this.#table.write(records)
    const streams = new Set<EventStream>()
    for (const { stream, json } of records) {
      this.#count(stream, 1, recordBytes(json))
      streams.add(stream)
    }
    try {
      this.#keepUnderCap()
    } catch (error) {
      this.events.emit('failed', toNearsideError(error)) // the records themselves are safe
    }
    for (const stream of streams) this.events.emit('ready', stream)
  }

  #count(stream: EventStream, events: number, bytes: number): void {
    const stats = this.#stats.get(stream)
    if (!stats) return
    stats.events += events
    stats.bytes += bytes
  }

  #storedBytes(): number {
    let bytes = 0
    for (const stats of this.#stats.values()) bytes += stats.bytes
    return bytes
  }

  #keepUnderCap(): void {
    if (this.#storedBytes() <= this.#capBytes) return
    const goal = this.#capBytes * KEEP_AFTER_DROP
    for (const stream of DROPPABLE) {
      const surplus = this.#storedBytes() - goal
      if (surplus > 0) this.#dropOldest(stream, surplus)
    }
  }

  /** Replaces the oldest records by one gap record until `surplus` bytes are free or one record is left. */
  #dropOldest(stream: EventStream, surplus: number): void {
    const dropped: OutboxRecord[] = []
    let freed = 0
    for (let after = 0; freed < surplus; after = dropped.at(-1)?.seq ?? 0) {
      const step = this.#table.next(stream, after, { records: DROP_STEP, bytes: Infinity })
      for (const record of step) {
        if (freed >= surplus) break
        freed += recordBytes(record.json)
        dropped.push(record)
      }
      if (step.length < DROP_STEP) break
    }
    const gap = gapRecord(stream, dropped, 'The space for unsent events was used up.')
    if (!gap || dropped.length < 2) return
    this.#table.replaceUpto(gap.record)
    this.#count(stream, 1 - dropped.length, recordBytes(gap.record.json) - freed)
    this.events.emit('dropped', { stream, count: gap.count })
  }
}

/** A body as text; one that fits in no batch would stop its stream for ever. */
function bodyJson(body: unknown): string {
  const json = JSON.stringify(body) ?? 'null'
  const bytes = Buffer.byteLength(json)
  if (bytes <= BODY_CAP_BYTES) return json
  const sentence = `An event of ${bytes} bytes is larger than the ${BODY_CAP_BYTES} bytes that can be sent; leave parts out.`
  throw new NearsideError('NS_MESSAGE_INVALID', sentence)
}
