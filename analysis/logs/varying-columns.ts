// Looks at messages of one length as a table: which columns differ, and does a column tell templates apart
// or does it hold the values of one template.

import { MARK, WEAK_MARK } from './mask-word.ts'

export interface Column {
  readonly index: number
  /** Distinct values with the number of lines that have them. */
  readonly values: ReadonlyMap<string, number>
}

export interface Row {
  readonly tokens: readonly string[]
  readonly count: number
}

export interface SplitRules {
  readonly maxWords: number
  readonly maxKeywords: number
  readonly minConstant: number
  /** Words known as values from other templates. */
  readonly values: ReadonlySet<string>
}

const PUNCTUATION = /^[^\p{L}\p{N}\uE000\uE001]+$/u
/** When this share of the lines has a masked value in a column, the other words there are values too. */
const MOSTLY = 0.8
/** Words such as NEW, FAIL_TASK or Stopped name states. */
const CAPITALS = /^(?:[A-Z][A-Z_-]+|[A-Z][a-z]+)$/

/** True for tokens without a letter, digit or mark. */
export function isPunctuation(token: string): boolean {
  return PUNCTUATION.test(token)
}

/** Columns in which the rows differ, with their distinct values. */
export function varyingColumns(rows: readonly Row[]): Column[] {
  const first = rows[0]?.tokens ?? []
  const columns: Column[] = []
  for (let index = 0; index < first.length; index++) {
    const token = first[index]
    if (rows.every((row) => row.tokens[index] === token)) continue
    const values = new Map<string, number>()
    for (const { tokens, count } of rows) {
      const value = tokens[index] ?? ''
      values.set(value, (values.get(value) ?? 0) + count)
    }
    columns.push({ index, values })
  }
  return columns
}

/** Index of the column to split on, or undefined when all that differs is variable. */
export function splitColumn(
  first: readonly string[],
  columns: readonly Column[],
  rules: SplitRules
): number | undefined {
  const loose = constantWords(first, columns) < rules.minConstant
  let best: number | undefined
  let bestRank = Number.POSITIVE_INFINITY
  for (const column of columns) {
    const structural = hasPunctuation(column)
    if (!structural && !loose && isVariable(column, first, rules)) continue
    const rank = structural ? column.values.size - 1e6 : column.values.size
    if (rank < bestRank) {
      best = column.index
      bestRank = rank
    }
  }
  return best
}

/** Share of the words that are the same in every row. */
function constantWords(first: readonly string[], columns: readonly Column[]): number {
  const varying = new Set(columns.map((column) => column.index))
  let words = 0
  let constant = 0
  first.forEach((token, i) => {
    if (isPunctuation(token)) return
    words++
    if (!varying.has(i)) constant++
  })
  return words === 0 ? 1 : constant / words
}

function hasPunctuation(column: Column): boolean {
  for (const value of column.values.keys()) if (isPunctuation(value)) return true
  return false
}

function isVariable(column: Column, first: readonly string[], rules: SplitRules): boolean {
  let marked = 0
  let markedLines = 0
  let lines = 0
  let capitals = 0
  let known = 0
  for (const [value, count] of column.values) {
    lines += count
    if (value.includes(MARK)) {
      marked++
      markedLines += count
    } else if (CAPITALS.test(value)) capitals++
    if (value === MARK || value === WEAK_MARK || rules.values.has(value)) known++
  }
  const size = column.values.size
  if (marked * 2 >= size || markedLines >= MOSTLY * lines) return true
  const keyword = capitals === size || isFirstWord(first, column.index)
  if (known === size && !keyword) return true
  return size > (keyword ? rules.maxKeywords : rules.maxWords)
}

function isFirstWord(first: readonly string[], index: number): boolean {
  for (let i = 0; i < index; i++) if (!isPunctuation(first[i] ?? '')) return false
  return true
}
