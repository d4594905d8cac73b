// Cuts a text into blocks that no sentence crosses: paragraphs, headings, list items. A line break inside
// a block is a wrapped line. Only offsets are made; the text is never changed.

export interface Span {
  /** UTF-16 code units from the start of the text. */
  readonly start: number
  /** Exclusive. */
  readonly end: number
}

interface Line extends Span {
  readonly text: string
}

const LIST_ITEM = /^\s*(?:[-*•‣◦–+]\s+|\(?\d{1,3}[.)]\s+|\(?[a-z][.)]\s+|\(?[ivx]{1,5}[.)]\s+)/
const MARKED_HEADING = /^#{1,6}\s/
const NUMBERED_HEADING = /^\s*\d+(?:\.\d+)*\.?\s+\p{Lu}/u
const ENDS_SENTENCE = /[.!?…:;,。！？]["'”’»)\]]*$/
const RULE = /^\s*(?:[-=_*#~]{3,}|\|[-:|\s]+\|)\s*$/

/** A line shorter than this share of the widest line of its paragraph was not broken by wrapping. */
const WRAP_SHARE = 0.6
const LONGEST_HEADING = 90

/** The blocks of a text in reading order. */
export function textBlocks(text: string): Span[] {
  const blocks: Span[] = []
  let paragraph: Line[] = []
  for (const line of linesOf(text)) {
    if (line.text.trim() === '' || RULE.test(line.text)) {
      closeParagraph(paragraph, blocks)
      paragraph = []
    } else paragraph.push(line)
  }
  closeParagraph(paragraph, blocks)
  return blocks
}

/** Lines with their places; every kind of line end counts. */
function linesOf(text: string): Line[] {
  const lines: Line[] = []
  // A form feed and U+2028/9 end a line too: extracted PDF text has them.
  const breaks = /\r\n|[\n\r\f\v\u0085\u2028\u2029]/g
  let start = 0
  for (const found of text.matchAll(breaks)) {
    lines.push({ start, end: found.index, text: text.slice(start, found.index) })
    start = found.index + found[0].length
  }
  lines.push({ start, end: text.length, text: text.slice(start) })
  return lines
}

/** Cuts a paragraph at its hard breaks. */
function closeParagraph(lines: readonly Line[], blocks: Span[]): void {
  const [first] = lines
  if (!first) return
  const widest = Math.max(...lines.slice(0, 200).map((line) => line.text.trimEnd().length))
  let start = first.start + markLength(first.text)
  for (let i = 0; i + 1 < lines.length; i += 1) {
    const line = lines[i]
    const next = lines[i + 1]
    if (!line || !next || !isHardBreak(line.text, next.text, widest)) continue
    blocks.push({ start, end: line.end })
    start = next.start + markLength(next.text)
  }
  blocks.push({ start, end: lines.at(-1)?.end ?? first.end })
}

/** Length of a bullet or heading mark, which is no part of the sentence; numbers are, they carry order. */
const markLength = (line: string): number =>
  /^\s*(?:[-*•‣◦–+]|#{1,6})\s+/.exec(line)?.[0].length ?? 0

/** True when the break was made by a writer, false when a line was only wrapped. */
function isHardBreak(line: string, next: string, widest: number): boolean {
  if (LIST_ITEM.test(next)) return true
  const text = line.trim()
  const opens = next.trimStart()
  if (/^\p{Ll}/u.test(opens)) return false
  if (MARKED_HEADING.test(text) || MARKED_HEADING.test(opens)) return true
  if (isHeading(text) && text.length < widest) return true
  if (ENDS_SENTENCE.test(text)) return false
  return line.trimEnd().length < WRAP_SHARE * widest && /^[\p{Lu}\p{N}"“'‘([]/u.test(opens)
}

/** Numbered, or all capitals; a heading of ordinary words is told by its short line. */
function isHeading(text: string): boolean {
  if (text.length > LONGEST_HEADING || /[.!?…;,]$/.test(text)) return false
  if (NUMBERED_HEADING.test(text)) return true
  const letters = text.replace(/[^\p{L}]/gu, '')
  return (
    letters.length >= 4 && letters === letters.toUpperCase() && letters !== letters.toLowerCase()
  )
}
