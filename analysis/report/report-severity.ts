// How grave a report is: the gravest of its findings. The command line compares it with --fail-on.

import type { Report, Severity } from '../../contract/index.ts'

/** From the gravest to the least. */
export const SEVERITIES: readonly Severity[] = ['critical', 'high', 'medium', 'low', 'info']

/** The gravest severity; null without findings. */
export function reportSeverity(report: Report): Severity | null {
  return SEVERITIES.find((severity) => report.findings.some((f) => f.severity === severity)) ?? null
}

/** True when something in the report is at least as grave as the threshold. */
export function reachesSeverity(report: Report, threshold: Severity): boolean {
  const gravest = reportSeverity(report)
  return gravest !== null && SEVERITIES.indexOf(gravest) <= SEVERITIES.indexOf(threshold)
}
