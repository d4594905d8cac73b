// Latency of one model on one rung through the device's own executor: as the agent sees it (with the way to
// the process and back) and as the executor counts it (host copies included), for several batch sizes.
//
// NEARSIDE_GPU_LIBRARIES=FOLDER[:FOLDER…] node bench/gpu/session-latency.ts MODEL.onnx --rung cuda \
//   --batches 1,8,32 --tokens 128 --runs 100 [--engines FOLDER --precision fp16] [--out FILE]

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import {
  type EnginePlan,
  EngineStore,
  Executor,
  type ExecutorPlan,
  enginePlan,
  ON_CPU,
  type Tensors,
  tensorFrom
} from '../../device/inference/index.ts'
import { systemClock } from '../../kernel/clock.ts'
import { type GpuArguments, readArguments } from './arguments.ts'

// As bin/nearside does for the device and with it for its executors.
process.env['NODE_COMPILE_CACHE'] ??= join(tmpdir(), 'nearside-bench-compile')

const DEADLINE_MS = 600_000
const WARM_RUNS = 10

function inputs(rows: number, { tokens, vocabulary }: GpuArguments): Tensors {
  const shape = [rows, tokens]
  const ids = Array.from({ length: rows * tokens }, (_, at) => (at * 7919) % vocabulary)
  return {
    input_ids: tensorFrom({ datatype: 'INT64', shape, data: ids }),
    attention_mask: tensorFrom({ datatype: 'INT64', shape, data: ids.map(() => 1) })
  }
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

const spread = (values: readonly number[]) => ({
  p50: percentile(values, 0.5),
  p95: percentile(values, 0.95),
  min: percentile(values, 0)
})

/** Newest engine of this model and precision. */
async function findEngine(options: GpuArguments, sha256: string): Promise<EnginePlan> {
  const stored = await new EngineStore({ folder: options.engines }).list()
  const fitting = stored.find(
    ({ record: { key } }) => key.modelSha256 === sha256 && key.precision === options.precision
  )
  if (!fitting)
    throw new Error(`No engine of this model in ${options.engines}; run build-engine.ts.`)
  return enginePlan(fitting)
}

async function planOf(options: GpuArguments): Promise<ExecutorPlan> {
  const { rung, threads, deviceId, libraries } = options
  const sha256 = createHash('sha256')
    .update(await readFile(options.model))
    .digest('hex')
  const onGpu = rung === 'cuda' || rung === 'tensorrt'
  return {
    ...ON_CPU,
    dir: resolve(dirname(options.model)),
    variant: { file: basename(options.model), sha256 },
    windows: undefined,
    maxBatch: Math.max(...options.batches),
    threads,
    runtime: 'onnxruntime-node',
    rung,
    deviceId,
    binding: onGpu ? 'ffi' : 'stock',
    libraries: onGpu ? libraries : [],
    ...(rung === 'tensorrt' ? { engine: await findEngine(options, sha256) } : {})
  }
}

function memoryOf(pid: number | undefined): { rssBytes: number; peakBytes: number } {
  const text = pid === undefined ? '' : readFileSync(`/proc/${pid}/status`, 'utf8')
  const field = (name: string): number =>
    Number(new RegExp(`${name}:\\s+(\\d+)`).exec(text)?.[1] ?? Number.NaN) * 1024
  return { rssBytes: field('VmRSS'), peakBytes: field('VmHWM') }
}

async function measureBatch(executor: Executor, rows: number, options: GpuArguments) {
  const work = { kind: 'tensors', inputs: inputs(rows, options) } as const
  const wall: number[] = []
  const compute: number[] = []
  for (let run = 0; run < options.runs + WARM_RUNS; run += 1) {
    const startedMs = performance.now()
    const done = await executor.run(work, DEADLINE_MS)
    wall.push(performance.now() - startedMs)
    compute.push(done.computeMs)
  }
  return {
    rows,
    tokens: options.tokens,
    firstRunMs: { agent: wall[0], executor: compute[0] },
    agentMs: spread(wall.slice(WARM_RUNS)),
    executorMs: spread(compute.slice(WARM_RUNS))
  }
}

async function measure(options: GpuArguments) {
  const plan = await planOf(options)
  const executor = new Executor({
    plan,
    shell: 'process',
    clock: systemClock,
    startDeadlineMs: DEADLINE_MS
  })
  const startedMs = performance.now()
  await executor.start()
  const createMs = performance.now() - startedMs
  try {
    const batches = []
    for (const rows of options.batches) batches.push(await measureBatch(executor, rows, options))
    const { rung, precision, threads, runs } = options
    const model = basename(options.model)
    return { model, rung, precision, threads, runs, createMs, ...memoryOf(executor.pid), batches }
  } finally {
    await executor.close()
  }
}

const options = readArguments(process.argv.slice(2))
const report = JSON.stringify(await measure(options), null, 2)
if (options.out) await writeFile(options.out, `${report}\n`)
console.log(report)
