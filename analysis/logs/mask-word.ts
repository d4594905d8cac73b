// Replaces the variable part of one word by a mark: numbers, addresses, hex, ids, paths, sizes, dates.
// Hand-written over character codes, because a chain of regular expressions is ten times slower.

import { timestampEnd } from './timestamp.ts'

/** One code unit of the private use area stands for `<*>` inside tokens. */
export const MARK = '\uE000'
/** Marks words such as `root` or `true`: a value, but one that may tell two templates apart. */
export const WEAK_MARK = '\uE001'
const MARK_CODE = 0xe000
/** Endings that make `name.go:12` a place in a program rather than a host and its port. */
const SOURCE_ENDING = /\.(?:c|h|cc|hh|cpp|cs|go|java|js|jsx|kt|log|pl|py|rb|rs|sh|ts|tsx)$/
const HOST = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i

const DASH = 45
const DOT = 46
const SLASH = 47
const COLON = 58
const UNDERSCORE = 95
const BACKSLASH = 92
const UNITS = /[ ](?:[KMGTP]i?)?B(?![\w.])/y
const PARENTHESISED_SIZE = / \(\d+(?:\.\d+)? ?[KMGTP]?i?B\)/y
const SHORT_TIME = /<\d+ ?(?:ms|s|sec|secs|seconds?|min|minutes?)\b/y
const URL_END = /[\s"'<>,;)\]}]/g
const PATH_END = /[\s"'<>,;)\]}:=|]/g
const CLOCK = /:\d\d(?::\d\d(?:[.,]\d+)?)?(?![\w:.])/y
const MAC = /(?:[0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}(?![\w:])/y
const IPV6 = /(?:[0-9a-fA-F]{1,4}:){3,7}(?::?[0-9a-fA-F]{1,4})+(?![\w:])/y

export function isDigit(c: number): boolean {
  return c >= 48 && c <= 57
}

function isHex(c: number): boolean {
  return isDigit(c) || (c >= 97 && c <= 102) || (c >= 65 && c <= 70)
}

function isLetter(c: number): boolean {
  return (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || c > 127
}

function findEnd(pattern: RegExp, line: string, from: number): number {
  pattern.lastIndex = from
  return pattern.test(line) ? pattern.lastIndex - 1 : line.length
}

function matchEnd(pattern: RegExp, line: string, from: number): number {
  pattern.lastIndex = from
  return pattern.test(line) ? pattern.lastIndex : -1
}

/** Masks words one after the other; the masked code units of the last word lie in `codes`. */
export class WordMask {
  readonly codes = new Uint16Array(1024)
  length = 0

  /** Masks `line[start, end)` and returns where the word really ends, which may be later. */
  mask(line: string, start: number, end: number): number {
    this.length = 0
    const first = line.charCodeAt(start)
    if (first === SLASH) return this.slashWord(line, start, end)
    if (this.isDashedHex(line, start, end)) return this.put(MARK_CODE, end)
    const shape = slashShape(line, start, end)
    if (shape === 'path') return this.put(MARK_CODE, end)
    if (shape === 'windows') return this.put(MARK_CODE, findEnd(URL_END, line, start))
    if (isVersion(line, start, end) || isHostBeforePort(line, start, end))
      return this.put(MARK_CODE, end)
    this.parts(line, start, end)
    if (this.length === 1 && this.codes[0] === MARK_CODE) return valueEnd(line, start, end)
    return end
  }

  /** The masked word as text, with the mark for each variable part. */
  text(): string {
    return String.fromCharCode(...this.codes.subarray(0, this.length))
  }

  private put(code: number, end: number): number {
    if (this.length < this.codes.length) this.codes[this.length++] = code
    return end
  }

  private slashWord(line: string, start: number, end: number): number {
    if (end - start === 1) return this.put(SLASH, end)
    if (line.charCodeAt(start + 1) !== SLASH) return this.put(MARK_CODE, end)
    const stop = findEnd(URL_END, line, start)
    const rest = line.slice(start + 2, stop)
    if (!/\d/.test(rest)) {
      for (let i = start; i < stop; i++) this.put(line.charCodeAt(i), i)
      return stop
    }
    this.put(SLASH, stop)
    this.put(SLASH, stop)
    this.put(MARK_CODE, stop)
    if (/^[^/]*:\d+\.?$/.test(rest)) {
      this.put(COLON, stop)
      this.put(MARK_CODE, stop)
    }
    return stop
  }

  private isDashedHex(line: string, start: number, end: number): boolean {
    if (end - start < 15) return false
    let dashes = 0
    let digits = 0
    for (let i = start; i < end; i++) {
      const c = line.charCodeAt(i)
      if (c === DASH) dashes++
      else if (isDigit(c)) digits++
      else if (!isHex(c)) return dashes >= 4 && i - start >= 36 && c === UNDERSCORE
    }
    return digits > 0 && dashes >= 3
  }

  /** Masks the parts between `. - + @ # $ % & ~ /` one by one and joins what belongs together. */
  private parts(line: string, start: number, end: number): void {
    let from = start
    let open = 0
    for (let i = start; i <= end; i++) {
      const c = i < end ? line.charCodeAt(i) : -1
      if (c !== -1 && !isJoint(c)) continue
      if (i > from) this.part(line, from, i)
      if (c === -1) break
      const after = this.codes[this.length - 1]
      // `blk_-123` is one id, `-5` one number.
      if (
        (c === DASH || c === 43) &&
        (after === UNDERSCORE || this.length === open) &&
        isDigit(line.charCodeAt(i + 1))
      ) {
        if (after === UNDERSCORE) this.length = open
      } else {
        this.put(c, i)
        open = this.length
      }
      from = i + 1
    }
  }

  private part(line: string, from: number, to: number): void {
    if (!isVariablePart(line, from, to)) {
      for (let i = from; i < to; i++) this.put(line.charCodeAt(i), i)
      return
    }
    const n = this.length
    // 1.2.3 and 10.0.0.1 are one value, as are adjacent marks.
    if (n >= 2 && this.codes[n - 1] === DOT && this.codes[n - 2] === MARK_CODE) this.length--
    else this.put(MARK_CODE, to)
  }
}

/** `v6.1.7601`: the letter belongs to the version. */
function isVersion(line: string, start: number, end: number): boolean {
  if ((line.charCodeAt(start) | 32) !== 118) return false
  for (let i = start + 1; i < end; i++) {
    const c = line.charCodeAt(i)
    if (!isDigit(c) && c !== DOT) return false
  }
  return end - start > 2
}

/** `proxy.example.org` in `proxy.example.org:8080`: a dotted name before a glued port. */
export function isHostBeforePort(line: string, start: number, end: number): boolean {
  if (
    line.charCodeAt(end) !== COLON ||
    !isDigit(line.charCodeAt(end + 1)) ||
    !isDigit(line.charCodeAt(end + 2))
  )
    return false
  const dot = line.indexOf('.', start)
  if (dot <= start || dot >= end) return false
  const word = line.slice(start, end)
  return HOST.test(word) && !SOURCE_ENDING.test(word)
}

/** `. - + @ # $ % & ~ /` join the parts of a word; an underscore does not. */
function isJoint(c: number): boolean {
  return (c >= 35 && c <= 38) || c === 43 || (c >= DASH && c <= SLASH) || c === 64 || c === 126
}

function slashShape(line: string, start: number, end: number): 'path' | 'windows' | 'none' {
  let slashes = 0
  let letters = 0
  for (let i = start; i < end; i++) {
    const c = line.charCodeAt(i)
    if (c === SLASH) slashes++
    else if (c === BACKSLASH) return 'windows'
    else if (isLetter(c)) letters++
  }
  return slashes >= 2 && letters > slashes ? 'path' : 'none'
}

function isVariablePart(line: string, from: number, to: number): boolean {
  let digits = 0
  let letters = 0
  let hex = 0
  let underscores = 0
  for (let i = from; i < to; i++) {
    const c = line.charCodeAt(i)
    if (isDigit(c)) digits++
    else if (c === UNDERSCORE) underscores++
    else letters++
    if (isHex(c)) hex++
  }
  if (digits === 0) return false
  if (letters === 0) return true
  const length = to - from
  const first = line.charCodeAt(from)
  if (first === 48 && (line.charCodeAt(from + 1) | 32) === 120) return true // 0x…
  if (hex === length && length >= 6) return true
  if (digits >= 3 && length >= 5) return true
  if (underscores > 0 && hasDigitSegment(line, from, to)) return true
  if (isDigit(first) && letters <= 3) return true // 4G, 10ms
  return false
}

function hasDigitSegment(line: string, from: number, to: number): boolean {
  let onlyDigits = true
  let start = from
  for (let i = from; i <= to; i++) {
    const c = i < to ? line.charCodeAt(i) : UNDERSCORE
    if (c === UNDERSCORE) {
      if (onlyDigits && i > start) return true
      onlyDigits = true
      start = i + 1
    } else if (!isDigit(c)) onlyDigits = false
  }
  return false
}

/** A number takes its size unit along (`737.0 B`); `02:15` and `01:02:15` are one duration. */
function valueEnd(line: string, start: number, end: number): number {
  const c = line.charCodeAt(end)
  if (c === 32) {
    const unit = line.charCodeAt(end + 1)
    if (unit !== 66 && line.charCodeAt(end + 2) !== 66 && line.charCodeAt(end + 2) !== 105)
      return end
    const unitEnd = matchEnd(UNITS, line, end)
    return unitEnd > 0 ? unitEnd : end
  }
  if (c !== COLON || end - start > 2 || line.charCodeAt(start - 1) === COLON) return end
  if (!isDigit(line.charCodeAt(end + 1)) || !isDigit(line.charCodeAt(end + 2))) return end
  const clock = matchEnd(CLOCK, line, end)
  return clock > 0 ? clock : end
}

/** End of a value that only its surroundings show, or -1: MAC, IPv6, drive path, named date. */
export function contextValueEnd(line: string, start: number, end: number): number {
  const length = end - start
  const next = line.charCodeAt(end)
  if (next === COLON && length === 1 && line.charCodeAt(end + 1) === BACKSLASH) {
    return findEnd(PATH_END, line, end + 2)
  }
  if (next === COLON && length <= 4 && isHex(line.charCodeAt(start))) {
    const mac = matchEnd(MAC, line, start)
    if (mac > 0) return mac
    return line.indexOf(':', end + 1) > 0 ? matchEnd(IPV6, line, start) : -1
  }
  return -1
}

/** End of a date in words such as `Thu Jul 21 09:04:41 2005`, or -1. */
export function namedDate(line: string, start: number): number {
  const first = line.charCodeAt(start)
  if (first < 65 || first > 90) return -1
  return timestampEnd(line, start)
}

/** End of ` (2.41 KB)` behind a number of bytes, or -1: the same value written twice. */
export function repeatedSizeEnd(line: string, at: number): number {
  return line.charCodeAt(at) === 32 && line.charCodeAt(at + 1) === 40
    ? matchEnd(PARENTHESISED_SIZE, line, at)
    : -1
}

/** End of `<1 sec`, or -1. */
export function shortTimeEnd(line: string, at: number): number {
  return isDigit(line.charCodeAt(at + 1)) ? matchEnd(SHORT_TIME, line, at) : -1
}
