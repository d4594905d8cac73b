// The public face of the report renderers.

export { escapeHtml, escapeMarkdown } from './escape.ts'
export {
  REPORT_FORMATS as reportFormats,
  REPORT_MEDIA_TYPES,
  type ReportFormat,
  renderReport
} from './render-report.ts'
export { reachesSeverity, reportSeverity, SEVERITIES } from './report-severity.ts'
