// The journal of installs: every step is on disk before it is taken, so that a device that loses power
// knows after its restart what it was doing. What follows from a row is decided in device/installs.

import { DesiredState, FINAL_STEPS, InstallReport } from '../../contract/index.ts'
import { inTransaction } from '../../kernel/sqlite-file.ts'
import type { DeviceDatabase } from './device-database.ts'

/** What the fleet wants, and how far this device has come with it. */
export class InstallJournal {
  #database: DeviceDatabase
  #statements: ReturnType<typeof prepare>

  constructor(database: DeviceDatabase) {
    this.#database = database
    this.#statements = prepare(database)
  }

  /** The desired state that was accepted last. */
  desired(): DesiredState | undefined {
    const row = this.#statements.desired.get()
    const parsed = row && DesiredState.safeParse(JSON.parse(row['body'] as string))
    return parsed?.success ? parsed.data : undefined
  }

  /** Stores a desired state; false when its generation is not higher than the stored one. */
  accept(desired: DesiredState): boolean {
    return inTransaction(this.#database, () => {
      const known = this.#statements.desired.get()?.['gen'] as number | undefined
      if (known !== undefined && desired.gen <= known) return false
      this.#statements.setDesired.run(desired.gen, JSON.stringify(desired))
      return true
    })
  }

  /** Writes one step; it is on disk when this returns. */
  write(report: InstallReport): void {
    const { gen, model, step } = report
    this.#statements.write.run(gen, model, step, JSON.stringify(report))
  }

  /** Last row of each model of each generation, oldest first. */
  latest(): InstallReport[] {
    return this.#statements.latest
      .all()
      .map((row) => InstallReport.parse(JSON.parse(row['body'] as string)))
  }

  /** Last row of one install. */
  last(gen: number, model: string): InstallReport | undefined {
    const row = this.#statements.last.get(gen, model)
    return row ? InstallReport.parse(JSON.parse(row['body'] as string)) : undefined
  }

  /** Rows written for one install, all of them or those of one step. */
  count(gen: number, model: string, step?: InstallReport['step']): number {
    const row =
      step === undefined
        ? this.#statements.count.get(gen, model)
        : this.#statements.countStep.get(gen, model, step)
    return Number(row?.['n'] ?? 0)
  }

  /** Highest generation of which every install is final; 0 when there is none. */
  finishedGen(): number {
    const desired = this.desired()
    if (!desired) return 0
    const isFinal = desired.models.every((model) => {
      const last = this.last(desired.gen, model.name)
      return last !== undefined && FINAL_STEPS.includes(last.step)
    })
    return isFinal
      ? desired.gen
      : Number(this.#statements.highestBelow.get(desired.gen)?.['gen'] ?? 0)
  }

  /** Forgets all but the newest generations. */
  trim(keepGenerations: number): void {
    this.#statements.trim.run(keepGenerations)
  }
}

function prepare(database: DeviceDatabase) {
  return {
    desired: database.prepare('SELECT gen, body FROM desired_state'),
    setDesired: database.prepare(
      'INSERT OR REPLACE INTO desired_state (id, gen, body) VALUES (1, ?, ?)'
    ),
    write: database.prepare(
      'INSERT INTO install_step (gen, model, step, body) VALUES (?, ?, ?, ?)'
    ),
    latest: database.prepare(
      'SELECT body FROM install_step WHERE id IN (SELECT max(id) FROM install_step GROUP BY gen, model) ORDER BY id'
    ),
    last: database.prepare(
      'SELECT body FROM install_step WHERE gen = ? AND model = ? ORDER BY id DESC LIMIT 1'
    ),
    count: database.prepare('SELECT count(*) AS n FROM install_step WHERE gen = ? AND model = ?'),
    countStep: database.prepare(
      'SELECT count(*) AS n FROM install_step WHERE gen = ? AND model = ? AND step = ?'
    ),
    highestBelow: database.prepare(
      'SELECT coalesce(max(gen), 0) AS gen FROM install_step WHERE gen < ?'
    ),
    trim: database.prepare(
      'DELETE FROM install_step WHERE gen NOT IN (SELECT DISTINCT gen FROM install_step ORDER BY gen DESC LIMIT ?)'
    )
  }
}
