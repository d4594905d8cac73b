// One encrypted file: written from a stream, read back chunk by chunk, wiped. Which files there are and whose
// they are is the vault's matter.

import { createHash } from 'node:crypto'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { NearsideError, toNearsideError } from '../../contract/index.ts'
import {
  CHUNK_BYTES,
  ChunkCipher,
  HEADER_BYTES,
  SALT_RANGE,
  TAG_BYTES,
  unreadable
} from './chunk-cipher.ts'

const SEALED_CHUNK = CHUNK_BYTES + TAG_BYTES
const WRITE_CHUNKS = 8 // written at once; one call for most documents

/**
 * Writes the encrypted file. It is not synced: after a loss of power the key is gone, and with it the file,
 * synced or not; after a crash of the process the operating system still has it.
 * @throws NearsideError NS_INPUT_TOO_LARGE as soon as the limit is passed; the file is the caller's to remove
 */
export async function writeSealed(
  path: string,
  source: AsyncIterable<Uint8Array>,
  { key, limitBytes }: { readonly key: Uint8Array; readonly limitBytes: number }
): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256')
  const cipher = new ChunkCipher(key)
  let bytes = 0
  let index = 0
  let rest: Buffer = Buffer.alloc(0)
  let sealed: Buffer[] = [cipher.header]
  const handle = await open(path, 'wx', 0o600)
  try {
    for await (const piece of source) {
      bytes += piece.length
      if (bytes > limitBytes) throw tooLarge(limitBytes)
      hash.update(piece)
      rest = rest.length === 0 ? Buffer.from(piece) : Buffer.concat([rest, piece])
      // One chunk stays back: only at the end is it known which one is the last.
      for (; rest.length > CHUNK_BYTES; rest = rest.subarray(CHUNK_BYTES)) {
        sealed.push(cipher.seal(rest.subarray(0, CHUNK_BYTES), index++, false))
        if (sealed.length < WRITE_CHUNKS) continue
        await handle.writeFile(Buffer.concat(sealed))
        sealed = []
      }
    }
    sealed.push(cipher.seal(rest, index, true))
    await handle.writeFile(Buffer.concat(sealed))
  } finally {
    await handle.close()
  }
  return { sha256: hash.digest('hex'), bytes }
}

/** The plain bytes; NS_JOB_INPUTS_GONE when they cannot be read with this key. */
export async function* readSealed(
  path: string,
  key: Uint8Array
): AsyncGenerator<Buffer, void, void> {
  const handle = await openSealed(path)
  try {
    const { cipher, chunks, lastBytes } = await readHeader(handle, key)
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

/** Whether this key opens the first chunk. */
export async function isReadable(path: string, key: Uint8Array): Promise<boolean> {
  try {
    const handle = await openSealed(path)
    try {
      const { cipher, chunks, lastBytes } = await readHeader(handle, key)
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

async function openSealed(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') throw unreadable(error)
    throw toNearsideError(error)
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
export async function wipeFile(path: string): Promise<boolean> {
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

function tooLarge(limitBytes: number): NearsideError {
  const limit = `${Math.round(limitBytes / 1024 / 1024)} MiB`
  const shown = limitBytes < 1024 * 1024 ? `${limitBytes} bytes` : limit
  return new NearsideError(
    'NS_INPUT_TOO_LARGE',
    `The file is larger than ${shown}; split it or leave parts out.`,
    { details: { limitBytes } }
  )
}
