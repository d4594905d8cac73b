// The store on SQLite, the default: one file, one connection, synchronous FULL so that a commit survives
// the loss of power.

import { statSync } from 'node:fs'
import { join } from 'node:path'
import { Kysely } from 'kysely'
import { openSqlite } from '../../kernel/sqlite-file.ts'
import { DeviceTable } from './device-table.ts'
import { EngineTable } from './engine-table.ts'
import { LogTable } from './log-table.ts'
import { ModelTable } from './model-table.ts'
import { NodeSqliteDialect } from './node-sqlite-dialect.ts'
import type { QueryHandle } from './query-handle.ts'
import { AlarmTable, AuditTable, ResultTable } from './record-tables.ts'
import { prune } from './retention.ts'
import { RolloutTable } from './rollout-table.ts'
import type { Store, StoreTables } from './store.ts'
import { StreamTable } from './stream-table.ts'
import type { Tables } from './tables.ts'
import { TelemetryTable } from './telemetry-table.ts'

const MIGRATIONS = join(import.meta.dirname, 'migrations')

function tablesOf(db: QueryHandle): StoreTables {
  return {
    devices: new DeviceTable(db),
    streams: new StreamTable(db),
    telemetry: new TelemetryTable(db),
    logs: new LogTable(db),
    alarms: new AlarmTable(db),
    results: new ResultTable(db),
    audit: new AuditTable(db),
    models: new ModelTable(db),
    engines: new EngineTable(db),
    rollouts: new RolloutTable(db)
  }
}

function fileBytes(path: string): number {
  let bytes = 0
  for (const file of [path, `${path}-wal`]) {
    bytes += statSync(file, { throwIfNoEntry: false })?.size ?? 0
  }
  return bytes
}

/**
 * Opens the store and brings its file up to date.
 * @param path file, or `:memory:`
 * @throws NearsideError NS_STORAGE_FAILED when the file is damaged or newer than this program
 */
export function openSqliteStore(path: string): Store {
  const database = openSqlite({ path, migrations: MIGRATIONS, synchronous: 'FULL' })
  const db = new Kysely<Tables>({ dialect: new NodeSqliteDialect(database) })
  return {
    ...tablesOf(db),
    transaction: (run) => db.transaction().execute((transaction) => run(tablesOf(transaction))),
    prune: (now) => prune(db, now),
    sizeBytes: () => (path === ':memory:' ? 0 : fileBytes(path)),
    close: () => db.destroy()
  }
}
