// The alarm list, kept over restarts. What raises and clears an alarm is decided in device/watches.

import { Alarm } from '../../contract/index.ts'
import { inTransaction } from '../../kernel/sqlite-file.ts'
import type { DeviceDatabase } from './device-database.ts'

/** The alarms as they were when the process ended. */
export class AlarmStore {
  #database: DeviceDatabase
  #put
  #remove
  #load

  constructor(database: DeviceDatabase) {
    this.#database = database
    this.#put = database.prepare(
      'INSERT OR REPLACE INTO alarm (id, raised_at, body) VALUES (?, ?, ?)'
    )
    this.#remove = database.prepare('DELETE FROM alarm WHERE id = ?')
    this.#load = database.prepare('SELECT body FROM alarm ORDER BY raised_at, id')
  }

  /** Every stored alarm, oldest first; a row that this version cannot read is left out. */
  load(): Alarm[] {
    return this.#load.all().flatMap((row) => {
      const parsed = Alarm.safeParse(JSON.parse(row['body'] as string))
      return parsed.success ? [parsed.data] : []
    })
  }

  /** Puts this list in the place of the stored one. */
  save(alarms: readonly Alarm[]): void {
    inTransaction(this.#database, () => {
      this.#database.exec('DELETE FROM alarm')
      for (const alarm of alarms) this.put(alarm)
    })
  }

  /** Adds or replaces one alarm. */
  put(alarm: Alarm): void {
    this.#put.run(alarm.id, alarm.raisedAt, JSON.stringify(alarm))
  }

  /** Forgets one alarm; nothing happens when there is none. */
  remove(id: string): void {
    this.#remove.run(id)
  }
}
