// Opens a SQLite file the one way both processes use it: WAL, foreign keys, numbered migrations.

import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { NearsideError, toNearsideError } from '../contract/errors.ts'

/**
 * An open database.
 * @public
 */
export type Database = DatabaseSync

export type { DatabaseSync } from 'node:sqlite'

interface SqliteOptions {
  /** Path of the database, or `:memory:`. */
  readonly path: string
  /** Folder of `0001-name.sql` files; each runs once, in order, in its own transaction. */
  readonly migrations: string
  /** FULL survives power loss after each commit; NORMAL may lose the last commits, never the file. */
  readonly synchronous?: 'FULL' | 'NORMAL'
}

/**
 * Opens the database and brings it up to date.
 * @throws NearsideError NS_STORAGE_FAILED when the file is damaged or newer than this program
 * @public
 */
export function openSqlite({
  path,
  migrations,
  synchronous = 'FULL'
}: SqliteOptions): DatabaseSync {
  try {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    const database = new DatabaseSync(path)
    database.exec(
      `PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000`
    )
    migrate(database, migrations)
    return database
  } catch (error) {
    const known = toNearsideError(error)
    if (known.code !== 'NS_INTERNAL') throw known
    const sentence = `The database ${path} cannot be opened; restore it from a backup or move it away.`
    throw new NearsideError('NS_STORAGE_FAILED', sentence, { cause: error })
  }
}

function migrate(database: DatabaseSync, folder: string): void {
  const files = readdirSync(folder)
    .filter((name) => /^\d{4}-.*\.sql$/.test(name))
    .sort()
  const row = database.prepare('PRAGMA user_version').get() as { user_version: number }
  if (row.user_version > files.length) {
    const sentence =
      'The database was written by a newer Nearside; install that version or restore a backup.'
    throw new NearsideError('NS_STORAGE_FAILED', sentence)
  }
  for (const [index, name] of files.entries()) {
    if (index < row.user_version) continue
    database.exec('BEGIN IMMEDIATE')
    try {
      database.exec(readFileSync(join(folder, name), 'utf8'))
      database.exec(`PRAGMA user_version = ${index + 1}; COMMIT`)
    } catch (error) {
      rollBack(database)
      throw error
    }
  }
}

/** SQLite has rolled back by itself when the disk is full; asking again would hide that reason. */
function rollBack(database: DatabaseSync): void {
  if (database.isTransaction) database.exec('ROLLBACK')
}

/**
 * Runs a function in one transaction: everything it wrote, or nothing.
 * @public
 */
export function inTransaction<T>(database: DatabaseSync, run: () => T): T {
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = run()
    database.exec('COMMIT')
    return result
  } catch (error) {
    rollBack(database)
    throw error
  }
}
