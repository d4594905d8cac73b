// Seals short texts: file names and results that lie in the database. One key for all of them, derived once
// from the vault's, and a random nonce a text (NIST SP 800-38D allows 2^32 of those to a key); a key of its own
// a text, as files have, costs 50 µs each, and a job has thousands.

import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes
} from 'node:crypto'
import { KEY_BYTES, TAG_BYTES, unreadable } from './chunk-cipher.ts'

const CIPHER = 'aes-256-gcm'
const NONCE_BYTES = 12

export class TextSeal {
  #key: KeyObject

  /** @param master the key of the vault, 32 bytes */
  constructor(master: Uint8Array) {
    const derived = hkdfSync('sha256', master, new Uint8Array(), 'nearside texts', KEY_BYTES)
    this.#key = createSecretKey(Buffer.from(derived))
  }

  /** Nonce, encrypted text, tag. */
  seal(text: string): Uint8Array {
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv(CIPHER, this.#key, nonce)
    return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
  }

  /** @throws NearsideError NS_JOB_INPUTS_GONE when it was sealed under another key or has been changed */
  unseal(sealed: Uint8Array): string {
    if (sealed.length < NONCE_BYTES + TAG_BYTES) throw unreadable()
    const tagAt = sealed.length - TAG_BYTES
    const decipher = createDecipheriv(CIPHER, this.#key, sealed.subarray(0, NONCE_BYTES))
    decipher.setAuthTag(sealed.subarray(tagAt))
    try {
      return (
        decipher.update(sealed.subarray(NONCE_BYTES, tagAt), undefined, 'utf8') +
        decipher.final('utf8')
      )
    } catch (error) {
      throw unreadable(error)
    }
  }
}
