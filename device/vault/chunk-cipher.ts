// The file format of the vault: AES-256-GCM in chunks of 64 KiB, after the STREAM construction (Hoang,
// Reyhanitabar, Rogaway, Vizár 2015): the nonce is the chunk number and a flag for the last chunk, so that
// chunks cannot be swapped and a cut file is found out. Each file has its own key, derived from its salt.

import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { NearsideError } from '../../contract/index.ts'

/** Plain bytes of a chunk. */
export const CHUNK_BYTES = 64 * 1024
export const TAG_BYTES = 16
export const KEY_BYTES = 32
const MAGIC = Buffer.from('NSV1')
const SALT_BYTES = 16
/** Magic and salt. */
export const HEADER_BYTES = MAGIC.length + SALT_BYTES

/** Where the salt lies: without it the file can never be read again. */
export const SALT_RANGE = { offset: MAGIC.length, length: SALT_BYTES } as const

const CIPHER = 'aes-256-gcm'

/** The cipher of one file: its header and its key. */
export class ChunkCipher {
  readonly header: Buffer
  #key: Buffer

  constructor(master: Uint8Array, header?: Uint8Array) {
    this.header = header ? Buffer.from(header) : Buffer.concat([MAGIC, randomBytes(SALT_BYTES)])
    const salt = this.header.subarray(MAGIC.length, HEADER_BYTES)
    if (this.header.length !== HEADER_BYTES || !this.header.subarray(0, MAGIC.length).equals(MAGIC))
      throw unreadable()
    this.#key = Buffer.from(hkdfSync('sha256', master, salt, 'nearside vault', KEY_BYTES))
  }

  /** Encrypts chunk number `index`; the result is TAG_BYTES longer. */
  seal(plain: Uint8Array, index: number, isLast: boolean): Buffer {
    const cipher = createCipheriv(CIPHER, this.#key, nonce(index, isLast))
    return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
  }

  /**
   * Decrypts and checks one chunk.
   * @throws NearsideError NS_JOB_INPUTS_GONE when it was written under another key or has been changed
   */
  open(sealed: Uint8Array, index: number, isLast: boolean): Buffer {
    if (sealed.length < TAG_BYTES) throw unreadable()
    const tagAt = sealed.length - TAG_BYTES
    const decipher = createDecipheriv(CIPHER, this.#key, nonce(index, isLast))
    decipher.setAuthTag(sealed.subarray(tagAt))
    try {
      return Buffer.concat([decipher.update(sealed.subarray(0, tagAt)), decipher.final()])
    } catch (error) {
      throw unreadable(error)
    }
  }
}

function nonce(index: number, isLast: boolean): Buffer {
  const bytes = Buffer.alloc(12)
  bytes.writeBigUInt64BE(BigInt(index), 3)
  bytes[11] = isLast ? 1 : 0
  return bytes
}

/** The error for everything that cannot be read any more, whatever the reason. */
export function unreadable(cause?: unknown): NearsideError {
  const sentence =
    'The stored file can no longer be read: its key went when the device stopped; upload it again.'
  return new NearsideError('NS_JOB_INPUTS_GONE', sentence, { cause })
}
