// Cuts the beginning of a line into elements: time, number, level, separator, bracket, tag, word. It knows
// what such things look like in general; which of them form the header is learned in header-layout.ts.

import type { LogLevel } from '../../contract/index.ts'
import { timestampEnd } from './timestamp.ts'

export const ELEMENT_KINDS = [
  'time',
  'level',
  'separator',
  'number',
  'bracket',
  'tag',
  'word'
] as const
export type ElementKind = (typeof ELEMENT_KINDS)[number]

export interface HeaderElement {
  kind: ElementKind
  /** Where the content starts and ends, without brackets around it. */
  start: number
  end: number
  /** First character after the element, its bracket and a comma or colon. */
  next: number
}

const LEVELS: Readonly<Record<string, LogLevel>> = {
  emerg: 'fatal',
  emergency: 'fatal',
  panic: 'fatal',
  fatal: 'fatal',
  alert: 'fatal',
  critical: 'fatal',
  crit: 'fatal',
  severe: 'error',
  error: 'error',
  err: 'error',
  failure: 'error',
  fail: 'error',
  warning: 'warning',
  warn: 'warning',
  notice: 'info',
  info: 'info',
  information: 'info',
  informational: 'info',
  debug: 'debug',
  trace: 'debug',
  verbose: 'debug',
  fine: 'debug',
  finer: 'debug',
  finest: 'debug'
}
/** One-letter levels as Android and glog write them; only statistics can tell them from words. */
const LETTER_LEVELS: Readonly<Record<string, LogLevel>> = {
  F: 'fatal',
  E: 'error',
  W: 'warning',
  I: 'info',
  D: 'debug',
  V: 'debug'
}
const BRACKETS: Readonly<Record<string, string>> = { '[': ']', '(': ')', '<': '>' }
const SEPARATORS = new Set(['-', '--', '|', '||', '::', '=>', '->', '>', '—', '–'])
/** Level, month and day as glog and klog write them in one word. */
const GLOG = /^[IWEF][01]\d[0-3]\d \d\d/
/** Longest bracket that still counts as part of a header; thread names are the longest met. */
const MAX_BRACKET = 200

/** Levels as they are written: small, capital, with a capital first; looked up without changing case. */
const WRITTEN_LEVELS = new Map<string, LogLevel>(Object.entries(LETTER_LEVELS))
for (const [word, level] of Object.entries(LEVELS)) {
  for (const written of [word, word.toUpperCase(), word.charAt(0).toUpperCase() + word.slice(1)]) {
    WRITTEN_LEVELS.set(written, level)
  }
}
const LONGEST_LEVEL = 13

/** The level that a word names, or undefined. */
export function levelOf(word: string): LogLevel | undefined {
  return word.length <= LONGEST_LEVEL ? WRITTEN_LEVELS.get(word) : undefined
}

function isDigitCode(c: number): boolean {
  return c >= 48 && c <= 57
}

function isSpace(c: number): boolean {
  return c === 32 || c === 9
}

/** First position at or after `at` that is no space. */
export function skipSpaces(line: string, at: number): number {
  let i = at
  while (isSpace(line.charCodeAt(i))) i++
  return i
}

function wordEnd(line: string, at: number): number {
  let i = at
  while (i < line.length) {
    const c = line.charCodeAt(i)
    if (isSpace(c) || c === 124) break // a bar ends a field even without spaces
    i++
  }
  return i
}

function closing(line: string, at: number): number {
  const open = line[at] ?? ''
  const close = BRACKETS[open]
  if (close === undefined) return -1
  let depth = 0
  const limit = Math.min(line.length, at + MAX_BRACKET)
  for (let i = at; i < limit; i++) {
    if (line[i] === open) depth++
    else if (line[i] === close && --depth === 0) return i
  }
  return -1
}

function afterMark(line: string, at: number): number {
  const c = line.charCodeAt(at)
  return c === 44 || c === 58 || c === 59 ? at + 1 : at // , : ;
}

function isNumber(line: string, start: number, end: number): boolean {
  let digits = 0
  for (let i = start; i < end; i++) {
    const c = line.charCodeAt(i)
    if (c >= 48 && c <= 57) digits++
    else if (!(i === start && (c === 45 || c === 35))) return false // leading - or #
  }
  return digits > 0
}

/** A tag ends in a colon and names a component: `sshd[123]:`, `dfs.DataNode:`, `kernel:`. */
function tagEnd(line: string, at: number, end: number): number {
  if (end - at > 1 && line[end - 1] === ':' && !/["'=]/.test(line.slice(at, end))) {
    return line[end - 2] === ':' ? -1 : end
  }
  // `server.go:42]` ends the header of glog and klog.
  if (line.charCodeAt(end - 1) === 93 && line.lastIndexOf('[', end) < at) return end
  // `name[1] (com.apple.x[2]): …` carries an address between name and colon.
  if (line[end] !== ' ' || line[end + 1] !== '(' || line[end - 1] !== ']') return -1
  const close = closing(line, end + 1)
  return close > 0 && line[close + 1] === ':' ? close + 2 : -1
}

function bracketElement(line: string, at: number): HeaderElement | undefined {
  const close = closing(line, at)
  if (close < 0) return undefined
  const after = line.charCodeAt(close + 1)
  const stands =
    Number.isNaN(after) ||
    isSpace(after) ||
    after === 58 ||
    after === 44 ||
    after === 91 ||
    after === 124
  const start = skipSpaces(line, at + 1)
  const time = timestampEnd(line, start)
  const next = afterMark(line, close + 1)
  if (time > 0 && time >= close - 1) return { kind: 'time', start, end: time, next }
  if (!stands) return undefined
  const text = line.slice(start, close).trimEnd()
  if (levelOf(text)) return { kind: 'level', start, end: start + text.length, next }
  // `[instance: …]`, `[client 1.2.3.4]` and `(flags = 1)` belong to the message.
  if (line[at] !== '[' || /: | = /.test(text)) return undefined
  return { kind: 'bracket', start: at, end: close + 1, next }
}

/** The element that starts at `at`, which must not be a space; undefined at the end of the line. */
export function elementAt(line: string, at: number): HeaderElement | undefined {
  if (at >= line.length) return undefined
  if (line[at] === '|') return { kind: 'separator', start: at, end: at + 1, next: at + 1 }
  const bracket = bracketElement(line, at)
  if (bracket) return bracket
  if (isDigitCode(line.charCodeAt(at + 1)) && GLOG.test(line.slice(at, at + 8))) {
    return { kind: 'level', start: at, end: at + 1, next: at + 1 } // `I0917 12:34:56`
  }
  const time = timestampEnd(line, at)
  if (time > 0 && endsField(line, time))
    return { kind: 'time', start: at, end: time, next: afterMark(line, time) }
  const end = wordEnd(line, at)
  if (end - at <= 2 && SEPARATORS.has(line.slice(at, end)))
    return { kind: 'separator', start: at, end, next: end }
  const tag = tagEnd(line, at, end)
  const bare = line.charCodeAt(end - 1) === 58 || line.charCodeAt(end - 1) === 44 ? end - 1 : end
  if (bare - at <= LONGEST_LEVEL && levelOf(line.slice(at, bare)))
    return { kind: 'level', start: at, end: bare, next: end }
  if (isNumber(line, at, bare)) return { kind: 'number', start: at, end: bare, next: end }
  if (tag > 0) return { kind: 'tag', start: at, end: tag - 1, next: tag }
  return { kind: 'word', start: at, end, next: end }
}

function endsField(line: string, at: number): boolean {
  const c = line.charCodeAt(at)
  if (Number.isNaN(c) || isSpace(c) || c === 124 || c === 93) return true
  const after = line.charCodeAt(at + 1)
  return (c === 44 || c === 58 || c === 59) && (Number.isNaN(after) || isSpace(after))
}
