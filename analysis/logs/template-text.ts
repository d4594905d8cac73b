// Writes a template as text with `<*>`, names it by a hash of that text, and takes the variable parts out
// of a message that it covers.

import { MARK, WEAK_MARK } from './mask-word.ts'

export const VARIABLE = '<*>'

/** The template as text: one space where the message had any, one `<*>` for each variable. */
export function templateText(tokens: readonly string[], glued: readonly boolean[]): string {
  let text = ''
  for (let i = 0; i < tokens.length; i++) text += (i === 0 || glued[i] ? '' : ' ') + tokens[i]
  return text.replaceAll(MARK, VARIABLE).replaceAll(WEAK_MARK, VARIABLE)
}

/** A short id that depends on the text alone, so that it is the same on every device. */
export function templateId(text: string): string {
  let high = 0x811c9dc5
  let low = 0x9e3779b9
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    high = Math.imul(high ^ c, 0x01000193)
    low = Math.imul(low ^ c, 0x85ebca6b)
    low ^= low >>> 13
  }
  return `e${((high >>> 0) * 0x100000 + (low >>> 12)).toString(36)}`
}

/**
 * The texts that stand for each `<*>` of the template, in order; spaces between words do not matter.
 * @public
 */
export function templateParams(template: string, text: string, from = 0): string[] {
  const pieces = piecesOf(template)
  if (pieces.length === 1) return []
  const places: number[] = []
  let compact = ''
  for (let i = from; i < text.length; i++) {
    if (text.charCodeAt(i) <= 32) continue
    places.push(i)
    compact += text[i]
  }
  const params: string[] = []
  let at = pieces[0]?.length ?? 0
  for (let p = 1; p < pieces.length; p++) {
    const piece = pieces[p] ?? ''
    const last = p === pieces.length - 1
    const end = last ? Math.max(at, compact.length - piece.length) : nextPiece(compact, piece, at)
    params.push(end > at ? text.slice(places[at] ?? 0, (places[end - 1] ?? 0) + 1) : '')
    at = end + piece.length
  }
  return params
}

/** Constant pieces of the templates met last; a log uses the same few over and over. */
const PIECES = new Map<string, readonly string[]>()
const MOST_PIECES = 10_000

function piecesOf(template: string): readonly string[] {
  const known = PIECES.get(template)
  if (known) return known
  if (PIECES.size >= MOST_PIECES) PIECES.clear()
  const pieces = template.split(VARIABLE).map((piece) => piece.replace(/\s+/g, ''))
  PIECES.set(template, pieces)
  return pieces
}

/** Where the constant piece continues; a variable holds at least one character unless nothing else fits. */
function nextPiece(compact: string, piece: string, at: number): number {
  if (piece === '') return Math.min(at + 1, compact.length)
  const found = compact.indexOf(piece, at + 1)
  if (found < 0) return compact.startsWith(piece, at) ? at : compact.length
  return compact.startsWith(piece, at) && /^[)\]"']/.test(piece) ? at : found
}
