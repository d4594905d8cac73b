// A report as a table of its findings: one row a finding, the first piece of evidence beside it.

import type { Finding, Report } from '../../contract/index.ts'
import { escapeCsv } from './escape.ts'
import { saidBy } from './format-figures.ts'

const COLUMNS = [
  'id',
  'severity',
  'title',
  'text',
  'confidence',
  'input',
  'place',
  'start',
  'end',
  'evidence'
]

/** CSV after RFC 4180 with a header row. */
export function renderCsv(report: Report): string {
  const rows = report.findings.map((finding) => rowOf(finding, report))
  return [COLUMNS, ...rows].map((row) => `${row.map(escapeCsv).join(',')}\r\n`).join('')
}

function rowOf(finding: Finding, report: Report): (string | number | null)[] {
  const { id, severity, title, text, confidence } = finding
  const cells = [id, severity, title, text, Number(confidence.toFixed(4))]
  const [evidence] = finding.evidence
  if (!evidence) return [...cells, null, null, null, null, null]
  const input = report.inputs[evidence.input]?.name ?? null
  const isSentence = evidence.type === 'sentence'
  const place = isSentence
    ? evidence.sentence
    : evidence.type === 'line'
      ? evidence.line
      : evidence.row
  const start = isSentence ? evidence.start : null
  const end = isSentence ? evidence.end : null
  return [...cells, input, place, start, end, saidBy(evidence)]
}
