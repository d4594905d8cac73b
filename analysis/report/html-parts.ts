// Pieces of HTML that several kinds of report share: findings with their evidence, tables, severity marks.

import type { Finding, Report, Severity } from '../../contract/index.ts'
import { escapeHtml as h } from './escape.ts'
import { confidenceWord, count, placeOf, saidBy } from './format-figures.ts'
import { SEVERITIES } from './report-severity.ts'

/** Rows of a long table that are printed; the JSON report holds all. */
const MOST_ROWS = 300
const MOST_EVIDENCE = 5

export const section = (title: string, body: string): string =>
  `<section><h2>${h(title)}</h2>${body}</section>`

/** A shape and a word, never colour alone. */
export const severityMark = (severity: Severity): string =>
  `<span class="sev ${severity}">${severity.charAt(0).toUpperCase()}${severity.slice(1)}</span>`

/** Confidence as a bar, a number and a word. */
export function confidenceMeter(value: number): string {
  const percent = Math.round(value * 100)
  return `<div class="meter"><i style="width:${percent}%"></i></div><span class="muted">${value.toFixed(2)}, ${confidenceWord(value)}</span>`
}

/** Findings, gravest first, with severity, confidence and their evidence in words. */
export function findingList(findings: readonly Finding[], report: Report): string {
  if (findings.length === 0) return '<p>Nothing unusual was found.</p>'
  const gravest = [...findings].sort(
    (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity)
  )
  const items = gravest.map((finding) => {
    const proof = finding.evidence.slice(0, MOST_EVIDENCE).map((piece) => {
      const quote = piece.type === 'line' ? `<code>${h(saidBy(piece))}</code>` : h(saidBy(piece))
      return `<blockquote>${quote}<div class="muted">${h(placeOf(piece, report))}</div></blockquote>`
    })
    const rest = finding.evidence.length - proof.length
    const more = rest > 0 ? `<p class="muted">${count(rest)} more in the JSON report.</p>` : ''
    return `<li><div>${severityMark(finding.severity)}${confidenceMeter(finding.confidence)}</div><div><strong>${h(finding.title)}</strong><p>${h(finding.text)}</p>${proof.join('')}${more}</div></li>`
  })
  return `<ul class="found">${items.join('')}</ul>`
}

/** A column: its head, and whether its cells are figures. */
export type Column = readonly [head: string, isFigure?: boolean]

/** A table of cells that are HTML already. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const cls = (i: number): string => (columns[i]?.[1] ? ' class="n"' : '')
  const head = columns.map(([name], i) => `<th scope="col"${cls(i)}>${h(name)}</th>`).join('')
  const body = rows
    .slice(0, MOST_ROWS)
    .map((cells) => `<tr>${cells.map((cell, i) => `<td${cls(i)}>${cell}</td>`).join('')}</tr>`)
    .join('')
  const rest = rows.length - MOST_ROWS
  const more = rest > 0 ? `<p class="muted">${count(rest)} more in the JSON report.</p>` : ''
  return `<div class="wide"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>${more}`
}
