// Measures one window: a closed loop that keeps one batch under way in each executor for a stated time, after
// a warm-up that does not count. It knows executors only as ports.

import { z } from 'zod'
import type { Clock } from '../../kernel/clock.ts'
import type { Tensors, TrialRun } from '../inference/index.ts'
import { mean, percentile } from './benchmark-statistics.ts'

/** An executor on a rung, as the bench sees it. */
export interface BenchTrial {
  readonly pid: number | undefined
  /** @throws NearsideError when the batch cannot be run */
  run(inputs: Tensors): Promise<TrialRun>
  close(): Promise<void>
}

/** What one window found. */
export const BenchmarkWindow = z.object({
  rows: z.number().int(),
  batches: z.number().int(),
  /** Rows a second. */
  throughput: z.number(),
  p50Ms: z.number(),
  p95Ms: z.number(),
  p99Ms: z.number(),
  shares: z.object({ queue: z.number(), copy: z.number(), compute: z.number(), other: z.number() }),
  memoryMb: z.number().nullable(),
  gpuMemoryMb: z.number().nullable(),
  powerW: z.number().nullable()
})
export type BenchmarkWindow = z.infer<typeof BenchmarkWindow>

/** What a window reads of the machine besides the time; each may know nothing. */
export interface Gauges {
  /** True when the power covers the processor too: without it a setting on the CPU has no power to show. */
  readonly coversProcessor: boolean
  /** Power now, W. */
  readPowerW(): number | null
  /** Memory of processes together, MB. */
  readMemoryMb(pids: readonly number[]): Promise<number | null>
  readGpuMemoryMb(pids: readonly number[]): Promise<number | null>
}

export interface WindowOptions {
  readonly trials: readonly BenchTrial[]
  /** Batches that are sent in turn. */
  readonly batches: readonly Tensors[]
  readonly rows: number
  readonly seconds: number
  readonly clock: Clock
  readonly gauges: Gauges
  /** Called for each batch; times as `clock.monotonicMs()`. */
  readonly onBatch?: (batch: SentBatch) => void
  readonly signal?: AbortSignal | undefined
}

export interface SentBatch extends TrialRun {
  readonly instance: number
  readonly rows: number
  readonly askedMs: number
  readonly answeredMs: number
}

/** Warm-up batches of each executor: the first runs of a shape allocate, and a GPU chooses its kernels. */
const WARM_UP_BATCHES = 3
/** Power is read this often, ms; an energy counter of the processor is updated each millisecond. */
const POWER_PERIOD_MS = 100

interface Lane {
  readonly latencies: number[]
  computeMs: number
  elapsedMs: number
}

/**
 * Warms up and measures. Each executor's rate is its rows over the time up to its last answer, so that a
 * batch under way at the end is neither lost nor cut.
 * @throws NearsideError what an executor could not do
 */
export async function measureWindow(options: WindowOptions): Promise<BenchmarkWindow> {
  const { trials, clock, gauges, rows } = options
  await Promise.all(trials.map((trial) => warmUp(trial, options)))
  const power: number[] = []
  const readPower = (): void => {
    const watts = gauges.readPowerW()
    if (watts !== null) power.push(watts)
  }
  gauges.readPowerW() // a counter of energy counts from here
  const stop = clock.every(POWER_PERIOD_MS, readPower)
  let lanes: Lane[]
  try {
    lanes = await Promise.all(trials.map((_, instance) => runLane(instance, options)))
  } finally {
    stop()
  }
  readPower()
  const pids = trials.flatMap(({ pid }) => pid ?? [])
  const latencies = Float64Array.from(lanes.flatMap((lane) => lane.latencies)).sort()
  return {
    rows: latencies.length * rows,
    batches: latencies.length,
    throughput: lanes.reduce((sum, lane) => sum + rate(lane, rows), 0),
    p50Ms: percentile(latencies, 0.5),
    p95Ms: percentile(latencies, 0.95),
    p99Ms: percentile(latencies, 0.99),
    shares: sharesOf(lanes),
    memoryMb: await gauges.readMemoryMb(pids),
    gpuMemoryMb: await gauges.readGpuMemoryMb(pids),
    powerW: power.length > 0 ? mean(power) : null
  }
}

const rate = ({ latencies, elapsedMs }: Lane, rows: number): number =>
  elapsedMs > 0 ? (latencies.length * rows * 1000) / elapsedMs : 0

async function warmUp(trial: BenchTrial, { batches }: WindowOptions): Promise<void> {
  for (let turn = 0; turn < WARM_UP_BATCHES; turn += 1) {
    const batch = batches[turn % batches.length]
    if (batch) await trial.run(batch)
  }
}

async function runLane(instance: number, options: WindowOptions): Promise<Lane> {
  const { trials, batches, rows, seconds, clock, onBatch, signal } = options
  const lane: Lane = { latencies: [], computeMs: 0, elapsedMs: 0 }
  const startMs = clock.monotonicMs()
  const endMs = startMs + seconds * 1000
  for (let turn = instance; ; turn += 1) {
    const batch = batches[turn % batches.length]
    const trial = trials[instance]
    if (!batch || !trial) return lane
    const askedMs = clock.monotonicMs()
    const run = await trial.run(batch)
    const answeredMs = clock.monotonicMs()
    lane.latencies.push(answeredMs - askedMs)
    lane.computeMs += Math.min(run.computeMs, answeredMs - askedMs)
    lane.elapsedMs = answeredMs - startMs
    onBatch?.({ ...run, instance, rows, askedMs, answeredMs })
    if (answeredMs >= endMs || signal?.aborted) return lane
  }
}

/**
 * Where the time of the loops went. Nothing queues, since each executor has one batch at a time; what is
 * neither computing nor carrying tensors is the loop's own.
 */
function sharesOf(lanes: readonly Lane[]): BenchmarkWindow['shares'] {
  const total = lanes.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0)
  if (total <= 0) return { queue: 0, copy: 0, compute: 1, other: 0 }
  const inside = lanes.reduce((sum, lane) => sum + lane.computeMs, 0)
  const asked = lanes.reduce((sum, { latencies }) => sum + latencies.reduce((a, b) => a + b, 0), 0)
  const compute = inside / total
  const copy = Math.max(0, asked - inside) / total
  return { queue: 0, copy, compute, other: Math.max(0, 1 - copy - compute) }
}
