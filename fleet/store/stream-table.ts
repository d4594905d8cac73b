// Which events of which device were counted: the memory that keeps a repeated event from counting twice.

import { inChunks, type QueryHandle } from './query-handle.ts'

/** How far one stream has come. */
export interface StreamState {
  readonly id: number
  readonly upto: number
  readonly events: number
  readonly rejected: number
}

/** A stream of one outbox file of one device. */
export interface StreamKey {
  readonly device: string
  readonly stream: string
  readonly epoch: string
}

interface CountedEvent {
  readonly seq: number
  readonly at: number
}

/** Used inside the transaction that applies the events, and nowhere else to write. */
export class StreamTable {
  readonly #db: QueryHandle

  constructor(db: QueryHandle) {
    this.#db = db
  }

  /** The state of a stream, made at its first event. */
  async open({ device, stream, epoch }: StreamKey, now: number): Promise<StreamState> {
    const known = await this.#db
      .selectFrom('streams')
      .select(['id', 'upto', 'events', 'rejected'])
      .where('device', '=', device)
      .where('stream', '=', stream)
      .where('epoch', '=', epoch)
      .executeTakeFirst()
    if (known) return known
    return this.#db
      .insertInto('streams')
      .values({ device, stream, epoch, upto: 0, events: 0, rejected: 0, last_at: now })
      .returning(['id', 'upto', 'events', 'rejected'])
      .executeTakeFirstOrThrow()
  }

  /** Notes events as counted and returns the numbers that were new. */
  async count(stream: number, events: readonly CountedEvent[], now: number): Promise<Set<number>> {
    const fresh = new Set<number>()
    for (const chunk of inChunks(events)) {
      const rows = await this.#db
        .insertInto('events')
        .values(chunk.map(({ seq, at }) => ({ stream_id: stream, seq, at, received_at: now })))
        .onConflict((conflict) => conflict.doNothing())
        .returning('seq')
        .execute()
      for (const { seq } of rows) fresh.add(seq)
    }
    return fresh
  }

  /** Numbers above a mark that were counted before their predecessors, rising. */
  async above(stream: number, mark: number): Promise<number[]> {
    const rows = await this.#db
      .selectFrom('events')
      .select('seq')
      .where('stream_id', '=', stream)
      .where('seq', '>', mark)
      .orderBy('seq')
      .execute()
    return rows.map(({ seq }) => seq)
  }

  /** Writes the mark and the counts back. */
  async save(state: StreamState, now: number): Promise<void> {
    const { id, ...counts } = state
    await this.#db
      .updateTable('streams')
      .set({ ...counts, last_at: now })
      .where('id', '=', id)
      .execute()
  }

  /** Events counted since the fleet exists, over all devices or of one. */
  async total(device?: string): Promise<number> {
    let query = this.#db
      .selectFrom('streams')
      .select(({ fn }) => fn.sum<number | null>('events').as('events'))
    if (device !== undefined) query = query.where('device', '=', device)
    return (await query.executeTakeFirst())?.events ?? 0
  }

  /** Events of every device, by id. */
  async totals(): Promise<Map<string, number>> {
    const rows = await this.#db
      .selectFrom('streams')
      .select(({ fn }) => ['device', fn.sum<number>('events').as('events')])
      .groupBy('device')
      .execute()
    return new Map(rows.map(({ device, events }) => [device, events]))
  }

  /** The newest outbox file of every stream of a device, with what is committed. */
  async latest(device: string): Promise<{ stream: string; epoch: string; upto: number }[]> {
    const rows = await this.#db
      .selectFrom('streams')
      .select(['stream', 'epoch', 'upto'])
      .where('device', '=', device)
      .orderBy('last_at')
      .execute()
    return [...new Map(rows.map((row) => [row.stream, row])).values()]
  }
}
