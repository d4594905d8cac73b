// The kinds of report, and so of analysis, that exist.

import { z } from 'zod'

export const REPORT_KINDS = ['text', 'logs', 'machines'] as const
export const ReportKind = z.enum(REPORT_KINDS)
export type ReportKind = z.infer<typeof ReportKind>
