// SHA-256 of a file of any size, read in pieces so that the asker's loop stays free.

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'

/** @returns 64 hexadecimal digits, or null when the file cannot be read */
export async function fileDigest(path: string): Promise<string | null> {
  const hash = createHash('sha256')
  try {
    await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash)
  } catch {
    return null
  }
  return hash.digest('hex')
}
