// A benchmark of one model on one machine: a grid of settings, measured with repeats. Written by
// `nearside bench` and the workbench; both show the same document.

import { z } from 'zod'
import { Timestamp } from './envelope.ts'
import { Precision, Rung } from './model-manifest.ts'

/** A mean with its 95 % confidence interval; the interval is null with fewer than 3 repeats. */
export const Measured = z.object({
  value: z.number(),
  low: z.number().nullable(),
  high: z.number().nullable()
})
export type Measured = z.infer<typeof Measured>

/** One setting of the grid. */
export const BenchmarkSetting = z.object({
  rung: Rung,
  precision: Precision,
  /** GPUs used; 0 on a CPU rung. */
  gpus: z.number().int().nonnegative(),
  instances: z.number().int().positive(),
  batch: z.number().int().positive(),
  /** Threads of one CPU instance. */
  threads: z.number().int().positive()
})
export type BenchmarkSetting = z.infer<typeof BenchmarkSetting>

export const BenchmarkCell = z.object({
  /** `cpu/int8/g0/i1/b8/t2`: stable name of the setting. */
  id: z.string(),
  setting: BenchmarkSetting,
  state: z.enum(['measured', 'refused', 'dropped']),
  /** Why a cell was refused or dropped by the tuner; empty when measured. */
  sentence: z.string(),
  repeats: z.number().int().nonnegative(),
  /** Rows answered in a second. */
  throughput: Measured.nullable(),
  /** Latency of one batch, ms. */
  p50Ms: Measured.nullable(),
  p95Ms: Measured.nullable(),
  p99Ms: Measured.nullable(),
  /** Shares of the time of a request: they add up to 1. */
  shares: z
    .object({ queue: z.number(), copy: z.number(), compute: z.number(), other: z.number() })
    .nullable(),
  /** Memory of the executors, MB: host, and GPU where there is one. */
  memoryMb: z.number().nullable(),
  gpuMemoryMb: z.number().nullable(),
  /** Mean power while it ran, W, and energy per 1,000 rows, J; null where power is not measured. */
  powerW: z.number().nullable(),
  joulesPer1000: z.number().nullable()
})
export type BenchmarkCell = z.infer<typeof BenchmarkCell>

export const BenchmarkReport = z.object({
  schemaVersion: z.literal(1),
  id: z.string(),
  model: z.string(),
  version: z.string(),
  /** Shape of one row as measured, e.g. `input_ids[128]`. */
  shape: z.string(),
  startedAt: Timestamp,
  endedAt: Timestamp.nullable(),
  state: z.enum(['running', 'done', 'cancelled', 'failed']),
  progress: z.number().min(0).max(1),
  machine: z.object({
    cpu: z.string(),
    cores: z.number().int(),
    memoryBytes: z.number(),
    gpus: z.array(z.string()),
    driver: z.string().nullable(),
    runtime: z.string(),
    platform: z.string()
  }),
  /** Time that one request may take, ms; from the manifest unless set. */
  latencyGoalMs: z.number().positive(),
  cells: z.array(BenchmarkCell),
  /** Id of the cell with the highest throughput within the latency goal; null when none meets it. */
  best: z.string().nullable(),
  /** Sentences that answer: what the GPU gains, and which setting to take. */
  findings: z.array(z.string())
})
export type BenchmarkReport = z.infer<typeof BenchmarkReport>

/** `GET /api/v1/benchmarks`: newest first, without their cells. */
export const BenchmarkSummary = BenchmarkReport.omit({ cells: true }).extend({
  cells: z.number().int()
})
export type BenchmarkSummary = z.infer<typeof BenchmarkSummary>

/** Body of `POST /api/v1/benchmarks`. */
export const BenchmarkRequest = z.object({
  model: z.string(),
  rungs: z.array(Rung).optional(),
  precisions: z.array(Precision).optional(),
  batches: z.array(z.number().int().min(1).max(4096)).max(12).optional(),
  instances: z.array(z.number().int().min(1).max(16)).max(8).optional(),
  /** Seconds that one repeat of one cell runs. */
  seconds: z.number().min(0.1).max(120).default(2),
  repeats: z.number().int().min(1).max(30).default(5),
  /** `grid` measures every cell, `halving` drops the slower half after each round. */
  method: z.enum(['grid', 'halving']).default('grid')
})
export type BenchmarkRequest = z.infer<typeof BenchmarkRequest>
