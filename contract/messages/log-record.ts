// What the log watch knows: templates with counts, and what is unusual about them. Lines themselves stay
// on the device; only templates, counts and anomalies travel.

import { z } from 'zod'
import { Timestamp } from './envelope.ts'

export const LogLevel = z.enum(['fatal', 'error', 'warning', 'info', 'debug', 'unknown'])
export type LogLevel = z.infer<typeof LogLevel>

export const LogTemplate = z.object({
  id: z.string(),
  /** Message with `<*>` for every variable part. */
  template: z.string(),
  level: LogLevel,
  count: z.number().int().nonnegative(),
  /** Lines a minute, now and as usual. */
  ratePerMinute: z.number().nonnegative(),
  usualPerMinute: z.number().nonnegative(),
  firstSeenAt: Timestamp,
  lastSeenAt: Timestamp,
  source: z.string()
})
export type LogTemplate = z.infer<typeof LogTemplate>

export const LogAnomalyKind = z.enum(['new-template', 'burst', 'silence', 'error-words'])

export const LogAnomaly = z.object({
  id: z.string(),
  kind: LogAnomalyKind,
  templateId: z.string(),
  template: z.string(),
  source: z.string(),
  at: Timestamp,
  score: z.number().min(0).max(1),
  /** One sentence: "Seen 214 times in 10 s, usually 3". */
  reason: z.string()
})
export type LogAnomaly = z.infer<typeof LogAnomaly>

export const LogSource = z.object({
  /** Path, or `journal:<unit>`. */
  name: z.string(),
  state: z.enum(['following', 'waiting', 'failed']),
  /** Why it is not followed; empty otherwise. */
  sentence: z.string(),
  lines: z.number().int().nonnegative(),
  lastAt: Timestamp.nullable()
})
export type LogSource = z.infer<typeof LogSource>

/** `GET /api/v1/logs`: what the log watch sees now. */
export const LogOverview = z.object({
  at: Timestamp,
  sources: z.array(LogSource),
  lines: z.number().int().nonnegative(),
  linesPerSecond: z.number().nonnegative(),
  templates: z.array(LogTemplate),
  anomalies: z.array(LogAnomaly),
  /** Lines and unusual lines per bin, oldest first. */
  timeline: z.object({
    from: Timestamp,
    binMs: z.number().int().positive(),
    lines: z.array(z.number().int()),
    unusual: z.array(z.number().int())
  })
})
export type LogOverview = z.infer<typeof LogOverview>

/** Body of a record of the `log` stream: the counts of one interval, and the anomalies met in it. */
export const LogRecord = z.object({
  from: Timestamp,
  to: Timestamp,
  lines: z.number().int().nonnegative(),
  templates: z.array(
    z.object({
      id: z.string(),
      template: z.string(),
      level: LogLevel,
      source: z.string(),
      count: z.number().int()
    })
  ),
  anomalies: z.array(LogAnomaly)
})
export type LogRecord = z.infer<typeof LogRecord>
