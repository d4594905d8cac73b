// Splits a text into sentences with their places in it. Rules, no model: abbreviations, initials, decimals,
// quotations, citations, brackets, headings, lists and wrapped lines are known; grammar is not.

import {
  BEFORE_NUMBERS,
  LETTERED_NOUNS,
  NEVER_ENDS,
  SENTENCE_OPENERS,
  SOMETIMES_ENDS
} from './abbreviations.ts'
import { type Span, textBlocks } from './text-blocks.ts'

// Terminators with closing quotes and brackets, or a citation set directly behind ("seen.12", "seen.[3]").
const TERMINATOR = /(?:[.!?]+|…|[。！？])(?:["'”’»)\]}]+|\[\d[\d,–\- ]*\])*/gu
const CITATION = /\d{1,3}(?:[,–-]\d{1,3})*(?=\s+["“'‘(]?\p{Lu})/uy
/** A sentence longer than this is cut at the next line break or semicolon: tables without full stops. */
const LONGEST_SENTENCE = 1200

/** Brackets that opened further back were never closed; also keeps endless lines from costing squares. */
const LOOK_BACK = 1500

/** The sentences of a text: offsets in UTF-16 code units, end exclusive, without outer white space. */
export function splitSentences(text: string): Span[] {
  const sentences: Span[] = []
  for (const block of textBlocks(text))
    splitBlock(text.slice(block.start, block.end), block.start, sentences)
  return sentences
}

/** Tries every terminator of a block; a sentence runs from one boundary to the next. */
function splitBlock(block: string, offset: number, sentences: Span[]): void {
  let start = 0
  TERMINATOR.lastIndex = 0
  for (let found = TERMINATOR.exec(block); found; found = TERMINATOR.exec(block)) {
    const end = boundaryAfter({ block, start, at: found.index, end: TERMINATOR.lastIndex })
    if (end === undefined) continue
    pushTrimmed(block, { start, end }, { offset, sentences })
    start = end
    TERMINATOR.lastIndex = end
  }
  pushTrimmed(block, { start, end: block.length }, { offset, sentences })
}

interface Candidate {
  readonly block: string
  /** Where the sentence began. */
  readonly start: number
  /** The terminator's first character, and the end of it with closing quotes. */
  readonly at: number
  readonly end: number
}

/** Where the sentence ends, or undefined when the terminator does not end it. */
function boundaryAfter(candidate: Candidate): number | undefined {
  const { block, at } = candidate
  let { end } = candidate
  if (/[。！？]/u.test(block[at] ?? '')) return end
  const before = block[at - 1] ?? ' '
  if (/[\p{L})%]/u.test(before)) {
    CITATION.lastIndex = end
    if (CITATION.test(block)) end = CITATION.lastIndex
  }
  const next = /\S/u.exec(block.slice(end, end + 40))
  if (!next) return /^\s*$/.test(block.slice(end)) ? block.length : end
  if (next.index === 0 && end === candidate.end) return gluedBoundary(candidate)
  if (!opensSentence(block.slice(end + next.index, end + next.index + 24))) return undefined
  if (isInsideBrackets(candidate)) return undefined
  if (block[at] === '.' && !fullStopEnds(candidate, block.slice(end).trimStart())) return undefined
  return end
}

/** "…was stopped.The valve": a missing space after an ordinary word, before a word that opens sentences. */
function gluedBoundary({ block, at, end }: Candidate): number | undefined {
  if (end - at !== 1 || !/\p{Ll}{3}$/u.test(block.slice(Math.max(0, at - 3), at))) return undefined
  const next = /^\p{Lu}\p{Ll}*(?=\s)/u.exec(block.slice(end, end + 20))
  return next && SENTENCE_OPENERS.has(next[0].toLowerCase()) ? end : undefined
}

function opensSentence(next: string): boolean {
  const bare = next.replace(/^["“'‘«([{¿¡–—-]+\s*/u, '')
  // A small first letter opens a sentence only in words such as pH, mRNA and siRNA.
  return !/^\p{Ll}/u.test(bare) || /^(?:\p{Ll}{1,3}\p{Lu})/u.test(bare)
}

/** True between brackets that opened after the sentence began and close again soon. */
function isInsideBrackets(candidate: Candidate): boolean {
  const { block, at, end } = candidate
  const start = Math.max(candidate.start, at - LOOK_BACK)
  let depth = 0
  for (let i = start; i < at; i += 1) {
    const code = block.charCodeAt(i)
    if (code === 40 || code === 91) depth += 1
    else if ((code === 41 || code === 93) && depth > 0) depth -= 1
  }
  if (depth === 0 || /[)\]]/.test(block.slice(at, end))) return false
  const opened = block.slice(start, at).trimStart()
  if (/^[([]/.test(opened) && depth === 1 && !/[([]/.test(opened.slice(1))) return false
  const close = block.slice(end, end + 240).search(/[)\]]/)
  return close >= 0
}

/** A full stop is the only terminator with other uses. Order matters: what never ends a sentence comes first. */
function fullStopEnds({ block, start, at, end }: Candidate, next: string): boolean {
  const stops = block.slice(at, end).replace(/[^.]/g, '').length
  if (stops > 1) return true
  const token = /[\p{L}\p{N}.&]*$/u.exec(block.slice(Math.max(start, at - 24), at))?.[0] ?? ''
  const word = token.toLowerCase().replace(/^\.+/, '')
  const nextWord = (/^["“'‘(]*([\p{L}]+)/u.exec(next)?.[1] ?? '').toLowerCase()
  const nextIsNumber = /^["“'‘(]*[\d#]/u.test(next)
  const opener = SENTENCE_OPENERS.has(nextWord)
  if (block.slice(start, at).trim() === token && /^(?:\d{1,3}|\p{L}|[ivx]{1,5})$/u.test(token))
    return false
  if (nextIsNumber && BEFORE_NUMBERS.has(word)) return false
  if (NEVER_ENDS.has(word)) return false
  if (SOMETIMES_ENDS.has(word) || /^\p{L}(?:\.\p{L})+$/u.test(word)) return opener || word === 'etc'
  if (/^\p{Lu}$/u.test(token))
    return opener || followsLetteredNoun(block.slice(Math.max(start, at - 40), at - 1))
  return true
}

const followsLetteredNoun = (before: string): boolean =>
  LETTERED_NOUNS.has((/(\p{L}+)\s+$/u.exec(before)?.[1] ?? '').toLowerCase())

interface Target {
  readonly offset: number
  readonly sentences: Span[]
}

/** Adds a sentence without its outer white space, cut in pieces when it has no end; nothing without a letter or digit. */
function pushTrimmed(block: string, span: Span, target: Target): void {
  let { start } = span
  for (;;) {
    const raw = block.slice(start, span.end)
    const text = raw.trim()
    if (!/[\p{L}\p{N}]/u.test(text)) return
    const length = text.length <= LONGEST_SENTENCE ? text.length : cutLength(text)
    start += raw.length - raw.trimStart().length
    const end = start + text.slice(0, length).trimEnd().length
    target.sentences.push({ start: target.offset + start, end: target.offset + end })
    if (length === text.length) return
    start += length
  }
}

/** Where an endless sentence is cut: behind a semicolon, else at a space, never inside a pair. */
function cutLength(text: string): number {
  const mark = text.slice(400, LONGEST_SENTENCE).search(/[;\n]\s*/)
  if (mark >= 0) return 401 + mark
  const space = text.lastIndexOf(' ', LONGEST_SENTENCE)
  if (space > 0) return space
  const code = text.charCodeAt(LONGEST_SENTENCE)
  return code >= 0xdc00 && code <= 0xdfff ? LONGEST_SENTENCE - 1 : LONGEST_SENTENCE
}
