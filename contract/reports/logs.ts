// Report of a log analysis: templates with counts, a timeline, and what is unusual.

import { z } from 'zod'
import { LogAnomalyKind, LogLevel } from '../messages/index.ts'
import { reportFields } from './envelope.ts'

export const TemplateResult = z.object({
  id: z.string(),
  template: z.string(),
  level: LogLevel,
  count: z.number().int().positive(),
  /** Line numbers, from 1. */
  firstLine: z.number().int().positive(),
  lastLine: z.number().int().positive(),
  examples: z.array(z.object({ line: z.number().int().positive(), text: z.string() })),
  /** Counts per bin of the timeline. */
  timeline: z.array(z.number().int().nonnegative())
})
export type TemplateResult = z.infer<typeof TemplateResult>

export const LogAnomalyResult = z.object({
  kind: LogAnomalyKind,
  template: z.string(),
  /** Bin of the timeline in which it stands out. */
  bin: z.number().int().nonnegative(),
  score: z.number().min(0).max(1),
  reason: z.string(),
  lines: z.array(z.number().int().positive())
})
export type LogAnomalyResult = z.infer<typeof LogAnomalyResult>

export const LogsReport = z.object({
  ...reportFields,
  kind: z.literal('logs'),
  figures: z.object({
    lines: z.number().int().nonnegative(),
    durationMs: z.number().nonnegative(),
    linesPerSecond: z.number().nonnegative(),
    templates: z.array(TemplateResult),
    anomalies: z.array(LogAnomalyResult),
    timeline: z.object({
      /** `time` when the lines carry times that could be read, `line` when bins are stretches of lines. */
      axis: z.enum(['time', 'line']),
      from: z.number(),
      binSize: z.number().positive(),
      lines: z.array(z.number().int().nonnegative()),
      unusual: z.array(z.number().int().nonnegative())
    })
  })
})
export type LogsReport = z.infer<typeof LogsReport>
