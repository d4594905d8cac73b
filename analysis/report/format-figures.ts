// Figures and words that all renderings share: thousands, shares, times, places, titles.

import type { Evidence, Report } from '../../contract/index.ts'

/** U+202F: between a figure and its unit, so that the two never part. */
const THIN = '\u202f'

export const TITLES: Readonly<Record<Report['kind'], string>> = {
  text: 'Summary and key findings',
  logs: 'Log analysis',
  machines: 'Machine data'
}

export const count = (value: number): string => value.toLocaleString('en')

/** "1 document", "2,000 documents". */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`

/** A reading with as many digits as it needs. */
export function reading(value: number | null): string {
  if (value === null) return '–'
  const digits = Math.abs(value) >= 1000 ? 0 : Math.abs(value) >= 10 ? 1 : 3
  return value.toLocaleString('en', { maximumFractionDigits: digits }).replace('-', '\u2212')
}

/** 2026-11-24 09:41 UTC. */
export const dateTime = (milliseconds: number): string =>
  `${new Date(milliseconds).toISOString().slice(0, 16).replace('T', ' ')} UTC`

export function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)}${THIN}ms`
  const seconds = milliseconds / 1000
  return seconds < 120 ? `${seconds.toFixed(1)}${THIN}s` : `${Math.round(seconds / 60)}${THIN}min`
}

/** Confidence in a word, as the workbench says it. */
export const confidenceWord = (value: number): string =>
  value >= 0.75 ? 'high' : value >= 0.4 ? 'medium' : 'low'

/** Where a piece of evidence stands, for a reader. */
export function placeOf(evidence: Evidence, report: Report): string {
  const input = report.inputs[evidence.input]?.name ?? `input ${evidence.input + 1}`
  if (evidence.type === 'sentence') return `${input}, sentence ${count(evidence.sentence + 1)}`
  if (evidence.type === 'line') return `${input}, line ${count(evidence.line)}`
  return `${input}, ${evidence.series}, row ${count(evidence.row)}`
}

/** What a piece of evidence says. */
export const saidBy = (evidence: Evidence): string =>
  evidence.type === 'sample' ? reading(evidence.value) : evidence.text

/** One sentence that says what the report holds. */
export function headline(report: Report): string {
  const found = counted(report.findings.length, 'finding')
  switch (report.kind) {
    case 'text': {
      const { documents, sentences, failures } = report.figures
      const failed = failures.length > 0 ? `; ${count(failures.length)} could not be read` : ''
      return `${found} from ${counted(documents.length, 'document')} with ${counted(sentences, 'sentence')}${failed}.`
    }
    case 'logs': {
      const { lines, templates } = report.figures
      return `${found} in ${counted(lines, 'line')} of ${counted(templates.length, 'template')}.`
    }
    default: {
      const { rows, series } = report.figures
      return `${found} in ${counted(rows, 'row')} of ${counted(series.length, 'series', 'series')}.`
    }
  }
}
