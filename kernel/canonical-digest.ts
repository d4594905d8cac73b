// One text, and one digest, for equal values whatever the order of their properties.

import { createHash } from 'node:crypto'

/**
 * Writes a JSON value with its properties sorted.
 * @public
 */
export function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join()}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  const parts = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, part]) => `${JSON.stringify(name)}:${canonicalText(part)}`)
  return `{${parts.join()}}`
}

/**
 * SHA-256 of that text: 64 hexadecimal digits.
 * @public
 */
export function canonicalDigest(value: unknown): string {
  return createHash('sha256').update(canonicalText(value)).digest('hex')
}
