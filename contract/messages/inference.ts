// What the inference runtime says of itself: the rungs of a model's ladder, one line a batch, engine builds.

import { z } from 'zod'
import { Timestamp } from './envelope.ts'
import { Precision, Rung, ServingRung } from './model-manifest.ts'

/** One rung of the ladder for a model: taken, refused with the reason, or not tried yet. */
export const RungStatus = z.object({
  rung: Rung,
  taken: z.boolean(),
  /** Null when nothing stands against the rung. */
  code: z.string().nullable(),
  sentence: z.string(),
  /** What the library or the measurement said, for an engineer; never content of a request. */
  detail: z.string().nullable().default(null),
  /** Variant that was measured on this rung. */
  precision: Precision.nullable().default(null),
  /** 95th percentile of the measured golden runs, ms. */
  p95Ms: z.number().nullable().default(null),
  /** When the rung was probed on this machine. */
  at: Timestamp.nullable().default(null)
})
export type RungStatus = z.infer<typeof RungStatus>

/** A background build of a TensorRT engine. */
export const EngineBuild = z.object({
  model: z.string(),
  version: z.string(),
  precision: Precision,
  state: z.enum(['waiting', 'building', 'checking', 'ready', 'failed', 'cancelled']),
  /** 0 to 1; an estimate from the builder's log. */
  progress: z.number().min(0).max(1),
  startedAt: Timestamp.nullable(),
  endedAt: Timestamp.nullable(),
  code: z.string().nullable(),
  sentence: z.string()
})
export type EngineBuild = z.infer<typeof EngineBuild>

/** One batch that ran: the trace ring of the scheduler holds the newest. */
export const BatchTrace = z.object({
  /** Start of the batch. */
  at: Timestamp,
  model: z.string(),
  version: z.string(),
  rung: ServingRung,
  /** Which of the model's executors ran it. */
  instance: z.number().int().nonnegative(),
  requests: z.number().int().positive(),
  /** Sum of the rows of its requests. */
  rows: z.number().int().positive(),
  bucket: z.string(),
  /** Longest and shortest wait of its requests, ms. */
  queueMaxMs: z.number(),
  queueMinMs: z.number(),
  computeMs: z.number(),
  /** What the cost model expected, ms; null before it has learnt. */
  predictedMs: z.number().nullable(),
  /** Why the batch was closed at this size. */
  reason: z.enum(['full', 'deadline', 'no-gain', 'only', 'throttled', 'shared'])
})
export type BatchTrace = z.infer<typeof BatchTrace>
