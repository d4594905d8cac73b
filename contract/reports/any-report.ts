// Any report, told apart by its kind.

import { z } from 'zod'
import { LogsReport } from './logs.ts'
import { MachinesReport } from './machines.ts'
import { TextReport } from './text.ts'

export const Report = z.discriminatedUnion('kind', [TextReport, LogsReport, MachinesReport])
export type Report = z.infer<typeof Report>

/** Body of a record of the `result` stream: the outcome of a job without any of its content. */
export const ResultRecord = z.object({
  job: z.string(),
  kind: z.enum(['text', 'logs', 'machines']),
  state: z.enum(['done', 'failed', 'cancelled']),
  inputs: z.number().int().nonnegative(),
  failures: z.number().int().nonnegative(),
  findings: z.record(
    z.enum(['critical', 'high', 'medium', 'low', 'info']),
    z.number().int().nonnegative()
  ),
  durationMs: z.number().nonnegative(),
  models: z.array(z.object({ name: z.string(), version: z.string() }))
})
export type ResultRecord = z.infer<typeof ResultRecord>

/** Body of a record of the `audit` stream: who did what on the device, without content. */
export const AuditRecord = z.object({
  actor: z.string(),
  action: z.string(),
  subject: z.string(),
  outcome: z.enum(['done', 'refused', 'failed']),
  detail: z.string()
})
export type AuditRecord = z.infer<typeof AuditRecord>
