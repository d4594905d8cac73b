// Telemetry and log records that wait in memory for one commit together, and the gap record that stands for
// records which had to go. Nothing in here has been seen by anybody, so its numbers can still be lost.

import type { EventStream, GapRecord } from '../../contract/index.ts'
import { type NewRecord, type OutboxRecord, recordBytes, type StreamStats } from './outbox-table.ts'

const CAP_BYTES = 4 * 1024 * 1024 // kept in memory at most while the disk takes nothing

export class PendingRecords {
  #records: NewRecord[] = []
  #bytes = 0

  get isFull(): boolean {
    return this.#bytes > CAP_BYTES
  }

  add(records: readonly NewRecord[]): void {
    for (const record of records) {
      this.#records.push(record)
      this.#bytes += recordBytes(record.json)
    }
  }

  /** Everything, for a commit; nothing is left here. */
  take(): NewRecord[] {
    const taken = this.#records
    this.#records = []
    this.#bytes = 0
    return taken
  }

  /**
   * Takes records back after a failed commit. When they are too many the oldest half of each stream makes
   * room for a gap record; returns how many went.
   */
  putBack(records: readonly NewRecord[]): { stream: EventStream; count: number }[] {
    this.add(records)
    if (!this.isFull) return []
    const dropped: { stream: EventStream; count: number }[] = []
    const all = this.take()
    for (const stream of new Set(all.map((record) => record.stream))) {
      const own = all.filter((record) => record.stream === stream)
      const oldest = own.slice(0, Math.ceil(own.length / 2))
      const why = 'The disk was full and the memory for unsent events used up.'
      const gap = own.length > 2 ? gapRecord(stream, oldest, why) : undefined
      this.add(gap ? [gap.record, ...own.slice(oldest.length)] : own)
      if (gap) dropped.push({ stream, count: gap.count })
    }
    return dropped
  }

  stats(stream: EventStream): StreamStats {
    const own = this.#records.filter((record) => record.stream === stream)
    const bytes = own.reduce((sum, { json }) => sum + recordBytes(json), 0)
    return { events: own.length, bytes, oldestAt: own[0]?.ts ?? null }
  }
}

/** One record in the place of consecutive ones; a gap record among them is merged, not counted as an event. */
export function gapRecord(
  stream: EventStream,
  records: readonly OutboxRecord[],
  reason: string
): { readonly record: NewRecord; readonly count: number } | undefined {
  const first = records[0]
  const last = records.at(-1)
  if (!first || !last) return undefined
  const older = first.json.startsWith('{"gap":') ? (JSON.parse(first.json) as GapRecord).gap : null
  const from = older?.from ?? first.seq
  const count = last.seq - from + 1
  const gap: GapRecord = { gap: { from, to: last.seq, count, reason } }
  return { record: { stream, seq: last.seq, ts: first.ts, json: JSON.stringify(gap) }, count }
}
