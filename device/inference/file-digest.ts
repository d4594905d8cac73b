// SHA-256 of a file of any size, read in pieces so that the asker's loop stays free.

import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'

const PIECE_BYTES = 1 << 20

/** @returns 64 hexadecimal digits, or null when the file cannot be read */
export async function fileDigest(path: string): Promise<string | null> {
  const hash = createHash('sha256')
  // One piece of memory for all: what a stream leaves behind of a file of 200 MB stays with the process.
  const piece = Buffer.allocUnsafeSlow(PIECE_BYTES)
  try {
    await using file = await open(path)
    for (;;) {
      const { bytesRead } = await file.read(piece, 0, PIECE_BYTES, null)
      if (bytesRead === 0) return hash.digest('hex')
      hash.update(piece.subarray(0, bytesRead))
    }
  } catch {
    return null
  }
}
