// Rows of `analyze text --emit`: one JSON object a line, as pipes and evaluations read them.

import type { DocumentRoles } from '../../analysis/index.ts'
import type { ReportInput, TextReport } from '../../contract/index.ts'

export const TEXT_EMITS = ['summary', 'roles', 'findings'] as const
export type TextEmit = (typeof TEXT_EMITS)[number]

/** One row a document: its summary and the sentences it is made of. */
export function summaryRows({ figures, inputs }: TextReport): string {
  return lines(
    figures.documents.map((document) => ({
      doc: inputs[document.input]?.name ?? document.title,
      summary: document.summaryText,
      sentences: document.summary
    }))
  )
}

/** One row a finding, ranked from 1 in each document. */
export function findingRows({ figures, inputs }: TextReport): string {
  return lines(
    figures.documents.flatMap((document) =>
      document.keyFindings.map(({ sentence, score }, i) => ({
        doc: inputs[document.input]?.name ?? document.title,
        rank: i + 1,
        sentence,
        score
      }))
    )
  )
}

/** One row a sentence. */
export function roleRows(
  documents: readonly DocumentRoles[],
  inputs: readonly ReportInput[]
): string {
  return lines(
    documents.flatMap(({ input, roles }) =>
      roles.map((role, sentence) => ({ doc: inputs[input]?.name ?? String(input), sentence, role }))
    )
  )
}

const lines = (rows: readonly unknown[]): string =>
  rows.map((row) => `${JSON.stringify(row)}\n`).join('')
