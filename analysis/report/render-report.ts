// One door to all renderings of a report.

import type { Report } from '../../contract/index.ts'
import { renderCsv } from './render-csv.ts'
import { renderHtml } from './render-html.ts'
import { renderMarkdown } from './render-markdown.ts'

export const REPORT_FORMATS = ['json', 'md', 'html', 'csv'] as const
export type ReportFormat = (typeof REPORT_FORMATS)[number]

/** Media type of each format, for HTTP. */
export const REPORT_MEDIA_TYPES: Readonly<Record<ReportFormat, string>> = {
  json: 'application/json; charset=utf-8',
  md: 'text/markdown; charset=utf-8',
  html: 'text/html; charset=utf-8',
  csv: 'text/csv; charset=utf-8'
}

const RENDERERS: Readonly<Record<ReportFormat, (report: Report) => string>> = {
  json: (report) => `${JSON.stringify(report, null, 2)}\n`,
  md: renderMarkdown,
  html: renderHtml,
  csv: renderCsv
}

/** A report as text in the given format. */
export function renderReport(report: Report, format: ReportFormat): string {
  return RENDERERS[format](report)
}
