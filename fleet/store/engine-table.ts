// Rows of shared engines: what is there or on its way, its files, and what did not do on a device.

import { inChunks, type QueryHandle } from './query-handle.ts'
import type { EngineFaultRow, EngineFileRow, EngineRow } from './tables.ts'

export type EngineFile = Pick<EngineFileRow, 'sha256' | 'size'>

/** Faults that are remembered. */
const MOST_FAULTS = 10_000

export class EngineTable {
  readonly #db: QueryHandle

  constructor(db: QueryHandle) {
    this.#db = db
  }

  /** What was touched longest ago comes first. */
  all(): Promise<EngineRow[]> {
    return this.#db.selectFrom('engines').selectAll().orderBy('touched_at').orderBy('id').execute()
  }

  find(id: string): Promise<EngineRow | undefined> {
    return this.#db.selectFrom('engines').selectAll().where('id', '=', id).executeTakeFirst()
  }

  /** In the order of their digests. */
  files(id: string): Promise<EngineFile[]> {
    return this.#db
      .selectFrom('engine_files')
      .select(['sha256', 'size'])
      .where('engine', '=', id)
      .orderBy('sha256')
      .execute()
  }

  /** Writes an engine with its files in place of one of the same id; the caller holds the transaction. */
  async put(engine: EngineRow, files: readonly EngineFile[]): Promise<void> {
    await this.remove(engine.id)
    await this.#db.insertInto('engines').values(engine).execute()
    const rows = files.map(({ sha256, size }) => ({ engine: engine.id, sha256, size }))
    for (const chunk of inChunks(rows))
      await this.#db.insertInto('engine_files').values(chunk).execute()
  }

  async change(id: string, change: Partial<EngineRow>): Promise<void> {
    await this.#db.updateTable('engines').set(change).where('id', '=', id).execute()
  }

  /** A device took it. */
  async used(id: string, at: number): Promise<void> {
    await this.#db
      .updateTable('engines')
      .set(({ eb }) => ({ used_at: at, touched_at: at, taken: eb('taken', '+', 1) }))
      .where('id', '=', id)
      .execute()
  }

  async remove(id: string): Promise<void> {
    await this.#db.deleteFrom('engines').where('id', '=', id).execute()
  }

  /** Digests of every file of every engine. */
  async digests(): Promise<Set<string>> {
    const rows = await this.#db.selectFrom('engine_files').select('sha256').distinct().execute()
    return new Set(rows.map(({ sha256 }) => sha256))
  }

  /** Notes what did not do; the oldest notes go first. */
  async addFault(fault: EngineFaultRow): Promise<void> {
    await this.#db
      .insertInto('engine_faults')
      .values(fault)
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    const newest = this.#db
      .selectFrom('engine_faults')
      .select('at')
      .orderBy('at', 'desc')
      .offset(MOST_FAULTS)
      .limit(1)
    await this.#db.deleteFrom('engine_faults').where('at', '<=', newest).execute()
  }

  fault(id: string, statementSha256: string): Promise<EngineFaultRow | undefined> {
    return this.#db
      .selectFrom('engine_faults')
      .selectAll()
      .where('id', '=', id)
      .where('statement_sha256', '=', statementSha256)
      .executeTakeFirst()
  }
}
