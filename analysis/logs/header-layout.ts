// Learns from the lines themselves where the message begins. A header is a run of anchors (time, level,
// number, separator, bracket, tag) that nearly all lines share, with a few free words between them.
// It recognises no format by name; a line that does not follow the layout keeps what did match.

import type { LogLevel } from '../../contract/index.ts'
import {
  type ElementKind,
  elementAt,
  type HeaderElement,
  levelOf,
  skipSpaces
} from './header-elements.ts'

/** Share of lines that must show an anchor before it counts as part of the header. */
const SUPPORT = 0.88
/** Share of lines that must begin with a time or level; the others go on with a message, as stack traces do. */
const OPENING_SUPPORT = 0.25
/** A dump of a thousand lines may follow the first messages; then these alone show the header. */
const FIRST_LINES = 100
/** Elements looked at per line; the widest header met has ten. */
const MAX_ELEMENTS = 16
/** Free words allowed before an anchor of each kind; a number in free text is too common for any. */
const FREE_WORDS: Readonly<Record<ElementKind, number>> = {
  time: 3,
  level: 3,
  separator: 2,
  number: 0,
  bracket: 1,
  tag: 3,
  word: -1
}
/** A tag may lie this far when a single line writes its component in several words. */
const TAG_REACH = 3

interface Anchor {
  readonly kind: ElementKind
  readonly reach: number
}

/** What a line is made of once its header is known. */
export interface LineParts {
  /** Where the message begins. */
  message: number
  level: LogLevel
  timeStart: number
  /** -1 when the line carries no time. */
  timeEnd: number
}

/** The learned beginning of lines. */
export interface HeaderLayout {
  readonly anchors: readonly Anchor[]
  /** Column at which every message starts, for logs padded into columns; 0 when not so. */
  readonly column: number
}

export const NO_HEADER: HeaderLayout = { anchors: [], column: 0 }

function elementsOf(line: string): HeaderElement[] {
  const elements: HeaderElement[] = []
  let at = skipSpaces(line, 0)
  while (elements.length < MAX_ELEMENTS) {
    const element = elementAt(line, at)
    if (!element) break
    elements.push(element)
    at = skipSpaces(line, element.next)
  }
  return elements
}

interface Cursor {
  readonly line: string
  readonly elements: readonly HeaderElement[]
  at: number
}

/** Free elements before the next anchor of that kind, or -1 beyond its reach. */
function distance(cursor: Cursor, kind: ElementKind, reach: number): number {
  for (let skip = 0; skip <= reach; skip++) {
    const element = cursor.elements[cursor.at + skip]
    if (element?.kind === kind && isNear(cursor.line, element, skip)) return skip
  }
  return -1
}

/** Behind two words or more only `name[123]:` is a tag; `failed: reason` is a message. */
function isNear(line: string, { kind, end }: HeaderElement, skip: number): boolean {
  return kind !== 'tag' || skip <= 1 || line[end - 1] === ']'
}

function nextAnchor(cursors: readonly Cursor[], opening: boolean): Anchor | undefined {
  let best: Anchor | undefined
  let bestSkip = Number.POSITIVE_INFINITY
  for (const kind of ['time', 'level', 'separator', 'bracket', 'number', 'tag'] as const) {
    const skips = cursors
      .map((cursor) => distance(cursor, kind, FREE_WORDS[kind]))
      .filter((skip) => skip >= 0)
    if (skips.length === 0 || skips.length < SUPPORT * cursors.length) continue
    const skip = skips.reduce((sum, value) => sum + value, 0) / skips.length
    if (skip >= bestSkip) continue
    best = { kind, reach: Math.max(...skips) }
    bestSkip = skip
  }
  return best ?? (opening ? openingAnchor(cursors) : undefined)
}

/** A time or level with which many lines begin, of all or of the first; `Warning: x` is a message. */
function openingAnchor(cursors: readonly Cursor[]): Anchor | undefined {
  for (const part of [cursors, cursors.slice(0, FIRST_LINES)]) {
    for (const kind of ['time', 'level'] as const) {
      const support = part.filter(
        ({ line, elements: [first] }) => first?.kind === kind && line[first.next - 1] !== ':'
      )
      if (support.length > 1 && support.length >= OPENING_SUPPORT * part.length)
        return { kind, reach: 0 }
    }
  }
  return undefined
}

/** Learns the layout from sample lines; with fewer than two lines it still finds time, level and tag. */
export function learnHeader(lines: readonly string[]): HeaderLayout {
  const sample = lines.filter((line) => line.trim() !== '')
  const cursors: Cursor[] = sample.map((line) => ({ line, elements: elementsOf(line), at: 0 }))
  const anchors: Anchor[] = []
  let active = cursors
  while (anchors.length < 12 && active.length > 0) {
    const anchor = nextAnchor(active, anchors.length === 0)
    if (!anchor) break
    anchors.push(anchor)
    active = active.filter((cursor) => {
      const skip = distance(cursor, anchor.kind, anchor.reach)
      if (skip >= 0) cursor.at += skip + 1
      return skip >= 0
    })
    if (anchor.kind === 'tag') break
  }
  while (anchors.at(-1)?.kind === 'number' && !anchors.some((a) => a.kind !== 'number'))
    anchors.pop()
  return { anchors, column: anchors.length === 0 ? 0 : paddedColumn(active) }
}

/** Where messages start when fields are padded with spaces into columns. */
function paddedColumn(cursors: readonly Cursor[]): number {
  const starts = new Map<number, number>()
  for (const { line, elements, at } of cursors) {
    const element = elements[at]
    if (element?.kind !== 'word') continue
    const next = skipSpaces(line, element.next)
    if (next - element.next >= 2) starts.set(next, (starts.get(next) ?? 0) + 1)
  }
  for (const [column, count] of starts) if (count >= 0.95 * cursors.length) return column
  return 0
}

/** Finds the message of one line; `parts` is filled in place so that nothing is allocated per line. */
export function readHeader(layout: HeaderLayout, line: string, parts: LineParts): void {
  parts.level = 'unknown'
  parts.timeEnd = -1
  let at = skipSpaces(line, 0)
  let slack = 0
  for (const anchor of layout.anchors) {
    const element = findAnchor(line, at, reachOf(anchor) + slack, anchor.kind)
    // Where a mark is missing, another word may stand in its place.
    slack = element === undefined && anchor.kind === 'separator' ? slack + 1 : 0
    if (!element) {
      // Without its opening anchor a line continues the message before it.
      if (anchor === layout.anchors[0] && anchor.kind !== 'separator') break
      continue
    }
    noteElement(line, element, parts)
    at = skipSpaces(line, element.next)
  }
  parts.message =
    layout.column > at && line.charCodeAt(layout.column - 1) === 32 ? layout.column : at
}

function reachOf({ kind, reach }: Anchor): number {
  if (kind === 'tag') return TAG_REACH
  return reach > 0 ? reach + 1 : 0
}

// biome-ignore lint/complexity/useMaxParams: called for every anchor of every line, an object would be garbage
function findAnchor(
  line: string,
  at: number,
  reach: number,
  kind: ElementKind
): HeaderElement | undefined {
  let next = at
  for (let skip = 0; skip <= reach; skip++) {
    const element = elementAt(line, next)
    if (!element || element.kind === kind) return element
    next = skipSpaces(line, element.next)
  }
  return undefined
}

function noteElement(line: string, element: HeaderElement, parts: LineParts): void {
  if (element.kind === 'level')
    parts.level = levelOf(line.slice(element.start, element.end)) ?? 'unknown'
  if (element.kind === 'time' && parts.timeEnd < 0) {
    parts.timeStart = element.start
    parts.timeEnd = element.end
  }
}
