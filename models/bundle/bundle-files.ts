// What lies in a bundle's folder: the list of its files, and their digests. Symbolic links and anything
// that is no plain file are refused, because a link could name a file outside the bundle.

import { createHash } from 'node:crypto'
import { createReadStream, type Dirent } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { BundlePath, type ErrorCode, NearsideError, toNearsideError } from '../../contract/index.ts'

export interface FileDigest {
  readonly path: string
  readonly sha256: string
  readonly sizeBytes: number
}

/** More files than any bundle has: a folder given by mistake is refused before it is read through. */
const MAX_FILES = 1000

/** Refuses a bundle with a sentence that opens with the name of the file that is wrong. */
export function refuseFile(path: string, what: string, code: ErrorCode = 'NS_BUNDLE_INVALID') {
  return new NearsideError(code, `${path}: ${what}`, { details: { file: path } })
}

async function entriesOf(folder: string, inside: string): Promise<Dirent[]> {
  try {
    return await readdir(join(folder, inside), { withFileTypes: true })
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw toNearsideError(cause)
    const sentence = `${folder} is no folder; give the folder of a model bundle.`
    throw new NearsideError('NS_BUNDLE_INVALID', sentence, { cause })
  }
}

/** Paths of all files under a bundle's folder, relative, sorted. */
export async function listBundleFiles(folder: string): Promise<string[]> {
  const files: string[] = []
  const waiting = ['']
  for (let inside = waiting.pop(); inside !== undefined; inside = waiting.pop()) {
    for (const entry of await entriesOf(folder, inside)) {
      const path = inside ? `${inside}/${entry.name}` : entry.name
      if (entry.isDirectory()) waiting.push(path)
      else if (!entry.isFile())
        throw refuseFile(path, 'is a link or no plain file; put the file itself into the bundle.')
      else if (!BundlePath.safeParse(path).success)
        throw refuseFile(path, 'has a name that a bundle cannot hold; rename or remove it.')
      else if (files.push(path) > MAX_FILES)
        throw new NearsideError('NS_BUNDLE_INVALID', `${folder} holds too many files for a bundle.`)
    }
  }
  return files.sort()
}

/** Reads a small file of a bundle whole. */
export async function readBundleFile(
  folder: string,
  path: string,
  maxBytes: number
): Promise<Buffer> {
  try {
    const { size } = await stat(join(folder, path))
    if (size > maxBytes)
      throw refuseFile(path, `is larger than ${maxBytes} bytes; install the bundle again.`)
    return await readFile(join(folder, path))
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw refuseFile(path, 'is missing; install the bundle again.')
    throw toNearsideError(error)
  }
}

/** SHA-256 and size of a file, read in stretches so that a large model does not fill the memory. */
export async function digestFile(folder: string, path: string): Promise<FileDigest> {
  const hash = createHash('sha256')
  let sizeBytes = 0
  await pipeline(createReadStream(join(folder, path)), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      sizeBytes += chunk.byteLength
      hash.update(chunk)
    }
  })
  return { path, sha256: hash.digest('hex'), sizeBytes }
}
