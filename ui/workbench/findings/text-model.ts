// The report of a text analysis as the screen shows it: rows of documents and of findings, filters and
// neighbours. Pure.

import type { Report } from '../../api/index.ts'
import { msg } from '../../i18n/index.ts'

export type TextReport = Extract<Report, { kind: 'text' }>
type DocumentResult = TextReport['figures']['documents'][number]
export type Role = DocumentResult['sentences'][number]['role']

export interface DocumentRow {
  readonly kind: 'document'
  readonly key: string
  /** Index into the inputs of the report. */
  readonly input: number
  readonly title: string
  readonly name: string
  readonly result: DocumentResult
}

export interface FindingRow {
  readonly kind: 'finding'
  readonly key: string
  readonly input: number
  readonly sentence: number
  readonly text: string
  readonly role: Role
  readonly roleConfidence: number
  readonly score: number
  readonly title: string
}

export interface FailureRow {
  readonly kind: 'failure'
  readonly key: string
  readonly name: string
  readonly code: string
  readonly sentence: string
}

export type ListRow = DocumentRow | FindingRow | FailureRow
export type ListMode = 'documents' | 'findings' | 'failures'

export interface TextRows {
  readonly documents: readonly DocumentRow[]
  /** The surest first. */
  readonly findings: readonly FindingRow[]
  readonly failures: readonly FailureRow[]
}

function findingsOf(result: DocumentResult): FindingRow[] {
  return result.keyFindings.map(({ sentence, score, text }) => {
    const span = result.sentences[sentence]
    return {
      kind: 'finding',
      key: `${result.input}-${sentence}`,
      input: result.input,
      sentence,
      text,
      role: span?.role ?? 'other',
      roleConfidence: span?.confidence ?? 0,
      score,
      title: result.title
    }
  })
}

/** All rows of a report. */
export function rowsOf({ inputs, figures }: TextReport): TextRows {
  return {
    documents: figures.documents.map((result) => {
      const name = inputs[result.input]?.name ?? ''
      // A document without a title of its own is called by its file, without the folders.
      const own = result.title !== '' && result.title !== name
      return {
        kind: 'document',
        key: String(result.input),
        input: result.input,
        title: own ? result.title : (name.split('/').at(-1) ?? name),
        name,
        result
      }
    }),
    findings: figures.documents.flatMap(findingsOf).toSorted((a, b) => b.score - a.score),
    failures: figures.failures.map(({ name, code, sentence }) => ({
      kind: 'failure',
      key: name,
      name,
      code,
      sentence
    }))
  }
}

export interface TextFilter {
  readonly mode: ListMode
  readonly role: Role | ''
  readonly words: string
}

const textOf = (row: ListRow): string => {
  if (row.kind === 'document') return `${row.title} ${row.name}`
  return row.kind === 'finding' ? `${row.text} ${row.title}` : `${row.name} ${row.sentence}`
}

/** The rows of the list: all words of the filter stand in each. */
export function filterRows(rows: TextRows, { mode, role, words }: TextFilter): readonly ListRow[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean)
  const all: readonly ListRow[] = rows[mode]
  return all.filter((row) => {
    if (row.kind === 'finding' && role !== '' && row.role !== role) return false
    if (wanted.length === 0) return true
    const text = textOf(row).toLowerCase()
    return wanted.every((word) => text.includes(word))
  })
}

/** Findings of one document in reading order. */
export const findingsInOrder = (rows: TextRows, input: number): readonly FindingRow[] =>
  rows.findings
    .filter((finding) => finding.input === input)
    .toSorted((a, b) => a.sentence - b.sentence)

/** How many findings each role has. */
export function roleCounts(findings: readonly FindingRow[]): ReadonlyMap<Role, number> {
  const counts = new Map<Role, number>()
  for (const { role } of findings) counts.set(role, (counts.get(role) ?? 0) + 1)
  return counts
}

export const ROLES: readonly Role[] = ['background', 'methods', 'results', 'conclusions', 'other']

const ROLE_WORDS: Readonly<Record<Role, () => string>> = {
  background: () => msg('Background'),
  methods: () => msg('Methods'),
  results: () => msg('Results'),
  conclusions: () => msg('Conclusions'),
  other: () => msg('Other')
}

export const roleWord = (role: Role): string => ROLE_WORDS[role]()

/** The word beside a confidence. */
export function confidenceWord(score: number): string {
  if (score >= 0.6) return msg('high')
  return score >= 0.35 ? msg('medium') : msg('low')
}
