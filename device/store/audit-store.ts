// The audit trail of the device: who did what, without content. Bounded: the oldest entries go first.

import type { AuditRecord } from '../../contract/index.ts'
import type { DeviceDatabase } from './device-database.ts'

export interface AuditEntry extends AuditRecord {
  /** Milliseconds since 1970. */
  readonly at: number
}

const KEEP = 10_000 // entries; about 2 MB
const TRIM_EVERY = 100 // one look for old entries in so many appends

/** The newest 10,000 entries, on disk when append returns. */
export class AuditStore {
  #append
  #list
  #trim
  #sinceTrim = TRIM_EVERY

  constructor(database: DeviceDatabase) {
    this.#append = database.prepare('INSERT INTO audit (at, body) VALUES (?, ?)')
    this.#list = database.prepare('SELECT at, body FROM audit ORDER BY id DESC LIMIT ?')
    this.#trim = database.prepare('DELETE FROM audit WHERE id <= (SELECT max(id) FROM audit) - ?')
  }

  /** Adds an entry; now and then the oldest ones go. */
  append({ at, ...record }: AuditEntry): void {
    this.#append.run(at, JSON.stringify(record))
    this.#sinceTrim += 1
    if (this.#sinceTrim < TRIM_EVERY) return
    this.#sinceTrim = 0
    this.#trim.run(KEEP)
  }

  /** Newest first. */
  list(limit = 200): AuditEntry[] {
    return this.#list.all(limit).map((row) => ({
      at: row['at'] as number,
      ...(JSON.parse(row['body'] as string) as AuditRecord)
    }))
  }
}
