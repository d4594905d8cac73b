// One process per home folder. The lock is an exclusive SQLite transaction: the operating system releases
// it when the process ends, however it ends, so there is no stale lock to clean up.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { NearsideError, toNearsideError } from '../contract/errors.ts'

/**
 * Takes the lock of a home folder and returns the function that gives it back.
 * @throws NearsideError NS_HOME_IN_USE when another process holds it, NS_HOME_UNWRITABLE when it cannot be written
 * @public
 */
export function lockHome(home: string, what: string): () => void {
  let database: DatabaseSync
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 })
    database = new DatabaseSync(join(home, `${what}.lock`))
  } catch (error) {
    const known = toNearsideError(error)
    if (known.code === 'NS_STORAGE_FULL') throw known
    const sentence = `The folder ${home} cannot be written; choose another one with --home.`
    throw new NearsideError('NS_HOME_UNWRITABLE', sentence, { cause: error })
  }
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    const sentence = `Nearside (${what}) already runs on ${home}; stop it first or choose another folder with --home.`
    throw new NearsideError('NS_HOME_IN_USE', sentence, { cause: error })
  }
  return () => database.close()
}
