// The outbox on disk: its tables and their statements. It numbers, keeps and deletes rows; what is written
// when, and what is dropped when space is short, is decided in outbox.ts.

import { randomBytes } from 'node:crypto'
import { EVENT_STREAMS, type EventStream } from '../../contract/index.ts'
import { inTransaction } from '../../kernel/sqlite-file.ts'
import type { DeviceDatabase } from './device-database.ts'

/** A record as it lies in the outbox; `json` is its body, ready to be sent. */
export interface OutboxRecord {
  readonly seq: number
  readonly ts: number
  readonly json: string
}

/** A record that has its number and is about to be written. */
export interface NewRecord extends OutboxRecord {
  readonly stream: EventStream
}

/** How much waits: records, bytes against the cap, and since when. */
export interface StreamStats {
  readonly events: number
  readonly bytes: number
  readonly oldestAt: number | null
}

const ROW_OVERHEAD_BYTES = 40 // key, numbers and page share of a row, measured on a full file

/** What a record counts against the cap, bytes. */
export function recordBytes(json: string): number {
  return Buffer.byteLength(json) + ROW_OVERHEAD_BYTES
}

/** The rows of the outbox; every change is one transaction. */
export class OutboxTable {
  readonly epoch: string
  #database: DeviceDatabase
  #insert
  #setLast
  #next
  #deleteUpto
  #sumUpto
  #oldest

  constructor(database: DeviceDatabase) {
    this.#database = database
    this.epoch = readEpoch(database)
    this.#insert = database.prepare(
      'INSERT INTO outbox (stream, seq, ts, bytes, body) VALUES (?, ?, ?, ?, ?)'
    )
    this.#setLast = database.prepare(
      'INSERT INTO outbox_stream (stream, last_seq) VALUES (?, ?) ON CONFLICT (stream) DO UPDATE SET last_seq = max(last_seq, excluded.last_seq)'
    )
    this.#next = database.prepare(
      'SELECT seq, ts, body AS json, bytes FROM outbox WHERE stream = ? AND seq > ? ORDER BY seq LIMIT ?'
    )
    this.#deleteUpto = database.prepare('DELETE FROM outbox WHERE stream = ? AND seq <= ?')
    this.#sumUpto = database.prepare(
      'SELECT count(*) AS events, coalesce(sum(bytes), 0) AS bytes FROM outbox WHERE stream = ? AND seq <= ?'
    )
    this.#oldest = database.prepare(
      'SELECT seq, ts FROM outbox WHERE stream = ? ORDER BY seq LIMIT 1'
    )
  }

  /** Last number given in each stream. */
  lastSeqs(): Map<EventStream, number> {
    const rows = this.#database.prepare('SELECT stream, last_seq FROM outbox_stream').all()
    const last = new Map<EventStream, number>(EVENT_STREAMS.map((stream) => [stream, 0]))
    for (const row of rows) last.set(row['stream'] as EventStream, row['last_seq'] as number)
    return last
  }

  /** Events and bytes of a stream, counted on disk. */
  count(stream: EventStream, upto = Number.MAX_SAFE_INTEGER): { events: number; bytes: number } {
    const row = this.#sumUpto.get(stream, upto)
    return { events: Number(row?.['events'] ?? 0), bytes: Number(row?.['bytes'] ?? 0) }
  }

  /** Number and time of the first record held of a stream. */
  oldest(stream: EventStream): { seq: number; ts: number } | undefined {
    return this.#oldest.get(stream) as { seq: number; ts: number } | undefined
  }

  /** Writes records in one transaction: all of them, or none. */
  write(records: readonly NewRecord[]): void {
    inTransaction(this.#database, () => {
      const last = new Map<EventStream, number>()
      for (const { stream, seq, ts, json } of records) {
        this.#insert.run(stream, seq, ts, recordBytes(json), json)
        last.set(stream, seq)
      }
      for (const [stream, seq] of last) this.#setLast.run(stream, seq)
    })
  }

  /** Records after `after`, oldest first, until a limit is reached; at least one when there is one. */
  next(stream: EventStream, after: number, limit: { records: number; bytes: number }) {
    const found: OutboxRecord[] = []
    let bytes = 0
    for (const row of this.#next.iterate(stream, after, limit.records)) {
      bytes += row['bytes'] as number
      if (found.length > 0 && bytes > limit.bytes) break
      found.push({
        seq: row['seq'] as number,
        ts: row['ts'] as number,
        json: row['json'] as string
      })
    }
    return found
  }

  /**
   * Deletes everything of a stream up to a number. It does not wait for the disk: a deletion that is lost
   * with the power only means that the fleet is sent once more what it has.
   */
  delete(stream: EventStream, upto: number): { events: number; bytes: number } {
    const gone = this.count(stream, upto)
    if (gone.events === 0) return gone
    this.#database.exec('PRAGMA synchronous = NORMAL')
    try {
      this.#deleteUpto.run(stream, upto)
    } finally {
      this.#database.exec('PRAGMA synchronous = FULL')
    }
    return gone
  }

  /** Puts one record in place of everything up to and including its number. */
  replaceUpto(record: NewRecord): void {
    inTransaction(this.#database, () => {
      this.#deleteUpto.run(record.stream, record.seq)
      const { stream, seq, ts, json } = record
      this.#insert.run(stream, seq, ts, recordBytes(json), json)
      this.#setLast.run(stream, seq)
    })
  }
}

function readEpoch(database: DeviceDatabase): string {
  const row = database.prepare('SELECT epoch FROM outbox_epoch').get()
  if (row) return row['epoch'] as string
  const epoch = randomBytes(12).toString('hex')
  database.prepare('INSERT INTO outbox_epoch (id, epoch) VALUES (1, ?)').run(epoch)
  return epoch
}
