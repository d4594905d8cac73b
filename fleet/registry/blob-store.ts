// Files named by their SHA-256: written once, never changed, found by digest. It does not know what they
// mean or who refers to them.

import { createHash } from 'node:crypto'
import { createReadStream, type ReadStream } from 'node:fs'
import { access, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { NearsideError, Sha256, toNearsideError } from '../../contract/index.ts'

interface ByteRange {
  /** First byte, and last byte inclusive. */
  readonly start: number
  readonly end: number
}

/** Makes what was written to a file or folder survive the loss of power. */
async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Files lie under `<first two digits>/<digest>`, so that no folder grows too long. */
export class BlobStore {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /**
   * Size of a blob, bytes.
   * @throws NearsideError NS_BLOB_UNKNOWN
   */
  async size(sha256: string): Promise<number> {
    try {
      return (await stat(this.#path(sha256))).size
    } catch (cause) {
      const sentence = `There is no file with the digest ${sha256} here; publish the model version again.`
      throw new NearsideError('NS_BLOB_UNKNOWN', sentence, { cause })
    }
  }

  /** Reads a blob, or a part of it. */
  read(sha256: string, range?: ByteRange): ReadStream {
    return createReadStream(this.#path(sha256), range)
  }

  /** Takes a file over by renaming it; its contents must have that digest. Durable when it resolves. */
  async adopt(file: string, sha256: string): Promise<void> {
    const path = this.#path(sha256)
    try {
      if (await exists(path)) {
        await rm(file)
        return
      }
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      await sync(file)
      await rename(file, path)
      await sync(dirname(path))
    } catch (error) {
      throw toNearsideError(error)
    }
  }

  /** True when the blob is here. */
  has(sha256: string): Promise<boolean> {
    return exists(this.#path(sha256))
  }

  /** True when a blob is here and still has its digest. */
  async isWhole(sha256: string): Promise<boolean> {
    const hash = createHash('sha256')
    try {
      for await (const piece of this.read(sha256)) hash.update(piece as Buffer)
    } catch {
      return false
    }
    return hash.digest('hex') === sha256
  }

  /** Removes a blob to which nothing refers any more; readers that have begun read on. */
  async remove(sha256: string): Promise<void> {
    await rm(this.#path(sha256), { force: true })
  }

  /** Removes every blob that is not named. */
  async keepOnly(sha256s: ReadonlySet<string>): Promise<void> {
    const folders = await readdir(this.#folder).catch(() => [])
    for (const folder of folders)
      for (const name of await readdir(join(this.#folder, folder)))
        if (!sha256s.has(name)) await rm(join(this.#folder, folder, name), { force: true })
  }

  #path(sha256: string): string {
    // The digest becomes part of a path: anything that is none must not get so far.
    if (!Sha256.safeParse(sha256).success)
      throw new NearsideError('NS_BLOB_UNKNOWN', 'A blob is named by 64 hexadecimal digits.')
    return join(this.#folder, sha256.slice(0, 2), sha256)
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false
  )
}
