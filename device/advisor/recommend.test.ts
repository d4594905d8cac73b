import { test } from 'tap'
import { Advice, type Recommendation } from '../../contract/index.ts'
import { anyEvidence, anyGpuEvidence } from '../../test/harness/any-evidence.ts'
import { SeededRandom } from '../../test/harness/seeded-random.ts'
import type { Evidence } from './advisor-evidence.ts'
import type { CostLine } from './cost-line.ts'
import { type AdviceLimits, recommend } from './recommend.ts'

const LIMITS: AdviceLimits = { cores: 4, instanceMb: 150, freeMb: 8000, maxBatch: 32 }
const LINE: CostLine = { alphaMs: 4, betaMs: 0.5, errorMs: 0.01, meanRows: 8, meanMs: 8 }

const closed = (over: Partial<Evidence['reasons']>): Evidence['reasons'] => ({
  ...{ full: 0, deadline: 0, 'no-gain': 0, only: 0, throttled: 0, shared: 0 },
  ...over
})
const settings = (over: Partial<Evidence['settings']>): Evidence['settings'] => ({
  ...anyEvidence().settings,
  ...over
})
const load = (cpuLoadPercent: number | null): Evidence['machine'] => ({
  ...anyEvidence().machine,
  cpuLoadPercent
})

/** One executor that computes all the time in full batches of 8, with 32 requests in the system. */
const BUSY: Partial<Evidence> = {
  ...{ busy: 0.99, queueMs: 20, computeMs: 8, requests: 60_000, rows: 60_000, batches: 7500 },
  ...{ concurrency: 32, line: LINE, p95Ms: 30, reasons: closed({ full: 1 }) }
}

function asked(over: Partial<Evidence>, limits: Partial<AdviceLimits> = {}): Recommendation | null {
  const advice = recommend(anyEvidence({ ...BUSY, ...over }), { ...LIMITS, ...limits })
  return Advice.parse(advice).recommendation
}

test('idle cores: one more instance, with a gain between the idle share and a whole one', async (t) => {
  t.match(asked({ machine: load(30) }), {
    ...{ id: 'tiny.instances.1-2', model: 'tiny', setting: 'instances', from: 1, to: 2 },
    ...{ gainLow: 100, gainHigh: 100, sentence: /2 instances instead of 1/ }
  })
  t.match(asked({ machine: load(90) }), { setting: 'instances', gainLow: 40, gainHigh: 100 })
  t.match(asked({ machine: load(null) }), { setting: 'instances', gainLow: 0, gainHigh: 100 })
})

test('no instance more than cores, memory and requests allow', async (t) => {
  t.not(asked({}, { cores: 1 })?.setting, 'instances')
  t.not(asked({ settings: settings({ threads: 3 }) })?.setting, 'instances')
  t.not(asked({}, { freeMb: 300 })?.setting, 'instances')
  t.equal(asked({}, { freeMb: null })?.setting, 'instances')
  const alone = { concurrency: 0.8, queueMs: 1, batches: 60_000, reasons: closed({ only: 1 }) }
  t.equal(asked({ ...alone, line: null }), null, 'a single request keeps one executor busy')
})

test('smaller batches on more instances cost what the line says', async (t) => {
  // 8 requests on two executors: batches of 4 at 4 / 6 rows per ms instead of 8 / 8.
  t.match(asked({ concurrency: 8, machine: load(30) }), { gainLow: 33, gainHigh: 33 })
})

test('full batches that cost mostly alpha: twice the rows, within the goal', async (t) => {
  const one = { cores: 1 }
  // 16 rows in 12 ms instead of 8 in 8: a third more.
  t.match(asked({}, one), { setting: 'max-batch', from: 8, to: 16, gainLow: 32, gainHigh: 35 })
  t.equal(asked({ p95Ms: 98 }, one), null, 'the goal has no room for it')
  t.equal(asked({}, { ...one, maxBatch: 8 }), null, 'the model takes no more')
  t.equal(asked({ line: null }, one), null, 'without a line there is nothing to promise')
  t.equal(asked({ concurrency: 7 }, one), null, 'no more than that wait')
  const flat = { ...LINE, alphaMs: 0.1, betaMs: 0.9875 }
  t.equal(asked({ line: flat }, one), null, 'the gain would be noise')
})

test('work that grows with the rows: more threads', async (t) => {
  const line = { ...LINE, alphaMs: 0.8, betaMs: 0.9 }
  const few = { concurrency: 0.9, line, reasons: closed({ only: 1 }), machine: load(20) }
  t.match(asked({ ...few, settings: settings({ threads: 2 }) }, { cores: 4 }), {
    ...{ setting: 'threads', from: 2, to: 4, gainLow: 0, gainHigh: 82 }
  })
  t.equal(asked({ ...few, settings: settings({ threads: 4 }) }), null)
})

const GPU: Partial<Evidence> = { rung: 'cuda', gpu: anyGpuEvidence({ loadPercent: 50 }) }

test('on a GPU its own busy time bounds the gain', async (t) => {
  const one = { maxBatch: 8 }
  t.match(asked(GPU, one), { setting: 'instances', gainLow: 0, gainHigh: 100 })
  t.match(asked({ ...GPU, gpu: anyGpuEvidence({ loadPercent: 80 }) }, one), { gainHigh: 25 })
  t.equal(asked({ ...GPU, gpu: anyGpuEvidence({ loadPercent: 99 }) }, one), null)
  t.equal(asked({ ...GPU, gpu: anyGpuEvidence({ freeMb: 200 }) }, one), null)
  t.equal(asked({ ...GPU, gpu: anyGpuEvidence({ loadPercent: null }) }, one), null)
})

test('memory traffic: more rows for the same weights, unless memory is full', async (t) => {
  const traffic = anyGpuEvidence({ loadPercent: 80, memoryLoadPercent: 75 })
  t.match(asked({ ...GPU, gpu: traffic }), { setting: 'max-batch', to: 16 })
  t.equal(asked({ ...GPU, gpu: { ...traffic, memoryPercent: 97 } }), null)
})

test('handing over and computing overlap with one more instance: balanced job bounds', async (t) => {
  const copying = { computeMs: 4, roundTripMs: 10, batchBytes: 1e6, line: null }
  // Stations of 6 and 4 ms: 1/10 with one batch; with two between 2/16 and 2/15 per ms.
  t.match(asked(copying), { setting: 'instances', gainLow: 25, gainHigh: 33, sentence: /6 ms/ })
  t.equal(asked({ ...copying, concurrency: 1 }), null, 'there never is a second batch')
  t.equal(asked(copying, { freeMb: 0 }), null)
})

/** 100 requests a second, one by one, of which each waits 10 ms. */
const SLOW: Partial<Evidence> = {
  ...{ requests: 6000, rows: 6000, batches: 6000, busy: 0.45, queueMs: 10, computeMs: 4.5 },
  ...{ concurrency: 1.5, reasons: closed({ only: 1 }) }
}

test('a fixed wait that fills no batch goes', async (t) => {
  const fixed = { ...SLOW, settings: settings({ maxWaitMs: 10 }) }
  const found = asked(fixed, { cores: 1 })
  t.match(found, { setting: 'max-wait-ms', from: 10, to: 0, sentence: /fixed 10 ms/ })
  t.ok(found && found.gainLow > 100 && found.gainHigh >= found.gainLow)
  t.match(asked({ ...fixed, line: null }, { cores: 1 }), { setting: 'max-wait-ms', to: 0 })
  const useful = { ...fixed, reasons: closed({ full: 1 }) }
  t.equal(asked(useful, { cores: 1 }), null)
})

test('small batches of mostly fixed cost: a wait in which twice the rows gather', async (t) => {
  const fast = { ...SLOW, requests: 60_000, rows: 60_000, batches: 30_000 }
  const found = asked(fast, { cores: 1 })
  // Two more rows at one a ms.
  t.match(found, { setting: 'max-wait-ms', from: 0, to: 2, sentence: /up to 2 ms/ })
  t.ok(found && found.gainLow < found.gainHigh)
  t.equal(asked({ ...fast, p95Ms: 99 }, { cores: 1 }), null)
})

test('what was tried is not said again; heat, power, disk and ease have no setting', async (t) => {
  const evidence = anyEvidence({ ...BUSY, machine: load(30) })
  const next = recommend(evidence, LIMITS, ({ setting }) => setting === 'instances')
  t.equal(next.recommendation?.setting, 'max-batch')
  t.equal(recommend(evidence, LIMITS, () => true).recommendation, null)
  t.equal(asked({ ...GPU, gpu: anyGpuEvidence({ thermalShare: 1 }) }), null)
  t.equal(asked({ ...GPU, gpu: anyGpuEvidence({ powerShare: 1 }) }), null)
  t.equal(asked({ loadingShare: 1 }), null)
  t.equal(recommend(anyEvidence(), LIMITS).recommendation, null)
})

test('whatever the figures, a recommendation is within the limits and promises something', async (t) => {
  const random = new SeededRandom(11)
  const odd = (): number => random.pick([0, random.next(), 100 * random.next(), 1e6])
  const orNull = (): number | null => random.pick([null, odd()])
  let made = 0
  for (let round = 0; round < 5000; round += 1) {
    const limits = { ...LIMITS, cores: random.whole(1, 8), freeMb: orNull() }
    const [alphaMs, betaMs, meanRows] = [odd(), odd(), 1 + odd()]
    const meanMs = alphaMs + betaMs * meanRows
    const line = { alphaMs, betaMs, errorMs: odd(), meanRows, meanMs }
    const evidence = anyEvidence({
      ...{ rows: 6000 + odd(), batches: 1 + odd(), queueMs: odd(), computeMs: odd() },
      ...{ busy: random.next(), concurrency: odd(), roundTripMs: orNull(), p95Ms: orNull() },
      ...{ reasons: closed({ full: random.next(), only: random.next() }) },
      ...{ line: random.pick([null, line]), servers: random.whole(1, 4) },
      ...{ rung: random.pick(['cpu', 'cuda'] as const), machine: load(random.whole(0, 100)) },
      gpu: random.pick([null, anyGpuEvidence({ loadPercent: orNull(), freeMb: orNull() })]),
      settings: settings({
        ...{ instances: random.whole(1, 4), threads: random.whole(1, 4) },
        maxWaitMs: random.pick([null, 0, odd()])
      })
    })
    const found = Advice.parse(recommend(evidence, limits)).recommendation
    if (!found) continue
    made += 1
    const { to, from, gainLow, gainHigh, setting } = found
    const { instances, threads } = evidence.settings
    const cores = setting === 'instances' ? to * threads : instances * to
    const fits = setting.startsWith('max') || evidence.rung !== 'cpu' || cores <= limits.cores
    const sound = gainLow <= gainHigh && gainLow + gainHigh >= 6 && to !== from && to >= 0
    if (!fits || !sound) t.fail(JSON.stringify({ found, evidence }))
  }
  t.ok(made > 100, `${made} recommendations`)
})
