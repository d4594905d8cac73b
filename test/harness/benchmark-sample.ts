// A benchmark of a machine with two GPUs, made up by a formula, so that reports are tested and looked at without
// one. The figures say nothing about any real machine.

import type { ModelManifest, Rung } from '../../contract/index.ts'
import { cellsOf, withinGoal } from '../../device/advisor/benchmark-cells.ts'
import { findingsOf } from '../../device/advisor/benchmark-findings.ts'
import { type PlannedCell, planCells } from '../../device/advisor/benchmark-plan.ts'
import { seededRandom } from '../../device/advisor/benchmark-statistics.ts'
import type { BenchmarkWindow } from '../../device/advisor/benchmark-window.ts'
import type { BenchmarkFile } from '../../device/advisor/index.ts'

const MACHINE = {
  cpu: 'Example CPU 3000',
  cores: 16,
  memoryBytes: 64e9,
  gpus: ['Example GPU 24 GB', 'Example GPU 24 GB'],
  driver: '560.35.03',
  runtime: 'ONNX Runtime 1.30.0',
  platform: 'Debian GNU/Linux 12, x64'
}

/** Milliseconds of a batch: a fixed part, and a part a row. */
const COSTS: Readonly<Record<string, readonly [number, number]>> = {
  'tensorrt/fp16': [0.7, 0.05],
  'tensorrt/fp32': [1.1, 0.1],
  'cuda/fp16': [2.1, 0.07],
  'cuda/fp32': [2.3, 0.16],
  'cpu/int8': [1.5, 1.6],
  'cpu/fp32': [2, 4.8]
}

const variant = (precision: string, rungs: readonly string[]) => ({ precision, rungs })

const MODEL = {
  name: 'example-encoder',
  version: '1.4.0',
  batching: { maxBatch: 32 },
  variants: [
    variant('fp32', ['tensorrt', 'cuda', 'webgpu', 'cpu']),
    variant('fp16', ['tensorrt', 'cuda']),
    variant('int8', ['cpu'])
  ]
} as unknown as ModelManifest

const PLAN = {
  rungs: ['tensorrt', 'cuda', 'webgpu', 'cpu'],
  precisions: ['fp32', 'fp16', 'int8'],
  batches: [1, 4, 8, 16, 32, 64],
  instances: [1, 2],
  threads: [],
  gpus: [1, 2],
  seconds: 2,
  repeats: 5,
  method: 'grid',
  goalMs: 50,
  shape: {},
  seed: 1
} satisfies BenchmarkFile['run']['plan']

function windowOf(
  { setting }: PlannedCell,
  { random, slowGpu }: { random: () => number; slowGpu: number }
): BenchmarkWindow {
  const { rung, precision, batch, instances, gpus } = setting
  const [fixed, perRow] = COSTS[`${rung}/${precision}`] ?? [5, 5]
  const lanes = instances * Math.max(1, gpus)
  const crowd = rung === 'cpu' ? instances * 0.93 : instances ** 0.7
  const slow = rung === 'cpu' ? 0 : slowGpu
  const p50Ms = (slow + fixed + perRow * batch) * crowd * (0.97 + 0.06 * random())
  const throughput = (lanes * batch * 1000) / p50Ms
  return {
    rows: Math.round(throughput * 2),
    batches: Math.round((throughput * 2) / batch),
    throughput,
    p50Ms,
    p95Ms: p50Ms * 1.15,
    p99Ms: p50Ms * 1.3,
    shares: { queue: 0, copy: 0.12, compute: 0.86, other: 0.02 },
    memoryMb: 210 * lanes,
    gpuMemoryMb: rung === 'cpu' ? null : 640 * lanes,
    powerW: rung === 'cpu' ? 118 : 190 * Math.max(1, gpus)
  }
}

interface SampleOptions {
  readonly repeats?: number
  /** Rungs that the machine lacks, with the reason. */
  readonly refusals?: Partial<Record<Rung, string>>
  readonly powerSource?: string | null
  readonly seed?: number
  readonly goalMs?: number
  /** Added to each batch on a GPU, ms. */
  readonly slowGpu?: number
}

/** A whole run, the same for the same options. */
export function sampleBenchmark(options: SampleOptions = {}): BenchmarkFile {
  const {
    repeats = 5,
    seed = 1,
    goalMs = PLAN.goalMs,
    slowGpu = 0,
    powerSource = 'GPUs by their driver'
  } = options
  const refusals = { webgpu: 'No Vulkan driver was found.', ...options.refusals }
  const refusal = (rung: Rung): string => refusals[rung as keyof typeof refusals] ?? ''
  const random = seededRandom(seed)
  const planned = planCells(PLAN, MODEL, { machine: MACHINE, refusal })
  const measured = planned.filter((cell) => cell.refusal === '')
  const windows = measured.map((cell): [string, BenchmarkWindow[]] => {
    const list = Array.from({ length: repeats }, () => windowOf(cell, { random, slowGpu }))
    return [cell.id, powerSource === null ? list.map((one) => ({ ...one, powerW: null })) : list]
  })
  const run = {
    plan: { ...PLAN, repeats: Math.max(1, repeats) },
    manifestSha256: 'a'.repeat(64),
    powerSource,
    windows: Object.fromEntries(windows),
    refused: {},
    details: {},
    dropped: {},
    rounds: 0
  }
  const cells = cellsOf(planned, run)
  const report = {
    schemaVersion: 1 as const,
    id: '0samplebenchmark0000',
    model: MODEL.name,
    version: MODEL.version,
    shape: 'input_ids[128] attention_mask[128]',
    startedAt: Date.UTC(2026, 10, 24, 14, 21),
    endedAt: Date.UTC(2026, 10, 24, 14, 28),
    state: 'done' as const,
    progress: 1,
    machine: MACHINE,
    latencyGoalMs: goalMs,
    cells,
    best: withinGoal({ cells, latencyGoalMs: goalMs })[0]?.id ?? null
  }
  return { ...report, findings: findingsOf(report, run), run }
}
