// Jobs: analyses on request, on the device.

import { z } from 'zod'
import { ReportKind } from '../report-kind.ts'
import { Timestamp } from './envelope.ts'

export const JOB_STATES = ['waiting', 'running', 'paused', 'done', 'failed', 'cancelled'] as const
export const JobState = z.enum(JOB_STATES)
export type JobState = z.infer<typeof JobState>

export const JobInput = z.object({
  name: z.string(),
  bytes: z.number().int().nonnegative(),
  state: z.enum(['waiting', 'done', 'failed']),
  /** Why it failed: code and sentence; null otherwise. */
  code: z.string().nullable(),
  sentence: z.string().nullable()
})
export type JobInput = z.infer<typeof JobInput>

export const Job = z.object({
  id: z.string(),
  kind: ReportKind,
  title: z.string(),
  state: JobState,
  /** One sentence: why it waits, what it does, how it ended. */
  sentence: z.string(),
  /** Error code when failed. */
  code: z.string().nullable(),
  createdAt: Timestamp,
  startedAt: Timestamp.nullable(),
  endedAt: Timestamp.nullable(),
  progress: z.object({
    /** Items: documents, lines or rows, as `unit` says. */
    done: z.number().int().nonnegative(),
    failed: z.number().int().nonnegative(),
    /** Null while unknown. */
    total: z.number().int().nonnegative().nullable(),
    unit: z.enum(['documents', 'lines', 'rows', 'bytes']),
    perMinute: z.number().nonnegative().nullable(),
    secondsLeft: z.number().nonnegative().nullable()
  }),
  inputs: z.number().int().nonnegative(),
  bytes: z.number().int().nonnegative(),
  options: z.record(z.string(), z.unknown()),
  /** The inputs are wiped at this time, or when the job is deleted. */
  wipedAt: Timestamp.nullable(),
  hasReport: z.boolean()
})
export type Job = z.infer<typeof Job>

/** `GET /api/v1/jobs/{id}`: the job with its first inputs (failed ones first). */
export const JobDetail = Job.extend({ files: z.array(JobInput) })
export type JobDetail = z.infer<typeof JobDetail>

/** `POST /api/v1/jobs` as JSON: run on a sample, or on text given in place. As multipart: fields `kind`, `options` (JSON), files `file`. */
export const JobRequest = z.object({
  kind: ReportKind,
  title: z.string().min(1).max(120).optional(),
  options: z.record(z.string(), z.unknown()).default({}),
  sample: z.string().max(60).optional(),
  texts: z
    .array(z.object({ name: z.string().min(1).max(255), text: z.string() }))
    .max(1000)
    .optional()
})
export type JobRequest = z.infer<typeof JobRequest>

/** One kind of analysis as `GET /api/v1/analyses` describes it. */
export const AnalysisDescription = z.object({
  kind: ReportKind,
  title: z.string(),
  summary: z.string(),
  /** File endings taken, without the dot. */
  accepts: z.array(z.string()),
  limits: z.object({
    fileBytes: z.number().int(),
    files: z.number().int(),
    totalBytes: z.number().int()
  }),
  /** JSON Schema of the options, with titles and units. */
  options: z.record(z.string(), z.unknown()),
  samples: z.array(z.object({ id: z.string(), title: z.string(), bytes: z.number().int() }))
})
export type AnalysisDescription = z.infer<typeof AnalysisDescription>

/** `GET /api/v1/jobs/{id}/documents/{index}`: the extracted text that offsets of a report count in. */
export const DocumentText = z.object({
  name: z.string(),
  text: z.string(),
  pages: z.array(z.number().int())
})
export type DocumentText = z.infer<typeof DocumentText>
