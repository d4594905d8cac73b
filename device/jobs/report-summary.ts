// What a report comes to, for the result stream: counts only, no word of its content.

import type { Report } from '../../contract/index.ts'
import type { ReportSummary } from './job-messages.ts'

export function summariseReport(report: Report): ReportSummary {
  const findings = { critical: 0, high: 0, medium: 0, low: 0, info: 0 }
  for (const { severity } of report.findings) findings[severity] += 1
  const failures = report.kind === 'text' ? report.figures.failures.length : 0
  return {
    findings,
    failures,
    models: report.models.map(({ name, version }) => ({ name, version }))
  }
}
