// Counts one batch inside a transaction: what is new is noted and applied, what is known is passed over,
// and the mark under which nothing is missing moves up.

import type { EventStream } from '../../contract/index.ts'
import type { StoreTables, StreamState } from '../store/index.ts'
import { applyRecords } from './apply-records.ts'
import type { ReadBatch } from './read-message.ts'

/** A batch and whose it is: the topic said so, and the broker has checked it. */
export interface DeviceBatch extends ReadBatch {
  readonly device: string
  readonly stream: EventStream
}

/** What the commit makes known. */
export interface CountedBatch {
  /** Highest number under which nothing is missing: what is acknowledged. */
  readonly upto: number
  /** Records that were new, bad ones included. */
  readonly fresh: number
  /** Ids of alarms that changed. */
  readonly alarms: readonly string[]
}

/** Moves the mark over a run of numbers that follow it without a gap. */
function climb(mark: number, above: readonly number[]): number {
  let upto = mark
  for (const seq of above) {
    if (seq > upto + 1) break
    upto = Math.max(upto, seq)
  }
  return upto
}

async function newMark(
  tables: StoreTables,
  state: StreamState,
  batch: { readonly seqs: readonly number[]; readonly oldest: number | undefined }
): Promise<number> {
  const { seqs, oldest } = batch
  // Below `oldest` the device holds nothing: no number from there will ever come.
  let mark = Math.max(state.upto, (oldest ?? 1) - 1)
  const first = seqs[0] ?? 0
  // A hole inside a batch is a record that the device does not have (contract, EventBatch).
  if (first > 0 && first <= mark + 1) mark = Math.max(mark, seqs.at(-1) ?? 0)
  return climb(mark, await tables.streams.above(state.id, mark))
}

async function noteBad(tables: StoreTables, batch: DeviceBatch, at: number): Promise<void> {
  const [first] = batch.bad
  const detail = `${batch.bad.length} of the stream ${batch.stream} could not be read; number ${first?.seq}: ${first?.why}`
  await tables.audit.add([
    {
      at,
      device: batch.device,
      actor: 'fleet',
      action: 'record-refused',
      subject: batch.device,
      outcome: 'refused',
      detail: detail.slice(0, 500)
    }
  ])
}

/** Counts and applies a batch; the caller commits. */
export async function countBatch(
  tables: StoreTables,
  batch: DeviceBatch,
  now: number
): Promise<CountedBatch> {
  const state = await tables.streams.open(batch, now)
  const seqs = [...batch.good, ...batch.bad].map(({ seq }) => seq).sort((a, b) => a - b)
  const times = new Map(batch.good.map(({ seq, ts }) => [seq, ts]))
  const unknown = [...new Set(seqs)].filter((seq) => seq > state.upto)
  const events = unknown.map((seq) => ({ seq, at: times.get(seq) ?? now }))
  const fresh = await tables.streams.count(state.id, events, now)

  const records = batch.good.filter(({ seq }) => fresh.delete(seq)).sort((a, b) => a.seq - b.seq)
  const rejected = batch.bad.filter(({ seq }) => fresh.has(seq)).length
  if (records.length > 0) await applyRecords(tables, batch, records)
  if (rejected > 0) await noteBad(tables, batch, now)

  const upto = await newMark(tables, state, { seqs, oldest: batch.oldest })
  await tables.streams.save(
    {
      id: state.id,
      upto,
      events: state.events + records.length + rejected,
      rejected: state.rejected + rejected
    },
    now
  )
  const alarms = batch.stream === 'alarm' ? records.map(({ body }) => alarmId(body)) : []
  return { upto, fresh: records.length + rejected, alarms }
}

const alarmId = (body: unknown): string => (body as { alarm: { id: string } }).alarm.id
