// Alarms, results and the audit trail: one row an alarm, a job, an act.

import { inChunks, type QueryHandle } from './query-handle.ts'
import type { AlarmRow, AuditRow, ResultRow } from './tables.ts'

/** Alarms are kept as devices send them; nothing is derived here. */
export class AlarmTable {
  readonly #db: QueryHandle

  constructor(db: QueryHandle) {
    this.#db = db
  }

  /** Keeps the newest state of each alarm. Each key at most once a call. */
  async put(alarms: readonly AlarmRow[]): Promise<void> {
    for (const chunk of inChunks(alarms)) {
      await this.#db
        .insertInto('alarms')
        .values(chunk)
        .onConflict((conflict) =>
          conflict
            .columns(['device', 'id'])
            .doUpdateSet(({ ref }) => ({
              priority: ref('excluded.priority'),
              cleared_at: ref('excluded.cleared_at'),
              acknowledged_at: ref('excluded.acknowledged_at'),
              changed_at: ref('excluded.changed_at'),
              body: ref('excluded.body')
            }))
            .where(({ eb, ref }) => eb(ref('excluded.changed_at'), '>=', ref('alarms.changed_at')))
        )
        .execute()
    }
  }

  /** Alarms that are not cleared, most urgent first. */
  open(): Promise<AlarmRow[]> {
    return this.#db
      .selectFrom('alarms')
      .selectAll()
      .where('cleared_at', 'is', null)
      .orderBy('priority')
      .orderBy('raised_at', 'desc')
      .limit(5000)
      .execute()
  }

  /** Newest first. */
  recent(limit: number, device?: string): Promise<AlarmRow[]> {
    const query = this.#db
      .selectFrom('alarms')
      .selectAll()
      .orderBy('raised_at', 'desc')
      .limit(limit)
    return (device === undefined ? query : query.where('device', '=', device)).execute()
  }

  /** Times only: for counting by the hour. */
  async raisedSince(since: number): Promise<number[]> {
    const rows = await this.#db
      .selectFrom('alarms')
      .select('raised_at')
      .where('raised_at', '>=', since)
      .execute()
    return rows.map((row) => row.raised_at)
  }
}

/** One row a job; a job that is reported again replaces its row. */
export class ResultTable {
  readonly #db: QueryHandle

  constructor(db: QueryHandle) {
    this.#db = db
  }

  async add(results: readonly ResultRow[]): Promise<void> {
    for (const chunk of inChunks(results)) {
      await this.#db
        .insertInto('results')
        .values(chunk)
        .onConflict((conflict) =>
          conflict.columns(['device', 'job']).doUpdateSet(({ ref }) => ({
            at: ref('excluded.at'),
            state: ref('excluded.state'),
            body: ref('excluded.body')
          }))
        )
        .execute()
    }
  }

  /** Newest first. */
  recent(limit: number): Promise<ResultRow[]> {
    return this.#db.selectFrom('results').selectAll().orderBy('at', 'desc').limit(limit).execute()
  }
}

/** An entry before it has its number. */
export type NewAudit = Omit<AuditRow, 'id'>

/** Entries are added and, after a year, forgotten; never changed. */
export class AuditTable {
  readonly #db: QueryHandle

  constructor(db: QueryHandle) {
    this.#db = db
  }

  async add(entries: readonly NewAudit[]): Promise<void> {
    for (const chunk of inChunks(entries))
      await this.#db.insertInto('audit').values(chunk).execute()
  }

  /** Newest first. */
  recent(limit: number) {
    return this.#db
      .selectFrom('audit')
      .selectAll()
      .orderBy('at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit)
      .execute()
  }
}
