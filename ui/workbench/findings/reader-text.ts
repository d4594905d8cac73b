// Cuts the text of a document into paragraphs and these into sentences, so that any sentence can be lit.
// Offsets are those of the report: UTF-16 code units of the extracted text. Pure.

interface Span {
  readonly start: number
  readonly end: number
}

export interface Piece {
  readonly text: string
  /** Number of the sentence it belongs to; -1 between sentences. */
  readonly sentence: number
}

export interface Paragraph {
  readonly pieces: readonly Piece[]
  /** First sentence that starts in it; -1 for none. */
  readonly first: number
  /** A line of a list or table, set close to the one before. */
  readonly close: boolean
}

const ITEM = /^\s*(?:[-*•|#>]|\d{1,3}[.)])\s/

/** Ranges of paragraphs: blank lines divide, and so does the start of a list's item. */
function ranges(text: string): readonly (Span & { readonly close: boolean })[] {
  const found: (Span & { close: boolean })[] = []
  let start = 0
  let position = 0
  let close = false
  const end = (at: number): void => {
    if (text.slice(start, at).trim() !== '') found.push({ start, end: at, close })
  }
  for (const line of text.split('\n')) {
    const blank = line.trim() === ''
    if ((blank || ITEM.test(line)) && position > start) {
      end(position)
      start = position
      close = !blank && found.length > 0
    }
    position += line.length + 1
    if (blank) {
      start = position
      close = false
    }
  }
  end(text.length)
  return found
}

function piecesOf(text: string, range: Span, sentences: readonly Span[]): readonly Piece[] {
  const pieces: Piece[] = []
  let at = range.start
  const put = (to: number, sentence: number): void => {
    if (to > at) pieces.push({ text: text.slice(at, to), sentence })
    at = Math.max(at, to)
  }
  for (const [number, { start, end }] of sentences.entries()) {
    if (end <= at) continue
    if (start >= range.end) break
    put(Math.max(at, start), -1)
    put(Math.min(end, range.end), number)
  }
  put(range.end, -1)
  return pieces
}

/** The paragraphs of a text with the sentences of the report in them. */
export function paragraphsOf(text: string, sentences: readonly Span[]): readonly Paragraph[] {
  return ranges(text).map((range) => ({
    pieces: piecesOf(text, range, sentences),
    first: sentences.findIndex(({ start }) => start >= range.start && start < range.end),
    close: range.close
  }))
}

/** A number with its sign and decimals; a digit inside a word is none. */
const NUMBER = /(?<![\w.]|[A-Za-z]-)[+\u2212-]?\d(?:[\d,]*\d)?(?:\.\d+)?(?![\w])/g

/** Splits a sentence at its numbers: even parts are words, odd ones numbers. */
export function splitNumbers(sentence: string): readonly string[] {
  const parts: string[] = []
  let at = 0
  for (const match of sentence.matchAll(NUMBER)) {
    parts.push(sentence.slice(at, match.index), match[0])
    at = match.index + match[0].length
  }
  return [...parts, sentence.slice(at)]
}
