// Encrypted scratch space for uploads and reports. The key lives in memory only, so what is left after a
// loss of power is noise. File names never reach the disk; when a file is due to go is told by retention.ts.

import { createHash } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { NearsideError, toNearsideError } from '../../contract/index.ts'
import { newId } from '../../kernel/ids.ts'
import type { AuditTrail } from './audit-trail.ts'
import {
  CHUNK_BYTES,
  ChunkCipher,
  HEADER_BYTES,
  KEY_BYTES,
  SALT_RANGE,
  TAG_BYTES,
  unreadable
} from './chunk-cipher.ts'

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
const SEALED_CHUNK = CHUNK_BYTES + TAG_BYTES

export class Vault {
  #folder: string
  #key: Uint8Array
  #audit: AuditTrail | undefined

  /** @throws NearsideError NS_KEY_INVALID when the key has not 32 bytes */
  constructor({ folder, key, audit }: VaultOptions) {
    if (key.length !== KEY_BYTES)
      throw new NearsideError('NS_KEY_INVALID', 'The key of the vault must have 32 bytes.')
    this.#folder = folder
    this.#key = key
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
      await mkdir(this.#folder, { recursive: true, mode: 0o700 })
      const digest = await this.#writeFile(`${path}.tmp`, source, limitBytes)
      await rename(`${path}.tmp`, path)
      this.#audit?.record('intake', scope, `${digest.bytes} bytes taken in, encrypted.`)
      return { id, ...digest }
    } catch (error) {
      await rm(`${path}.tmp`, { force: true })
      throw toNearsideError(error)
    }
  }

  /** Takes bytes in that are in memory already, for example a report. */
  put(scope: string, data: Uint8Array): Promise<StoredFile> {
    return this.intake(scope, Readable.from([data]), data.length)
  }

  /** The plain bytes as a stream; it fails with NS_JOB_INPUTS_GONE when they cannot be read. */
  open(id: string): Readable {
    return Readable.from(this.#chunks(id), { objectMode: false })
  }

  /** The plain bytes at once. */
  async read(id: string): Promise<Buffer> {
    return Buffer.concat(await Array.fromAsync(this.#chunks(id)))
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
    for (const id of ids) await wipeFile(this.#path(id))
    if (ids.length > 0) this.#audit?.record('wipe', scope, `${ids.length} files wiped.`)
    return ids.length
  }

  /** Deletes what this key cannot read and what was left half-written; returns how many files went. */
  async purgeForeign(): Promise<number> {
    let gone = 0
    for (const name of await this.#names()) {
      if (FILE_ID.test(name) && (await this.#isReadable(name))) continue
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
    const cipher = new ChunkCipher(this.#key)
    return Buffer.concat([cipher.header, cipher.seal(Buffer.from(text, 'utf8'), 0, true)])
  }

  /**
   * The text again.
   * @throws NearsideError NS_JOB_INPUTS_GONE when it was sealed under another key
   */
  unseal(sealed: Uint8Array): string {
    const cipher = new ChunkCipher(this.#key, sealed.subarray(0, HEADER_BYTES))
    return cipher.open(sealed.subarray(HEADER_BYTES), 0, true).toString('utf8')
  }

  async #writeFile(
    path: string,
    source: AsyncIterable<Uint8Array>,
    limitBytes: number
  ): Promise<{ sha256: string; bytes: number }> {
    const hash = createHash('sha256')
    const cipher = new ChunkCipher(this.#key)
    let bytes = 0
    let index = 0
    let rest = Buffer.alloc(0)
    const handle = await open(path, 'wx', 0o600)
    try {
      await handle.writeFile(cipher.header)
      for await (const piece of source) {
        bytes += piece.length
        if (bytes > limitBytes) throw tooLarge(limitBytes)
        hash.update(piece)
        rest = rest.length === 0 ? Buffer.from(piece) : Buffer.concat([rest, piece])
        // One chunk stays back: only at the end is it known which one is the last.
        for (; rest.length > CHUNK_BYTES; rest = rest.subarray(CHUNK_BYTES)) {
          await handle.writeFile(cipher.seal(rest.subarray(0, CHUNK_BYTES), index++, false))
        }
      }
      await handle.writeFile(cipher.seal(rest, index, true))
      await handle.datasync()
    } finally {
      await handle.close()
    }
    return { sha256: hash.digest('hex'), bytes }
  }

  async *#chunks(id: string): AsyncGenerator<Buffer, void, void> {
    const handle = await this.#openFile(id)
    try {
      const { cipher, chunks, lastBytes } = await readHeader(handle, this.#key)
      for (let index = 0; index < chunks; index += 1) {
        const isLast = index === chunks - 1
        const sealed = Buffer.alloc(isLast ? lastBytes : SEALED_CHUNK)
        await handle.read(sealed, 0, sealed.length, HEADER_BYTES + index * SEALED_CHUNK)
        const plain = cipher.open(sealed, index, isLast)
        if (plain.length > 0) yield plain
      }
    } finally {
      await handle.close()
    }
  }

  async #isReadable(id: string): Promise<boolean> {
    try {
      const handle = await this.#openFile(id)
      try {
        const { cipher, chunks, lastBytes } = await readHeader(handle, this.#key)
        const sealed = Buffer.alloc(chunks === 1 ? lastBytes : SEALED_CHUNK)
        await handle.read(sealed, 0, sealed.length, HEADER_BYTES)
        cipher.open(sealed, 0, chunks === 1)
        return true
      } finally {
        await handle.close()
      }
    } catch {
      return false
    }
  }

  async #openFile(id: string): Promise<FileHandle> {
    try {
      return await open(this.#path(id), 'r')
    } catch (error) {
      if ((error as { code?: string }).code === 'ENOENT') throw unreadable(error)
      throw toNearsideError(error)
    }
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

async function readHeader(
  handle: FileHandle,
  key: Uint8Array
): Promise<{ cipher: ChunkCipher; chunks: number; lastBytes: number }> {
  const header = Buffer.alloc(HEADER_BYTES)
  await handle.read(header, 0, HEADER_BYTES, 0)
  const body = (await handle.stat()).size - HEADER_BYTES
  if (body < TAG_BYTES) throw unreadable()
  const chunks = Math.ceil(body / SEALED_CHUNK)
  return {
    cipher: new ChunkCipher(key, header),
    chunks,
    lastBytes: body - (chunks - 1) * SEALED_CHUNK
  }
}

/** Overwrites the salt before the file goes, so that a copy of its blocks stays noise even with the key. */
async function wipeFile(path: string): Promise<boolean> {
  try {
    const handle = await open(path, 'r+')
    try {
      await handle.write(Buffer.alloc(SALT_RANGE.length), 0, SALT_RANGE.length, SALT_RANGE.offset)
      await handle.datasync()
    } finally {
      await handle.close()
    }
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return false
    // A full or read-only disk must not keep the file from being deleted where that still works.
  }
  await rm(path, { force: true })
  return true
}

function scopeOf(id: string): string {
  return id.split('.', 1)[0] ?? id
}

function tooLarge(limitBytes: number): NearsideError {
  const limit = `${Math.round(limitBytes / 1024 / 1024)} MiB`
  const shown = limitBytes < 1024 * 1024 ? `${limitBytes} bytes` : limit
  return new NearsideError(
    'NS_INPUT_TOO_LARGE',
    `The file is larger than ${shown}; split it or leave parts out.`,
    { details: { limitBytes } }
  )
}
