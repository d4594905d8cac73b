// The result of a text analysis.

export { TextReportView } from './text-report.ts'
