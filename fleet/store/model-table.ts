// The registry's rows: model versions and their files.

import type { QueryHandle } from './query-handle.ts'
import type { ModelFileRow, ModelRow } from './tables.ts'

export type ModelFile = Pick<ModelFileRow, 'path' | 'sha256' | 'size'>

/** Versions are inserted and read, never changed. */
export class ModelTable {
  readonly #db: QueryHandle

  constructor(db: QueryHandle) {
    this.#db = db
  }

  /** By name, then newest first. */
  all(): Promise<ModelRow[]> {
    return this.#db
      .selectFrom('models')
      .selectAll()
      .orderBy('name')
      .orderBy('published_at', 'desc')
      .execute()
  }

  /** Undefined when the version was never published. */
  find(name: string, version: string): Promise<ModelRow | undefined> {
    return this.#db
      .selectFrom('models')
      .selectAll()
      .where('name', '=', name)
      .where('version', '=', version)
      .executeTakeFirst()
  }

  /** Writes a version with its files; the caller holds the transaction. */
  async insert(model: ModelRow, files: readonly ModelFile[]): Promise<void> {
    await this.#db.insertInto('models').values(model).execute()
    const { name, version } = model
    const rows = files.map(({ path, sha256, size }) => ({ name, version, path, sha256, size }))
    await this.#db.insertInto('model_files').values(rows).execute()
  }

  /** Files of a version, by path. */
  files(name: string, version: string): Promise<ModelFile[]> {
    return this.#db
      .selectFrom('model_files')
      .select(['path', 'sha256', 'size'])
      .where('name', '=', name)
      .where('version', '=', version)
      .orderBy('path')
      .execute()
  }
}
