import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { type AdvisorOverview, type AppliedChange, NearsideError } from '../../contract/index.ts'
import { anyGpu } from '../../test/harness/any-gpu.ts'
import { ManualClock } from '../../test/harness/manual-clock.ts'
import { type Behaviour, SimulatedPool } from '../../test/harness/simulated-pool.ts'
import type { Tuning } from '../inference/index.ts'
import { Advisor } from './advisor.ts'
import { AdvisorMemory } from './advisor-memory.ts'

/** Full batches of about 8 rows, one executor always busy: 8 rows in 8 ms. */
const BUSY: Behaviour = {
  ...{ perSecond: 1000, queueMs: 24, rows: 7, reason: 'full' },
  batchMs: (rows) => 4 + 0.5 * rows
}

interface SetUp {
  readonly behave?: (tuning: Tuning) => Behaviour
  readonly cores?: number
  readonly path?: string
  readonly clock?: ManualClock
  readonly machine?: string
}

/** An advisor of a simulated model on four mostly idle cores. */
async function setUp(t: Test, options: SetUp = {}) {
  const clock = options.clock ?? new ManualClock()
  const pool = new SimulatedPool(clock, options.behave ?? (() => BUSY))
  const path = options.path ?? join(t.testdir(), 'device', 'advisor.json')
  const machine = options.machine ?? 'a processor, 4 cores'
  const faults: unknown[] = []
  const onFault = (error: unknown): void => void faults.push(error)
  const memory = new AdvisorMemory({ path, machine, onFault })
  await memory.open()
  let told = 0
  const readings: Record<string, number> = { 'cpu.load': 30, 'memory.used': 40 }
  const advisor = new Advisor({
    ...{ pool, memory, clock, machine, onFault, cores: options.cores ?? 4, memoryMb: 16_000 },
    ...{ gpus: () => [], ioStallPercent: async () => null },
    reading: (series) => readings[series] ?? null,
    onChange: () => {
      told += 1
    }
  })
  t.teardown(async () => {
    await advisor.stop()
    await memory.settled()
  })
  await advisor.start()
  /** Lets time pass until something holds; file writes take turns of the loop that no clock knows. */
  const until = async (holds: (overview: AdvisorOverview) => boolean): Promise<void> => {
    for (let round = 0; !holds(advisor.overview()); round += 1) {
      if (round > 20_000) throw new Error(JSON.stringify(advisor.overview()))
      await memory.settled()
      await clock.advanceAsync(500)
    }
  }
  const ended = async (): Promise<AppliedChange> => {
    await until(({ changes }) => changes[0]?.state.startsWith('measuring') === false)
    return advisor.overview().changes[0] as AppliedChange
  }
  const advised = async (): Promise<string> => {
    await until(({ advice }) => advice.some(({ recommendation }) => recommendation !== null))
    return advisor.overview().advice[0]?.recommendation?.id ?? ''
  }
  return {
    clock,
    pool,
    path,
    advisor,
    memory,
    faults,
    readings,
    until,
    ended,
    advised,
    told: () => told
  }
}

/** Twice the executors answer nearly twice as much. */
const scales = ({ instances = 1 }: Tuning): Behaviour =>
  instances === 1 ? BUSY : { ...BUSY, perSecond: 1900, queueMs: 9 }

test('advice comes with the second sample and names what holds the model back', async (t) => {
  const { advisor, clock, until, told } = await setUp(t)
  t.same(advisor.overview(), { advice: [], changes: [], continuous: false })
  await until(({ advice }) => advice.length > 0)
  t.match(advisor.overview().advice, [
    {
      ...{ at: Number, model: 'tiny', bottleneck: 'compute' },
      recommendation: { id: 'tiny.instances.1-2', setting: 'instances', from: 1, to: 2 }
    }
  ])
  t.ok(clock.monotonicMs() <= 30_000)
  t.ok(told() > 0)
})

test('a change that helps is kept, remembered, and in force again after a restart', async (t) => {
  const { advisor, pool, advised, ended, until, path, clock } = await setUp(t, { behave: scales })
  const begun = await advisor.apply(await advised())
  t.match(begun, {
    state: 'measuring-before',
    before: null,
    setting: 'instances',
    automatic: false
  })
  await t.rejects(advisor.apply('tiny.instances.1-2'), { code: 'NS_ADVICE_BUSY' })
  t.same(pool.tuned, [])
  await until(({ changes }) => changes[0]?.state === 'measuring-after')
  t.match(advisor.overview().changes[0], { before: { throughput: 1000 }, after: null })
  const change = await ended()
  t.equal(change.state, 'kept', change.sentence)
  t.ok(Math.abs((change.before?.throughput ?? 0) - 1000) < 20)
  t.ok(Math.abs((change.after?.throughput ?? 0) - 1900) < 40)
  t.match(change.sentence, /requests\/s with 95 % within .*kept/)
  t.same(pool.tuned, [{ instances: 2 }])
  await advisor.stop()
  const again = await setUp(t, { behave: scales, path, clock })
  t.same(again.pool.tuned, [{ instances: 2 }], 'put in force again at the start')
  t.match(again.advisor.overview().changes, [{ state: 'kept' }])
  const elsewhere = await setUp(t, { path, clock, machine: 'another' })
  t.same(elsewhere.pool.tuned, [], 'not on another machine')
})

test('a change that does not help is taken back and not recommended again', async (t) => {
  const { advisor, pool, advised, ended, path, clock } = await setUp(t)
  await advisor.apply(await advised())
  const change = await ended()
  t.equal(change.state, 'reverted')
  t.match(change.sentence, /no gain beyond the noise; taken back/)
  t.same(pool.tuned, [{ instances: 2 }, { instances: 1 }])
  t.not(await advised(), 'tiny.instances.1-2')
  await advisor.stop()
  const again = await setUp(t, { path, clock })
  t.not(await again.advised(), 'tiny.instances.1-2', 'nor after a restart')
  again.pool.version = '1.1.0'
  await again.until(({ advice }) => advice[0]?.recommendation?.id === 'tiny.instances.1-2')
  t.pass('another version is another model')
})

test('a gain beyond the latency goal, and one that fails requests, is taken back', async (t) => {
  const late = await setUp(t, {
    behave: ({ instances }) => (instances === 2 ? { ...BUSY, perSecond: 1900, queueMs: 120 } : BUSY)
  })
  await late.advisor.apply(await late.advised())
  t.match(await late.ended(), { state: 'reverted', sentence: /longer than the goal of 100 ms/ })
  const failing = await setUp(t, {
    behave: (tuning) => ({ ...scales(tuning), failing: tuning.instances === 2 }),
    path: join(t.testdirName, 'failing.json')
  })
  await failing.advisor.apply(await failing.advised())
  t.match(await failing.ended(), { state: 'reverted', sentence: /requests failed/ })
})

test('answers that come sooner without a loss of throughput are worth a change', async (t) => {
  const { advisor, advised, ended } = await setUp(t, {
    behave: ({ instances }) => (instances === 2 ? { ...BUSY, queueMs: 4 } : BUSY)
  })
  await advisor.apply(await advised())
  t.match(await ended(), { state: 'kept', sentence: /sooner/ })
})

test('without load nothing is changed, and the same may be tried again', async (t) => {
  let asked = true
  const { advisor, pool, advised, ended, until } = await setUp(t, {
    behave: () => (asked ? BUSY : { ...BUSY, perSecond: 0 })
  })
  const id = await advised()
  asked = false
  await advisor.apply(id)
  t.match(await ended(), {
    state: 'failed',
    before: null,
    sentence: /asked too little.*nothing was/
  })
  t.same(pool.tuned, [])
  t.equal(advisor.overview().advice[0]?.recommendation, null)
  await t.rejects(advisor.apply(id), { code: 'NS_ADVICE_UNKNOWN' })
  asked = true
  await until(({ advice }) => advice[0]?.recommendation?.id === id)
})

test('load that ends after the change takes the change back', async (t) => {
  const { advisor, pool, advised, ended } = await setUp(t, {
    behave: ({ instances }) => (instances === 2 ? { ...BUSY, perSecond: 0 } : BUSY)
  })
  await advisor.apply(await advised())
  t.match(await ended(), { state: 'reverted', after: null, sentence: /load ended/ })
  t.same(pool.tuned, [{ instances: 2 }, { instances: 1 }])
})

test('settings that cannot be loaded leave everything as it was', async (t) => {
  const { advisor, pool, advised, ended } = await setUp(t)
  pool.refuse = new NearsideError('NS_INFERENCE_MEMORY', 'There is no memory for it.')
  await advisor.apply(await advised())
  t.match(await ended(), { state: 'failed', sentence: /as it was: There is no memory for it/ })
  t.same(pool.tuned, [{ instances: 2 }])
})

test('a change that cannot be taken back is told as failed', async (t) => {
  const { advisor, pool, advised, ended, until } = await setUp(t)
  await advisor.apply(await advised())
  await until(() => pool.tuned.length === 1)
  pool.refuse = new Error('gone')
  t.match(await ended(), { state: 'failed', sentence: /Taking it back failed/ })
})

test('a wait that was not fixed before is not fixed after taking it back', async (t) => {
  const { advisor, pool, advised, ended } = await setUp(t, {
    cores: 1,
    behave: () => ({ ...BUSY, queueMs: 40, rows: 2, perSecond: 200, reason: 'no-gain' })
  })
  t.match(await advised(), /^tiny\.max-wait-ms\.0-/)
  await advisor.apply(await advised())
  t.match(await ended(), { state: 'reverted', from: 0 })
  t.same(pool.tuned.at(-1), { maxWaitMs: undefined })
})

test('a change that a stop cut off is taken back at the next start and not tried again', async (t) => {
  const first = await setUp(t)
  await first.advisor.apply(await first.advised())
  await first.until(({ changes }) => changes[0]?.state === 'measuring-after')
  await first.advisor.stop()
  await t.rejects(first.advisor.apply('tiny.instances.1-2'), { code: 'NS_ADVICE_BUSY' })
  const { path, clock } = first
  const second = await setUp(t, { path, clock })
  t.match(second.advisor.overview().changes, [{ state: 'reverted', sentence: /device stopped/ }])
  t.same(second.pool.tuned, [])
  t.not(await second.advised(), 'tiny.instances.1-2')
  await second.advisor.apply(await second.advised())
  await second.advisor.stop()
  const third = await setUp(t, { path, clock })
  t.match(third.advisor.overview().changes[0], { state: 'failed', sentence: /before anything/ })
})

test('the continuous mode acts alone, seldom, and more seldom while nothing helps', async (t) => {
  const { advisor, clock, until, path } = await setUp(t, { cores: 64 })
  t.match(await advisor.setContinuous(true), { continuous: true })
  await until(({ changes }) => changes.length >= 3)
  const { changes } = advisor.overview()
  t.ok(changes.every(({ automatic, state }) => automatic && state !== 'kept'))
  const [third = 0, second = 0, first = 0] = changes.map(({ at }) => at)
  t.ok(second - first >= 600_000, 'ten minutes after one in vain')
  t.ok(third - second >= 1_200_000, 'twenty after two')
  await until(({ changes: all }) => all[0]?.state.startsWith('measuring') === false)
  await advisor.stop()
  const again = await setUp(t, { path, clock })
  t.equal(again.advisor.overview().continuous, true, 'the switch outlives a restart')
  t.match(await again.advisor.setContinuous(false), { continuous: false })
  await clock.advanceAsync(3_600_000)
  t.equal(again.advisor.overview().changes.length, changes.length)
})

test('the continuous mode keeps what helps and goes on after five minutes', async (t) => {
  const { advisor, until } = await setUp(t, {
    behave: ({ instances = 1 }) => ({ ...BUSY, perSecond: 1000 * instances, queueMs: 24 })
  })
  await advisor.setContinuous(true)
  await until(({ changes }) => changes.filter(({ state }) => state === 'kept').length >= 2)
  const [second, first] = advisor.overview().changes
  const pauseMs = (second?.at ?? 0) - (first?.at ?? 0)
  t.ok(pauseMs >= 300_000 && pauseMs < 320_000, `${pauseMs} ms`)
  t.match(second, { setting: 'instances', from: 2, to: 3 })
})

test('when nobody asks any more the last word stands, without a change to apply', async (t) => {
  let asked = true
  const { advisor, advised, until, told, clock } = await setUp(t, {
    behave: () => (asked ? BUSY : { ...BUSY, perSecond: 0 })
  })
  const id = await advised()
  asked = false
  await until(({ advice }) => advice[0]?.recommendation === null)
  await until(({ advice }) => advice.length === 1)
  t.match(advisor.overview().advice, [{ model: 'tiny', recommendation: null }])
  await t.rejects(advisor.apply(id), { code: 'NS_ADVICE_UNKNOWN' })
  const before = told()
  await clock.advanceAsync(60_000)
  t.equal(told(), before, 'nothing new, nothing told')
})

test('a fault while judging is told, and the next sample judges again', async (t) => {
  const { pool, faults, clock, advisor } = await setUp(t)
  const { manifest } = pool
  let left = 1
  pool.manifest = (name) => {
    if (left > 0) return manifest.call(pool, name)
    throw new Error('gone between two lines')
  }
  left = 0
  await clock.advanceAsync(30_000)
  t.ok(faults.length > 0)
  pool.manifest = manifest
  await clock.advanceAsync(10_000)
  t.equal(advisor.overview().advice.length, 1)
})

test('a model that went takes its advice and its change along', async (t) => {
  const { advisor, pool, advised, ended, until, faults } = await setUp(t)
  await advisor.apply(await advised())
  pool.name = 'other'
  t.match(await ended(), { state: 'failed' })
  await until(({ advice }) => advice.length === 1 && advice[0]?.model === 'other')
  t.same(faults, [])
})

test('a damaged file is set aside; a folder that cannot be written does not stop the advisor', async (t) => {
  const path = join(t.testdir({ 'advisor.json': '{"continuous": 1' }), 'advisor.json')
  const { faults, advisor } = await setUp(t, { path })
  t.equal(faults.length, 1)
  t.equal(await readFile(`${path}.damaged`, 'utf8'), '{"continuous": 1')
  t.equal(advisor.overview().continuous, false)
  const file = join(t.testdir({ blocked: 'a file' }), 'blocked', 'advisor.json')
  const blocked = await setUp(t, { path: file, behave: scales })
  await blocked.advisor.apply(await blocked.advised())
  t.equal((await blocked.ended()).state, 'kept')
  t.ok(blocked.faults.length > 0)
  await t.rejects(blocked.advisor.setContinuous(true))
})

test('only the newest 200 changes are kept', async (t) => {
  const path = join(t.testdir(), 'advisor.json')
  const memory = new AdvisorMemory({ path, machine: 'm' })
  const change = (at: number) => ({
    ...{
      at,
      id: `x.${at}`,
      model: 'x',
      version: '1.0.0',
      machine: 'm',
      setting: 'threads' as const
    },
    ...{ from: 1, to: 2, former: 1, state: 'kept' as const, before: null, after: null },
    ...{ sentence: '', automatic: true, again: false }
  })
  await Promise.all(Array.from({ length: 205 }, (_, at) => memory.put(change(at))))
  t.equal(memory.changes.length, 200)
  t.match(memory.changes[0], { at: 204 })
  const read = new AdvisorMemory({ path, machine: 'm' })
  await read.open()
  t.same(read.changes, memory.changes)
  t.ok(
    read.ruledOut('x', '1.0.0', { setting: 'threads', from: 2, to: 1 }),
    'the way back of a kept one'
  )
  t.notOk(read.ruledOut('x', '1.0.1', { setting: 'threads', from: 1, to: 2 }))
  await writeFile(path, 'x')
})

test('a GPU that gets too hot is named, from its readings of the last minute', async (t) => {
  const hot = anyGpu({ load: 90, throttle: ['thermal'], temperatureC: 88 })
  const clock = new ManualClock()
  const pool = new SimulatedPool(clock, () => BUSY)
  const statistics = pool.statistics.bind(pool)
  pool.statistics = (name) => statistics(name).map((one) => ({ ...one, rung: 'cuda' as const }))
  const memory = new AdvisorMemory({ path: join(t.testdir(), 'a.json'), machine: 'm' })
  let broken = false
  const faults: unknown[] = []
  const advisor = new Advisor({
    ...{ pool, memory, clock, machine: 'm', cores: 4, memoryMb: 16_000 },
    ...{ onFault: (error) => faults.push(error), reading: () => null },
    gpus: () => [anyGpu({ uuid: 'GPU-1' }), hot],
    ioStallPercent: async () => {
      if (broken) throw new Error('no such file')
      return 3
    }
  })
  t.teardown(async () => {
    await advisor.stop()
    await memory.settled()
  })
  await advisor.start()
  await clock.advanceAsync(60_000)
  t.match(advisor.overview().advice, [
    { bottleneck: 'thermal', sentence: /88 °C .* 100 %/, recommendation: null }
  ])
  broken = true
  await clock.advanceAsync(20_000)
  t.equal(faults.length > 0, true, 'a source that fails is told, and the advisor goes on')
  t.equal(advisor.overview().advice.length, 1)
})
