// Ids and tokens: random, printable, safe in file names, topics and URLs.

import { randomBytes } from 'node:crypto'

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz' // Crockford's base 32, lower case: no i, l, o, u

function base32(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += ALPHABET[byte & 31]
  return text
}

/**
 * A 20-character id that sorts by time: 9 characters of milliseconds, 11 random ones (55 bits).
 * @public
 */
export function newId(nowMs: number = Date.now()): string {
  let time = ''
  for (let rest = nowMs, digit = 0; digit < 9; digit += 1, rest = Math.floor(rest / 32)) {
    time = `${ALPHABET[rest % 32]}${time}`
  }
  return time + base32(randomBytes(11))
}

/**
 * A secret of 160 bits, for one-time tokens.
 * @public
 */
export function newToken(): string {
  return base32(randomBytes(32))
}
