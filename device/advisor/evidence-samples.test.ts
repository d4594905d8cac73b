import { test } from 'tap'
import type { GpuReading } from '../../contract/index.ts'
import { anyTrace } from '../../test/harness/any-evidence.ts'
import { anyGpu } from '../../test/harness/any-gpu.ts'
import { ManualClock } from '../../test/harness/manual-clock.ts'
import { type Behaviour, SimulatedPool } from '../../test/harness/simulated-pool.ts'
import type { ModelStatistics } from '../inference/index.ts'
import type { Evidence } from './advisor-evidence.ts'
import { EvidenceSamples } from './evidence-samples.ts'

const STEADY: Behaviour = {
  ...{ perSecond: 400, queueMs: 5, rows: 4, reason: 'no-gain' },
  batchMs: (rows) => 2 + rows
}

/** Samples of a simulated model, and a way to let minutes pass. */
function setUp(behave: () => Behaviour = () => STEADY) {
  const clock = new ManualClock()
  const pool = new SimulatedPool(clock, behave)
  const world: { readings: Record<string, number>; gpus: GpuReading[]; stall: number | null } = {
    ...{ readings: {}, gpus: [], stall: null }
  }
  const samples = new EvidenceSamples({
    ...{ pool, gpus: () => world.gpus, ioStallPercent: async () => world.stall },
    reading: (series) => world.readings[series] ?? null
  })
  const take = async (times: number): Promise<void> => {
    for (let round = 0; round < times; round += 1) {
      clock.advance(10_000)
      await samples.take(clock.now(), clock.monotonicMs())
    }
  }
  const only = (): Evidence => {
    const [evidence, ...more] = samples.gather()
    if (!evidence || more.length > 0) throw new Error('not one model')
    return evidence
  }
  return { pool, samples, take, only, world }
}

const near = (found: number | null | undefined, expected: number): boolean =>
  Math.abs((found ?? Number.NaN) - expected) < 0.02 * expected

test('a minute of samples gives rate, waits, busy share, concurrency and the cost line', async (t) => {
  const { take, only, samples } = setUp()
  t.same(samples.gather(), [])
  await take(1)
  t.same(samples.gather(), [], 'one sample compares with nothing')
  await take(9)
  const evidence = only()
  t.equal(evidence.seconds, 60)
  t.ok(near(evidence.requests, 24_000) && near(evidence.rows, 24_000))
  t.ok(near(evidence.queueMs, 5))
  t.ok(near(evidence.line?.alphaMs, 2) && near(evidence.line?.betaMs, 1))
  // 400 rows/s in batches of 5 and 3, by turns of 7 and 5 ms: 100 batches/s of 6 ms.
  t.ok(near(evidence.busy, 0.6), `${evidence.busy}`)
  t.ok(near(evidence.roundTripMs, evidence.computeMs))
  t.ok(near(evidence.concurrency, (400 * (5 + 6.25)) / 1000), `${evidence.concurrency}`)
  t.equal(evidence.reasons['no-gain'].toFixed(6), '1.000000')
  t.ok(near(evidence.batchBytes, 4 * 8), 'FP32[2] a row')
  t.match(evidence, {
    ...{ servers: 1, gpu: null, loadingShare: 0, latencyGoalMs: 100 },
    settings: { instances: 1, maxBatch: 8, threads: 1, maxWaitMs: null },
    machine: { cpuLoadPercent: null, memoryPercent: null, diskMbPerS: null, ioStallPercent: null }
  })
})

test('settings, readings and loading are those of now', async (t) => {
  const { pool, take, only, world } = setUp()
  await pool.tune('tiny', { instances: 2, maxBatch: 4, threads: 1, maxWaitMs: 3 })
  Object.assign(world.readings, { 'cpu.load': 30, 'memory.used': 40, 'disk.write': 2 })
  world.stall = 7
  const status = pool.status.bind(pool)
  pool.status = () => status().map((one) => ({ ...one, state: 'loading' }))
  await take(2)
  pool.status = status
  await take(2)
  t.match(only(), {
    ...{ servers: 2, loadingShare: 0.5 },
    settings: { instances: 2, maxBatch: 4, threads: 1, maxWaitMs: 3 },
    machine: { cpuLoadPercent: 30, memoryPercent: 40, diskMbPerS: 2, ioStallPercent: 7 }
  })
  world.readings = { 'disk.read': 1 }
  t.equal(only().machine.diskMbPerS, 1)
})

test('time outside the executor is learnt from what the agent expected', async (t) => {
  const { pool, take, only } = setUp()
  const traces = pool.traces.bind(pool)
  pool.traces = (limit, name) =>
    traces(limit, name).map((one) => ({ ...one, predictedMs: one.computeMs + 4 }))
  await take(7)
  const { roundTripMs, computeMs, busy, line } = only()
  t.ok(near(roundTripMs, computeMs + 4))
  t.ok(near(busy, 1), `${busy}`)
  t.ok(near(line?.alphaMs, 6))
  pool.traces = (limit, name) => traces(limit, name).map((one) => ({ ...one, predictedMs: null }))
  t.equal(only().roundTripMs, null)
})

test('documents and unknown types have no size; tensors have that of their bucket', async (t) => {
  const { pool, take, only } = setUp()
  await take(2)
  const bytesOf = (bucket: string): number | null => {
    pool.traces = () => [anyTrace({ at: Number.MAX_SAFE_INTEGER, rows: 2, bucket })]
    return only().batchBytes
  }
  t.equal(bytesOf('image:FP32[3,224,224] mask:BOOL[]'), 2 * (4 * 3 * 224 * 224 + 1))
  t.equal(bytesOf('documents'), null)
  t.equal(bytesOf('text:BYTES[1]'), null)
  t.equal(bytesOf('odd:FP8[4]'), null)
  pool.traces = () => []
  t.match(only(), { batchBytes: null, p95Ms: null, roundTripMs: null, line: null })
})

test('another version, counters that went back, a changed setting and a lost model begin anew', async (t) => {
  const { pool, take, samples, only } = setUp()
  await take(4)
  t.equal(only().seconds, 30)
  pool.version = '1.1.0'
  await take(1)
  t.same(samples.gather(), [])
  await take(1)
  t.match(only(), { seconds: 10, version: '1.1.0' })
  samples.forget('tiny')
  t.same(samples.gather(), [])
  await take(2)
  const statistics = pool.statistics.bind(pool)
  pool.statistics = () => statistics().map((one) => ({ ...one, executionCount: 0 }))
  await take(1)
  t.same(samples.gather(), [])
  pool.statistics = () => []
  await take(1)
  t.same(samples.gather(), [])
})

test('nobody asks: rates of zero, no figure that is none', async (t) => {
  const { take, only } = setUp(() => ({ ...STEADY, perSecond: 0 }))
  await take(3)
  const { requests, queueMs, computeMs, busy, concurrency } = only()
  t.same(
    { requests, queueMs, computeMs, busy, concurrency },
    {
      ...{ requests: 0, queueMs: 0, computeMs: 0, busy: 0, concurrency: 0 }
    }
  )
})

test('the GPU of a model is the one that its process runs on, else the most loaded', async (t) => {
  const { pool, take, only, world } = setUp()
  const statistics = pool.statistics.bind(pool)
  pool.statistics = (): ModelStatistics[] =>
    statistics().map((one) => ({ ...one, rung: 'cuda' as const }))
  await take(2)
  t.equal(only().gpu, null, 'no reading')
  const mine = { pid: 7, memoryMb: 900, model: 'tiny' }
  const own = anyGpu({ uuid: 'GPU-1', load: 40, memoryLoad: 10, processes: [mine] })
  const other = anyGpu({ uuid: 'GPU-2', name: 'Other', load: 95 })
  world.gpus = [other, { ...own, throttle: ['thermal'] }]
  await take(1)
  world.gpus = [other, { ...own, load: 60, throttle: ['power', 'hardware-slowdown'] }]
  await take(1)
  world.gpus = [other, { ...own, load: 0, throttle: ['thermal'] }]
  await take(1)
  // The idle reading counts neither for the load nor for what holds back.
  t.match(only().gpu, {
    ...{ name: 'NVIDIA H100', loadPercent: 50, memoryLoadPercent: 10, unifiedMemory: false },
    ...{ thermalShare: 0.5, powerShare: 0.5, freeMb: 81_000 }
  })
  world.gpus = [
    anyGpu({ uuid: 'GPU-3', load: null, memoryLoad: null, memoryUsedMb: null }),
    anyGpu({ uuid: 'GPU-2', name: 'Other', load: 95 })
  ]
  await take(1)
  t.match(only().gpu, { name: 'Other' })
  world.gpus = [anyGpu({ uuid: 'GPU-3', load: null, memoryLoad: null, memoryUsedMb: null })]
  await take(1)
  t.match(only().gpu, { loadPercent: null, memoryPercent: null, freeMb: null, thermalShare: 0 })
})
