// Unpacks a ZIP archive into memory, one file at a time. Names that climb, absolute names and links end it; sizes
// are counted while unpacking, because what an archive states about itself may be a lie. Nothing touches the disk.

import { crc32 } from 'node:zlib'
import type { openPromise } from 'yauzl'
import { NearsideError } from '../../contract/errors.ts'

export interface UnpackedFile {
  readonly name: string
  readonly bytes: Uint8Array
}

export interface ZipLimits {
  /** Bytes of all files together; 1 GiB. */
  readonly totalBytes: number
  /** Bytes of one file; 64 MiB. A larger one comes out cut to one byte more, for the reader to refuse. */
  readonly fileBytes: number
  /** Unpacked to packed size of one file; 200. Text packs 3 to 10 times, a bomb 1,000 times. */
  readonly ratio: number
  readonly files: number
}

const MIB = 1024 * 1024
const DEFAULT_LIMITS: ZipLimits = {
  totalBytes: 1024 * MIB,
  fileBytes: 64 * MIB,
  ratio: 200,
  files: 100_000
}
/** Small files may pack as well as they like. */
const RATIO_FROM_BYTES = MIB
const LINK = 0o120000
const TYPE_MASK = 0o170000

type ZipFile = Awaited<ReturnType<typeof openPromise>>
type Entry = ZipFile extends { eachEntry(): AsyncIterable<infer E> } ? E : never

/** The files of an archive in its order. @throws NearsideError NS_ARCHIVE_*, NS_INPUT_PATH */
export async function* unpackZip(
  source: { readonly name: string } & ({ readonly path: string } | { readonly bytes: Uint8Array }),
  limits: Partial<ZipLimits> = {}
): AsyncGenerator<UnpackedFile, void, void> {
  const bounds = { ...DEFAULT_LIMITS, ...limits }
  const { name } = source
  const zip = await opened(source)
  let room = bounds.totalBytes
  try {
    if (zip.entryCount > bounds.files) throw bomb(name, `holds more than ${bounds.files} files`)
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/')) continue
      checkEntry(entry, name)
      if (isHidden(entry.fileName)) continue
      const bytes = await unpackEntry(zip, entry, { ...bounds, totalBytes: room, name })
      room -= bytes.length
      yield { name: entry.fileName, bytes }
    }
  } catch (error) {
    throw error instanceof NearsideError ? error : archiveError(error, name)
  } finally {
    zip.close()
  }
}

/** Opens from disk or memory with the same checks. */
async function opened(
  source: { readonly name: string } & ({ readonly path: string } | { readonly bytes: Uint8Array })
): Promise<ZipFile> {
  const yauzl = await import('yauzl')
  const options = { autoClose: false, strictFileNames: false }
  try {
    return 'path' in source
      ? await yauzl.openPromise(source.path, options)
      : await yauzl.fromBufferPromise(Buffer.from(source.bytes), options)
  } catch (error) {
    throw archiveError(error, source.name)
  }
}

/** Names in the archive that no honest program writes. */
function checkEntry(entry: Entry, archive: string): void {
  const { fileName } = entry
  const climbs = fileName.split(/[\\/]/).includes('..')
  if (climbs || /^(?:[\\/]|[A-Za-z]:)/.test(fileName) || fileName.includes('\0'))
    throw pathError(archive)
  const isUnix = entry.versionMadeBy >> 8 === 3
  if (isUnix && ((entry.externalFileAttributes >>> 16) & TYPE_MASK) === LINK)
    throw pathError(archive)
  if (entry.isEncrypted()) {
    throw new NearsideError(
      'NS_ARCHIVE_INVALID',
      `${archive} is protected by a password; unpack it first and give the files.`
    )
  }
}

const isHidden = (name: string): boolean =>
  name.split('/').some((part) => part.startsWith('.') || part === '__MACOSX')

interface EntryBounds extends ZipLimits {
  readonly name: string
}

/** Counts while unpacking and stops at the first bound that is passed. */
async function unpackEntry(zip: ZipFile, entry: Entry, bounds: EntryBounds): Promise<Uint8Array> {
  const stream = await zip.openReadStreamPromise(entry)
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stream) {
    chunks.push(chunk as Buffer)
    length += (chunk as Buffer).length
    if (length > bounds.totalBytes) throw bomb(bounds.name, 'unpacks to more than 1 GiB')
    if (length > RATIO_FROM_BYTES && length > bounds.ratio * entry.compressedSize) {
      throw bomb(bounds.name, `unpacks to more than ${bounds.ratio} times its size`)
    }
    if (length > bounds.fileBytes) break
  }
  stream.destroy()
  const bytes = Buffer.concat(chunks)
  const isWhole = length <= bounds.fileBytes
  if (isWhole && crc32(bytes) !== entry.crc32) throw archiveError(undefined, bounds.name)
  return bytes.subarray(0, bounds.fileBytes + 1)
}

const bomb = (name: string, what: string): NearsideError =>
  new NearsideError(
    'NS_ARCHIVE_BOMB',
    `${name} ${what}; unpack it yourself and give the files you need.`
  )

const pathError = (name: string): NearsideError =>
  new NearsideError(
    'NS_INPUT_PATH',
    `${name} holds a link or a name that climbs out of its folder; pack the files anew.`
  )

/** yauzl checks names and sizes too, and says so in words only. */
function archiveError(error: unknown, name: string): NearsideError {
  const reason = error instanceof Error ? error.message : ''
  if (/absolute path|invalid relative path|invalid characters in fileName/.test(reason))
    return pathError(name)
  if (/too many bytes in the stream/.test(reason)) return bomb(name, 'lies about its size')
  if ((error as { code?: unknown } | null)?.code === 'ENOENT') {
    return new NearsideError('NS_INPUT_NOT_FOUND', `${name} does not exist; check its name.`)
  }
  return new NearsideError(
    'NS_ARCHIVE_INVALID',
    `${name} is a damaged archive; pack it again and try again.`,
    { cause: error }
  )
}
