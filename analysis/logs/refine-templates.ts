// Decides which masked messages are one template. Messages of one length are split, column by column, on
// the words that tell them apart, until the columns that still differ hold variables. Idea after IPLoM
// (Makanju 2009) and Brain (Yu 2023); one set of constants serves every log.

import { MARK } from './mask-word.ts'
import { splitColumn, varyingColumns } from './varying-columns.ts'

/** One masked message and how many lines had it. */
export interface Shape {
  readonly tokens: readonly string[]
  readonly count: number
}

export interface RefineOptions {
  /** More distinct words than this in one column are a variable. */
  readonly maxWords: number
  /** The same for columns that rather hold keywords: the first word, words that begin with a capital. */
  readonly maxKeywords: number
  /** Least share of constant words that a template needs. */
  readonly minConstant: number
}

export const DEFAULT_REFINE: RefineOptions = { maxWords: 3, maxKeywords: 16, minConstant: 0.5 }

/** A template: tokens with the mark where a variable stands, and the shapes it covers (their indices). */
export interface Template {
  readonly tokens: readonly string[]
  readonly members: readonly number[]
}

const EMPTY: Shape = { tokens: [], count: 0 }

interface Refinement {
  readonly shapes: readonly Shape[]
  readonly options: RefineOptions
  /** Words met as values in a column that is a variable beyond doubt. */
  readonly values: Set<string>
  out: Template[]
}

/** Groups shapes into templates; `values` carries the words known as values from call to call. */
export function refineTemplates(
  shapes: readonly Shape[],
  options = DEFAULT_REFINE,
  values = new Set<string>()
): Template[] {
  const byLength = new Map<number, number[]>()
  shapes.forEach((shape, i) => {
    const list = byLength.get(shape.tokens.length)
    if (list) list.push(i)
    else byLength.set(shape.tokens.length, [i])
  })
  const refinement: Refinement = { shapes, options, values, out: [] }
  // Twice: words that prove to be values in one template are values in the others too.
  for (let pass = 0; pass < 2; pass++) {
    refinement.out = []
    for (const members of byLength.values()) partition(refinement, members)
  }
  return joinLists(refinement.out)
}

function partition(refinement: Refinement, members: readonly number[]): void {
  const { shapes, options, values } = refinement
  const rows = members.map((m) => shapes[m] ?? EMPTY)
  const columns = varyingColumns(rows)
  const split = splitColumn(rows[0]?.tokens ?? [], columns, { ...options, values })
  if (split === undefined) {
    const tokens = [...(rows[0]?.tokens ?? [])]
    for (const column of columns) {
      tokens[column.index] = MARK
      if (column.values.size > options.maxWords)
        for (const value of column.values.keys()) values.add(value)
    }
    refinement.out.push({ tokens, members })
    return
  }
  const parts = new Map<string, number[]>()
  members.forEach((member, i) => {
    const value = rows[i]?.tokens[split] ?? ''
    const list = parts.get(value)
    if (list) list.push(member)
    else parts.set(value, [member])
  })
  for (const part of parts.values()) partition(refinement, part)
}

/** Joins templates that differ only in how many values a list holds, when three lengths were met. */
function joinLists(templates: readonly Template[]): Template[] {
  const byKey = new Map<string, Template[]>()
  for (const template of templates) {
    const key = withoutRuns(template.tokens).join('\n')
    const list = byKey.get(key)
    if (list) list.push(template)
    else byKey.set(key, [template])
  }
  const out: Template[] = []
  for (const list of byKey.values()) {
    if (list.length < 3) out.push(...list)
    else
      out.push({
        tokens: withoutRuns(list[0]?.tokens ?? []),
        members: list.flatMap((t) => t.members)
      })
  }
  return out
}

/** Tokens with every run of marks, also with commas between them, cut to one mark. */
function withoutRuns(tokens: readonly string[]): string[] {
  const out: string[] = []
  for (const token of tokens) {
    if (token === MARK && out.at(-1) === MARK) continue
    if (token === MARK && out.at(-1) === ',' && out.at(-2) === MARK) {
      out.pop()
      continue
    }
    out.push(token)
  }
  return out
}
