// Made-up benchmarks of a device for the pages' tests: a run on CPU and GPUs with refused, dropped and
// uncertain cells, an earlier one to compare with, one that is going on and one that failed.

import type {
  BenchmarkCell,
  BenchmarkReport,
  BenchmarkSetting,
  BenchmarkSummary,
  Measured
} from '../../contract/index.ts'
import { type FakeState, MINUTE, noise } from './fake-device-readings.ts'

type Place = Pick<BenchmarkSetting, 'rung' | 'gpus'>

const BATCHES = [1, 4, 8, 16, 32, 64] as const
const PRECISIONS = ['fp32', 'fp16', 'int8'] as const
const PLACES: readonly Place[] = [
  { rung: 'tensorrt', gpus: 2 },
  { rung: 'cuda', gpus: 2 },
  { rung: 'cuda', gpus: 1 },
  { rung: 'cpu', gpus: 0 }
]
/** Rows a second of one row at a time, and the batch at which half of the best rate is reached. */
const SPEEDS = {
  tensorrt: { fp32: [180, 14], fp16: [240, 14], int8: [230, 12] },
  cuda: { fp32: [118, 6], fp16: [142, 10], int8: [131, 8] },
  webgpu: { fp32: [60, 6], fp16: [60, 6], int8: [60, 6] },
  cpu: { fp32: [14, 0.7], fp16: [12, 0.7], int8: [41, 0.9] }
} as const

const around = (value: number, share: number, repeats: number): Measured => ({
  value,
  low: repeats < 3 ? null : value * (1 - share),
  high: repeats < 3 ? null : value * (1 + share)
})

function refusal({ rung, precision, batch, gpus }: BenchmarkSetting): string {
  if (rung === 'cpu' && precision === 'fp16')
    return 'sentence-roles 1.0.0 has no FP16 variant for CPU.'
  if (rung === 'tensorrt' && precision === 'int8' && batch > 32) return 'No memory for this batch.'
  return rung === 'tensorrt' && precision === 'fp32' && gpus === 2
    ? 'The TensorRT engine of sentence-roles 1.0.0 has not been built for FP32.'
    : ''
}

const nothing = {
  repeats: 0,
  throughput: null,
  p50Ms: null,
  p95Ms: null,
  p99Ms: null,
  shares: null,
  memoryMb: null,
  gpuMemoryMb: null,
  powerW: null,
  joulesPer1000: null
} as const

function figures(setting: BenchmarkSetting, faster: number, repeats: number) {
  const { rung, precision, batch, gpus, instances } = setting
  const [single, half] = SPEEDS[rung][precision === 'int4' ? 'int8' : precision]
  const apart = { 2: 1.45, 4: 1.3 }[instances] ?? 1
  const scale = gpus === 2 ? 1 + 0.6 * (1 - Math.exp(-batch / 12)) : apart
  const rate = ((single * batch * (half + 1)) / (batch + half)) * scale * faster
  const ms = (batch / rate) * 1000 * Math.max(instances, gpus)
  const spread = 0.012 + noise(batch, single) * 0.03
  const powerW = rung === 'cpu' ? null : 92 + gpus * 34 + batch * 0.4
  const copy = rung === 'cpu' ? 0.01 : 0.05
  return {
    repeats,
    throughput: around(rate, spread, repeats),
    p50Ms: around(ms * 0.92, spread, repeats),
    p95Ms: around(ms * 1.21, spread, repeats),
    p99Ms: around(ms * 1.48, spread * 2, repeats),
    shares: { queue: 0.06, copy, compute: 0.88 - copy - 0.1, other: 0.16 },
    memoryMb: 180 + batch * 2,
    gpuMemoryMb: rung === 'cpu' ? null : 410 + batch * 6,
    powerW,
    joulesPer1000: powerW === null ? null : (powerW / rate) * 1000
  }
}

function cell(setting: BenchmarkSetting, faster: number, done: boolean): BenchmarkCell {
  const { rung, precision, gpus, instances, batch, threads } = setting
  const id = `${rung}/${precision}/g${gpus}/i${instances}/b${batch}/t${threads}`
  const why = refusal(setting)
  if (why !== '') return { id, setting, state: 'refused', sentence: why, ...nothing }
  if (!done) return { id, setting, state: 'dropped', sentence: 'Not measured yet.', ...nothing }
  const slow = rung === 'cpu' && precision === 'fp32' && batch > 16
  return {
    id,
    setting,
    state: slow ? 'dropped' : 'measured',
    sentence: slow ? 'Dropped after round 1: slower than half of the settings that were left.' : '',
    ...figures(setting, faster, slow ? 1 : 5)
  }
}

/** A machine without a GPU: its four cores as one, two and four executors. */
const onCpu = (): BenchmarkSetting[] =>
  [1, 2, 4].flatMap((instances) =>
    (['fp32', 'int8'] as const).flatMap((precision) =>
      BATCHES.map((batch) => ({
        rung: 'cpu' as const,
        precision,
        gpus: 0,
        instances,
        batch,
        threads: 4 / instances
      }))
    )
  )

const onAll = (): BenchmarkSetting[] =>
  PLACES.flatMap(({ rung, gpus }) =>
    PRECISIONS.flatMap((precision) =>
      BATCHES.map((batch) => ({
        rung,
        precision,
        gpus,
        instances: 1,
        batch,
        threads: rung === 'cpu' ? 8 : 1
      }))
    )
  )

function cells(settings: readonly BenchmarkSetting[], faster: number, share: number) {
  return settings.map((setting, index) =>
    cell(setting, faster, index >= settings.length * (1 - share))
  )
}

interface Machine {
  readonly settings: readonly BenchmarkSetting[]
  readonly best: string
  readonly latencyGoalMs: number
  readonly gpus: readonly string[]
  readonly gain: string
}

const withGpus: Machine = {
  settings: onAll(),
  best: 'tensorrt/fp16/g2/i1/b32/t1',
  latencyGoalMs: 20,
  gpus: ['NVIDIA RTX 4000 Ada', 'NVIDIA RTX 4000 Ada'],
  gain: 'The GPU gives 61 times the throughput: the best GPU setting against the best CPU setting, both within the goal.'
}

const withoutGpu: Machine = {
  settings: onCpu(),
  best: 'cpu/int8/g0/i2/b4/t2',
  latencyGoalMs: 120,
  gpus: [],
  gain: 'No GPU was measured: this machine has none that can be used.'
}

function findings({ best, latencyGoalMs, gain }: Machine, all: readonly BenchmarkCell[]): string[] {
  const found = all.find(({ id }) => id === best)
  const [rate, p95] = [found?.throughput?.value ?? 0, found?.p95Ms?.value ?? 0]
  const take =
    best === withGpus.best
      ? 'TensorRT, 2 GPUs, FP16, 1 instance a GPU, batch 32'
      : 'CPU, INT8, 2 instances of 2 threads, batch 4'
  return [
    `Take ${take}: ${Math.round(rate).toLocaleString('en')} rows a second, and 95 of 100 batches answered within ${p95.toFixed(1)} ms, where the goal is ${latencyGoalMs} ms.`,
    gain,
    'Some figures have fewer than 3 repeats and no interval; measure again with more before you rely on them.'
  ]
}

/** What a device says of a run that failed. */
const FAILURE =
  'The process of an executor ended while it loaded the model; see the log of the device.'

interface Run {
  readonly id: string
  readonly at: number
  readonly faster: number
  readonly state: BenchmarkReport['state']
  readonly share: number
}

function run({ id, at, faster, state, share }: Run, machine: Machine): BenchmarkReport {
  const all = cells(machine.settings, faster, share)
  return {
    schemaVersion: 1,
    id,
    model: 'sentence-roles',
    version: faster > 1 ? '1.0.0' : '0.9.2',
    shape: 'input_ids[128]',
    startedAt: at,
    endedAt: state === 'running' ? null : at + 6.6 * MINUTE,
    state,
    progress: share,
    machine: {
      cpu: 'Intel Core i7-1365U',
      cores: 10,
      memoryBytes: 32e9,
      gpus: [...machine.gpus],
      driver: machine.gpus.length > 0 ? '560.35' : null,
      runtime: 'ONNX Runtime 1.29.0',
      platform: 'Linux 6.8, x64'
    },
    latencyGoalMs: machine.latencyGoalMs,
    cells: all,
    best: share === 1 ? machine.best : null,
    findings: state === 'failed' ? [FAILURE] : share === 1 ? findings(machine, all) : []
  }
}

/** All runs of a device, newest first. */
export function benchmarks(now: number, state: FakeState): BenchmarkReport[] {
  if (state === 'empty') return []
  const at = (minutes: number): number => now - minutes * MINUTE
  const made = (one: Run): BenchmarkReport => run(one, state === 'no-gpu' ? withoutGpu : withGpus)
  return [
    made({ id: 'run-42', at: at(2), faster: 1.02, state: 'running', share: 0.4 }),
    made({ id: 'run-41', at: at(97), faster: 1.12, state: 'done', share: 1 }),
    made({ id: 'run-40', at: at(300), faster: 1.1, state: 'failed', share: 0 }),
    made({ id: 'run-38', at: at(3000), faster: 1, state: 'done', share: 1 })
  ]
}

export const summaries = (now: number, state: FakeState): BenchmarkSummary[] =>
  benchmarks(now, state).map((report) => ({ ...report, cells: report.cells.length }))
