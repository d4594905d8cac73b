// Encrypted scratch space for uploads and reports. The key lives in memory only, so what is left after a
// loss of power is noise. File names never reach the disk; when a file is due to go is told by retention.ts.

import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { NearsideError, toNearsideError } from '../../contract/index.ts'
import { newId } from '../../kernel/ids.ts'
import type { AuditTrail } from './audit-trail.ts'
import { KEY_BYTES, unreadable } from './chunk-cipher.ts'
import { isReadable, readSealed, wipeFile, writeSealed } from './sealed-file.ts'
import { TextSeal } from './text-seal.ts'

interface VaultOptions {
  readonly folder: string
  /** 32 random bytes that are never written to disk. */
  readonly key: Uint8Array
  readonly audit?: AuditTrail
}

export interface StoredFile {
  readonly id: string
  /** SHA-256 of the plain bytes. */
  readonly sha256: string
  /** Plain bytes. */
  readonly bytes: number
}

const SCOPE = /^[a-z0-9][a-z0-9-]{0,62}$/
const FILE_ID = /^[a-z0-9][a-z0-9-]{0,62}\.[0-9a-z]{20}$/
const WIPES_AT_ONCE = 8

/** The scratch space of one key; several processes or threads may share its folder. */
export class Vault {
  #folder: string
  #key: Uint8Array
  #texts: TextSeal
  #audit: AuditTrail | undefined
  #made: Promise<unknown> | undefined

  /** @throws NearsideError NS_KEY_INVALID when the key has not 32 bytes */
  constructor({ folder, key, audit }: VaultOptions) {
    if (key.length !== KEY_BYTES)
      throw new NearsideError('NS_KEY_INVALID', 'The key of the vault must have 32 bytes.')
    this.#folder = folder
    this.#key = key
    this.#texts = new TextSeal(key)
    this.#audit = audit
  }

  /**
   * Takes a stream in, encrypted. On any failure nothing is left behind.
   * @param scope who owns it, for example a job id; wipeAll works by it
   * @throws NearsideError NS_INPUT_TOO_LARGE as soon as the limit is passed, NS_STORAGE_FULL
   */
  async intake(
    scope: string,
    source: AsyncIterable<Uint8Array>,
    limitBytes: number
  ): Promise<StoredFile> {
    if (!SCOPE.test(scope))
      throw new NearsideError('NS_INTERNAL', `The vault takes no scope named ${scope}.`)
    const id = `${scope}.${newId()}`
    const path = join(this.#folder, id)
    try {
      this.#made ??= mkdir(this.#folder, { recursive: true, mode: 0o700 })
      await this.#made
      const digest = await writeSealed(`${path}.tmp`, source, { key: this.#key, limitBytes })
      await rename(`${path}.tmp`, path)
      return { id, ...digest }
    } catch (error) {
      this.#made = undefined
      await rm(`${path}.tmp`, { force: true })
      throw toNearsideError(error)
    }
  }

  /** Writes into the audit trail what a scope was given: one entry for all its files, not one a file. */
  noteIntake(scope: string, files: number, bytes: number): void {
    const what = files === 1 ? '1 file' : `${files} files`
    this.#audit?.record('intake', scope, `${what} of ${bytes} bytes taken in, encrypted.`)
  }

  /** Takes bytes in that are in memory already, for example a report. */
  put(scope: string, data: Uint8Array): Promise<StoredFile> {
    return this.intake(scope, Readable.from([data]), data.length)
  }

  /** The plain bytes as a stream; it throws or fails with NS_JOB_INPUTS_GONE when they cannot be read. */
  open(id: string): Readable {
    return Readable.from(readSealed(this.#path(id), this.#key), { objectMode: false })
  }

  /** The plain bytes at once. */
  async read(id: string): Promise<Buffer> {
    return Buffer.concat(await Array.fromAsync(readSealed(this.#path(id), this.#key)))
  }

  /** Wipes one file for good; true when it existed. */
  async wipe(id: string): Promise<boolean> {
    const gone = await wipeFile(this.#path(id))
    if (gone) this.#audit?.record('wipe', scopeOf(id), '1 file wiped.')
    return gone
  }

  /** Wipes every file of a scope and returns how many there were. */
  async wipeAll(scope: string): Promise<number> {
    const ids = (await this.#list()).filter((id) => scopeOf(id) === scope)
    const rest = [...ids]
    const wipeRest = async (): Promise<void> => {
      for (let id = rest.pop(); id !== undefined; id = rest.pop()) await wipeFile(this.#path(id))
    }
    await Promise.all(Array.from({ length: WIPES_AT_ONCE }, wipeRest))
    if (ids.length > 0) this.#audit?.record('wipe', scope, `${ids.length} files wiped.`)
    return ids.length
  }

  /** Deletes what this key cannot read and what was left half-written; returns how many files went. */
  async purgeForeign(): Promise<number> {
    let gone = 0
    for (const name of await this.#names()) {
      if (FILE_ID.test(name) && (await isReadable(this.#path(name), this.#key))) continue
      if (await wipeFile(join(this.#folder, name))) gone += 1
    }
    if (gone > 0) this.#audit?.record('wipe', 'vault', `${gone} unreadable files removed.`)
    return gone
  }

  /** Scopes that hold files now. */
  async scopes(): Promise<Set<string>> {
    return new Set((await this.#list()).map(scopeOf))
  }

  /** How much lies here, encrypted size in bytes. */
  async stats(): Promise<{ items: number; bytes: number }> {
    const ids = await this.#list()
    const sizes = await Promise.all(ids.map((id) => stat(this.#path(id)).catch(() => undefined)))
    return { items: ids.length, bytes: sizes.reduce((sum, known) => sum + (known?.size ?? 0), 0) }
  }

  /** Makes a text unreadable without this key: for names and results that lie in the database. */
  seal(text: string): Uint8Array {
    return this.#texts.seal(text)
  }

  /**
   * The text again.
   * @throws NearsideError NS_JOB_INPUTS_GONE when it was sealed under another key
   */
  unseal(sealed: Uint8Array): string {
    return this.#texts.unseal(sealed)
  }

  #path(id: string): string {
    if (!FILE_ID.test(id)) throw unreadable()
    return join(this.#folder, id)
  }

  async #names(): Promise<string[]> {
    return readdir(this.#folder).catch(() => [])
  }

  async #list(): Promise<string[]> {
    return (await this.#names()).filter((name) => FILE_ID.test(name))
  }
}

function scopeOf(id: string): string {
  return id.split('.', 1)[0] ?? id
}
