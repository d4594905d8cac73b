// Walks over a message once and yields a key that is equal for messages that differ only in masked values.
// The key is what makes mining fast: a known key needs no strings, no tree, no allocation.

import {
  contextValueEnd,
  isHostBeforePort,
  MARK,
  namedDate,
  repeatedSizeEnd,
  shortTimeEnd,
  WEAK_MARK,
  WordMask
} from './mask-word.ts'

/** The tokens of a message: words and punctuation; `glued[i]` says that no space stands before token i. */
export interface TokenLine {
  readonly tokens: string[]
  readonly glued: boolean[]
}

const WORD = 0
const SPACE = 1
const PUNCTUATION = 2
const DIGIT = 3
const SLASHED = 4
const LESS_THAN = 60
/** Tokens kept of one message; what follows counts as one variable. */
const MAX_TOKENS = 400
const MARK_HASH = 0x51ed270b

const CLASSES = new Uint8Array(128)
for (let c = 0; c <= 32; c++) CLASSES[c] = SPACE
for (const c of '=:,;()[]{}"\'|<>!?') CLASSES[c.charCodeAt(0)] = PUNCTUATION
for (const c of '0123456789') CLASSES[c.charCodeAt(0)] = DIGIT
CLASSES[47] = SLASHED
CLASSES[92] = SLASHED

/** Words that are values wherever they stand. */
const VALUE_WORDS = ['true', 'false', 'null', 'root']
const VALUE_HASHES = new Set(VALUE_WORDS.map(wordHash))
const BYTES_HASH = wordHash('bytes')
/** First letters of month and weekday names: J F M A S O N D T W. */
const DATE_INITIALS = new Set([...'JFMASONDTW'].map((c) => c.charCodeAt(0)))

function wordHash(word: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < word.length; i++) h = Math.imul(h ^ word.charCodeAt(i), 0x01000193)
  return h
}

/** Reads messages; one scanner serves one thread, it keeps its state between calls only to save memory. */
export class LineScanner {
  private readonly word = new WordMask()
  private readonly tokens: string[] = []
  private readonly glued: boolean[] = []
  private collecting = false
  private hash = 0
  private high = 0
  private low = 0
  private lastEnd = 0

  /** Key of the masked message that starts at `from`: 53 bits, so that collisions do not matter. */
  key(line: string, from: number): number {
    this.collecting = false
    this.walk(line, from)
    return (this.high >>> 0) * 0x200000 + (this.low & 0x1fffff)
  }

  /** The masked tokens of the message that starts at `from`. */
  tokenLine(line: string, from: number): TokenLine {
    this.collecting = true
    this.tokens.length = 0
    this.glued.length = 0
    this.lastEnd = -1
    this.walk(line, from)
    return { tokens: this.tokens.slice(), glued: this.glued.slice() }
  }

  private walk(line: string, from: number): void {
    this.high = 0x9747b28c
    this.low = 0x3c6ef372
    const length = line.length
    let i = from
    while (i < length) {
      const c = line.charCodeAt(i)
      const kind = c < 128 ? CLASSES[c] : WORD
      if (kind === SPACE) i++
      else if (kind === PUNCTUATION) i = this.punctuation(line, i, c)
      else i = this.wordAt(line, i)
    }
  }

  private punctuation(line: string, at: number, c: number): number {
    if (c === LESS_THAN) {
      if (line.charCodeAt(at + 1) === 42 && line.charCodeAt(at + 2) === 62) {
        return this.mark(line, at, at + 3) // the input is a template already
      }
      const end = shortTimeEnd(line, at)
      if (end > 0) return this.mark(line, at, end)
    }
    this.mix(c)
    if (this.collecting) this.push(line[at] ?? '', at, at + 1)
    // ` ()` holds a value that happens to be empty; `init()` is a call.
    const close = c === 40 ? 41 : c === 91 ? 93 : -1
    if (line.charCodeAt(at + 1) === close && line.charCodeAt(at - 1) === 32)
      this.mark(line, at + 1, at + 1)
    return at + 1
  }

  private wordAt(line: string, start: number): number {
    let hash = 0x811c9dc5
    let flags = 0
    let i = start
    const length = line.length
    while (i < length) {
      const c = line.charCodeAt(i)
      if (c < 128) {
        const kind = CLASSES[c] ?? WORD
        if (kind === SPACE || kind === PUNCTUATION) break
        flags |= kind
      }
      hash = Math.imul(hash ^ c, 0x01000193)
      i++
    }
    this.hash = hash
    if (i - start <= 4 && line.charCodeAt(i) === 58) {
      const end = contextValueEnd(line, start, i)
      if (end > 0) return this.mark(line, start, end)
    }
    if (flags === 0 && line.charCodeAt(i) === 58 && isHostBeforePort(line, start, i))
      return this.mark(line, start, i)
    return flags === 0 ? this.plainWord(line, start, i) : this.valueWord(line, start, i)
  }

  private plainWord(line: string, start: number, end: number): number {
    const length = end - start
    const hash = this.hash
    if ((length === 4 || length === 5) && VALUE_HASHES.has(hash)) {
      this.mix(MARK_HASH)
      if (this.collecting) this.push(WEAK_MARK, start, end)
      return end
    }
    if (length === 3 && DATE_INITIALS.has(line.charCodeAt(start))) {
      const date = namedDate(line, start)
      if (date > 0) {
        this.mix(MARK_HASH + 1)
        if (this.collecting) this.push(`${MARK}:${MARK}:${MARK}`, start, date)
        return date
      }
    }
    this.mix(hash)
    if (this.collecting) this.push(line.slice(start, end), start, end)
    if (hash !== BYTES_HASH || length !== 5) return end
    const repeated = repeatedSizeEnd(line, end)
    return repeated > 0 ? repeated : end
  }

  private valueWord(line: string, start: number, end: number): number {
    // A full stop behind a value ends the sentence, it is no part of the value.
    let stop = end
    while (stop > start + 1 && line.charCodeAt(stop - 1) === 46) stop--
    const real = this.word.mask(line, start, stop)
    const { codes, length } = this.word
    let hash = 0x811c9dc5
    for (let k = 0; k < length; k++) hash = Math.imul(hash ^ (codes[k] ?? 0), 0x01000193)
    this.mix(hash)
    if (this.collecting) this.push(this.word.text(), start, real)
    return real > start ? real : end
  }

  private mark(line: string, start: number, end: number): number {
    this.mix(Math.imul(0x811c9dc5 ^ 0xe000, 0x01000193))
    if (this.collecting) this.push(MARK, start, end)
    return Math.min(end, line.length)
  }

  private mix(hash: number): void {
    this.high = Math.imul(this.high ^ hash, 0x85ebca6b)
    this.high ^= this.high >>> 15
    this.low = Math.imul(this.low + hash, 0xc2b2ae35)
    this.low ^= this.low >>> 13
  }

  private push(token: string, start: number, end: number): void {
    if (this.tokens.length >= MAX_TOKENS) {
      this.tokens[MAX_TOKENS - 1] = MARK
      return
    }
    this.glued.push(start === this.lastEnd)
    this.tokens.push(token)
    this.lastEnd = end
  }
}
