// Jobs, their inputs, and the results of single items, so that a job of thousands survives a restart.
// File names and results are sealed; the job itself holds nothing private. Running jobs is device/jobs's work.

import { Job, type JobInput, NearsideError } from '../../contract/index.ts'
import { inTransaction } from '../../kernel/sqlite-file.ts'
import type { DeviceDatabase } from './device-database.ts'
import { plainSealer, type Sealer } from './seal.ts'

/** An input as the device keeps it: where its bytes lie in the vault, and their digest. */
export interface JobInputRow extends JobInput {
  readonly sha256: string
  /** Id in the vault; null once wiped. */
  readonly vault: string | null
}

/** The result of one input, as JSON. */
export interface JobItem {
  readonly input: number
  readonly result: unknown
}

/** What became of one input. */
export interface InputOutcome {
  readonly index: number
  readonly state: JobInput['state']
  readonly code: string | null
  readonly sentence: string | null
}

/** Shown for a file name that was sealed under a key that is gone. */
export const WIPED_NAME = '(wiped)'

/** Everything that a job needs to go on after a restart. */
export class JobStore {
  #database: DeviceDatabase
  #sealer: Sealer
  #statements: ReturnType<typeof prepare>

  constructor(database: DeviceDatabase, sealer: Sealer = plainSealer) {
    this.#database = database
    this.#sealer = sealer
    this.#statements = prepare(database)
  }

  /** Stores a job with all its inputs, or nothing. */
  create(job: Job, inputs: readonly JobInputRow[]): void {
    inTransaction(this.#database, () => {
      this.#statements.insert.run(job.id, job.createdAt, job.state, JSON.stringify(job))
      for (const [index, input] of inputs.entries()) this.#insertInput(job.id, index, input)
    })
  }

  /**
   * Changes fields of a job and returns the job after the change.
   * @throws NearsideError NS_JOB_UNKNOWN
   */
  update(id: string, patch: Partial<Job>): Job {
    const known = this.get(id)
    if (!known)
      throw new NearsideError('NS_JOB_UNKNOWN', `There is no job ${id}; it may have been deleted.`)
    const job = { ...known, ...patch, id }
    this.#statements.update.run(job.state, JSON.stringify(job), id)
    return job
  }

  /** One job; undefined when there is none. */
  get(id: string): Job | undefined {
    const row = this.#statements.get.get(id)
    return row ? readJob(row) : undefined
  }

  /** All jobs, newest first. */
  list(): Job[] {
    return this.#statements.list.all().map(readJob)
  }

  /** Deletes a job with its inputs and results; true when there was one. */
  remove(id: string): boolean {
    return this.#statements.remove.run(id).changes > 0
  }

  /** Inputs of a job for people: failed ones first, then in order. */
  inputs(id: string, { limit = 1000 } = {}): JobInput[] {
    return this.#statements.inputs.all(id, limit).map((row) => {
      const { name, bytes, state, code, sentence } = this.#readInput(row)
      return { name, bytes, state, code, sentence }
    })
  }

  /** Every input of a job in order, with its place in the vault. */
  inputRows(id: string): JobInputRow[] {
    return this.#statements.inputRows.all(id).map((row) => this.#readInput(row))
  }

  /** Notes what became of one input. */
  setInput(id: string, outcome: InputOutcome): void {
    const { index, state, code, sentence } = outcome
    const sealed = sentence === null ? null : this.#sealer.seal(sentence)
    this.#statements.setInput.run(state, code, sealed, id, index)
  }

  /** Forgets where the inputs lay, after they were wiped. */
  clearVaultIds(id: string): void {
    this.#statements.clearVault.run(id)
  }

  /** Stores the result of one item; a batch goes through addItems. */
  addItem(id: string, input: number, result: unknown): void {
    this.addItems(id, [{ input, result }])
  }

  /** Stores results and outcomes of inputs in one transaction; a repeated item replaces the earlier one. */
  addItems(id: string, items: readonly JobItem[], outcomes: readonly InputOutcome[] = []): void {
    inTransaction(this.#database, () => {
      for (const { input, result } of items) {
        this.#statements.addItem.run(id, input, this.#sealer.seal(JSON.stringify(result)))
      }
      for (const outcome of outcomes) this.setInput(id, outcome)
    })
  }

  /**
   * Results of the items finished so far, in order of input.
   * @throws NearsideError NS_JOB_INPUTS_GONE when they were sealed under a key that is gone
   */
  *items(id: string): Generator<JobItem> {
    for (const row of this.#statements.items.all(id)) {
      const result: unknown = JSON.parse(this.#sealer.unseal(row['result'] as Uint8Array))
      yield { input: row['input'] as number, result }
    }
  }

  /** Result of one input; undefined while it has none. */
  item(id: string, input: number): JobItem | undefined {
    const row = this.#statements.item.get(id, input)
    if (!row) return undefined
    return { input, result: JSON.parse(this.#sealer.unseal(row['result'] as Uint8Array)) }
  }

  /** Id of the report in the vault; null when there is none. */
  report(id: string): string | null {
    return (this.#statements.report.get(id)?.['report'] as string | null | undefined) ?? null
  }

  /** Notes where the report lies in the vault; null when it was wiped. */
  setReport(id: string, vault: string | null): void {
    this.#statements.setReport.run(vault, id)
  }

  #insertInput(id: string, index: number, input: JobInputRow): void {
    const sentence = input.sentence === null ? null : this.#sealer.seal(input.sentence)
    const { bytes, sha256, vault, state, code } = input
    const name = this.#sealer.seal(input.name)
    this.#statements.insertInput.run(id, index, name, bytes, sha256, vault, state, code, sentence)
  }

  #readInput(row: Record<string, unknown>): JobInputRow {
    const open = (sealed: unknown): string => {
      try {
        return this.#sealer.unseal(sealed as Uint8Array)
      } catch {
        return WIPED_NAME
      }
    }
    return {
      name: open(row['name']),
      bytes: row['bytes'] as number,
      sha256: row['sha256'] as string,
      vault: row['vault'] as string | null,
      state: row['state'] as JobInput['state'],
      code: row['code'] as string | null,
      sentence: row['sentence'] === null ? null : open(row['sentence'])
    }
  }
}

function readJob(row: Record<string, unknown>): Job {
  return Job.parse(JSON.parse(row['body'] as string))
}

function prepare(database: DeviceDatabase) {
  return {
    insert: database.prepare('INSERT INTO job (id, created_at, state, body) VALUES (?, ?, ?, ?)'),
    update: database.prepare('UPDATE job SET state = ?, body = ? WHERE id = ?'),
    get: database.prepare('SELECT body FROM job WHERE id = ?'),
    list: database.prepare('SELECT body FROM job ORDER BY created_at DESC, id DESC'),
    remove: database.prepare('DELETE FROM job WHERE id = ?'),
    report: database.prepare('SELECT report FROM job WHERE id = ?'),
    setReport: database.prepare('UPDATE job SET report = ? WHERE id = ?'),
    insertInput: database.prepare(
      'INSERT INTO job_input (job, position, name, bytes, sha256, vault, state, code, sentence) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)'
    ),
    inputs: database.prepare(
      "SELECT * FROM job_input WHERE job = ? ORDER BY state != 'failed', position LIMIT ?"
    ),
    inputRows: database.prepare('SELECT * FROM job_input WHERE job = ? ORDER BY position'),
    setInput: database.prepare(
      'UPDATE job_input SET state = ?, code = ?, sentence = ? WHERE job = ? AND position = ?'
    ),
    clearVault: database.prepare('UPDATE job_input SET vault = NULL WHERE job = ?'),
    addItem: database.prepare(
      'INSERT OR REPLACE INTO job_item (job, input, result) VALUES (?, ?, ?)'
    ),
    item: database.prepare('SELECT result FROM job_item WHERE job = ? AND input = ?'),
    items: database.prepare('SELECT input, result FROM job_item WHERE job = ? ORDER BY input')
  }
}
