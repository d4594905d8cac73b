// The one shape of every report: inputs, models, findings with evidence, figures, limits.

import { z } from 'zod'
import {
  ModelName,
  ModelVersion,
  Precision,
  ServingRung,
  Sha256,
  Timestamp
} from '../messages/index.ts'

export const Severity = z.enum(['critical', 'high', 'medium', 'low', 'info'])
export type Severity = z.infer<typeof Severity>

/** Where a statement comes from. Offsets count UTF-16 code units in the extracted text of the input. */
export const Evidence = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('sentence'),
    /** Index into `inputs`. */
    input: z.number().int().nonnegative(),
    sentence: z.number().int().nonnegative(),
    start: z.number().int().nonnegative(),
    end: z.number().int().nonnegative(),
    text: z.string()
  }),
  z.object({
    type: z.literal('line'),
    input: z.number().int().nonnegative(),
    /** From 1. */
    line: z.number().int().positive(),
    text: z.string()
  }),
  z.object({
    type: z.literal('sample'),
    input: z.number().int().nonnegative(),
    /** Row of the table, from 0, and the series it belongs to. */
    row: z.number().int().nonnegative(),
    series: z.string(),
    value: z.number().nullable()
  })
])
export type Evidence = z.infer<typeof Evidence>

export const Finding = z.object({
  id: z.string(),
  severity: Severity,
  title: z.string(),
  text: z.string(),
  evidence: z.array(Evidence),
  confidence: z.number().min(0).max(1)
})
export type Finding = z.infer<typeof Finding>

export const ReportInput = z.object({
  name: z.string(),
  sha256: Sha256,
  bytes: z.number().int().nonnegative()
})
export type ReportInput = z.infer<typeof ReportInput>

export const ReportModel = z.object({
  name: ModelName,
  version: ModelVersion,
  precision: Precision,
  rung: ServingRung
})
export type ReportModel = z.infer<typeof ReportModel>

/** Fields that every report has; each kind adds its own `figures`. */
export const reportFields = {
  version: z.literal(1),
  createdAt: Timestamp,
  device: z.string(),
  inputs: z.array(ReportInput),
  models: z.array(ReportModel),
  findings: z.array(Finding),
  /** What the reader must know about the reach of this report, in sentences. */
  limits: z.array(z.string())
}
