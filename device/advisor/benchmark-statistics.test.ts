import { test } from 'tap'
import { sampleBenchmark } from '../../test/harness/benchmark-sample.ts'
import { compareBenchmarks } from './benchmark-compare.ts'
import { exact, figure, gigabytes, plusMinus, range } from './benchmark-figures.ts'
import { dropSlower, repeatsAfter } from './benchmark-halving.ts'
import {
  compareMeasured,
  measured,
  percentile,
  ratio,
  seededRandom,
  shuffled,
  studentT95
} from './benchmark-statistics.ts'
import type { BenchmarkWindow } from './benchmark-window.ts'

test('the quantiles of Student are those of the tables', async (t) => {
  t.equal(studentT95(1), 12.706)
  t.equal(studentT95(4), 2.776)
  t.equal(studentT95(30), 2.042)
  t.ok(Math.abs(studentT95(40) - 2.0211) < 1e-3)
  t.ok(Math.abs(studentT95(120) - 1.9799) < 1e-3)
})

test('a mean has an interval from three repeats on, and none below', async (t) => {
  t.equal(measured([]), null)
  t.same(measured([4]), { value: 4, low: null, high: null })
  t.same(measured([4, 6]), { value: 5, low: null, high: null })
  const three = measured([4, 5, 6])
  const half = (4.303 * 1) / Math.sqrt(3)
  t.ok(three && Math.abs((three.high ?? 0) - (5 + half)) < 1e-9)
  t.ok(three && Math.abs((three.low ?? 0) - (5 - half)) < 1e-9)
  t.equal(measured([0.1, 0.1, 9])?.low, 0, 'a rate is never negative')
})

test('the interval holds the true mean nineteen times in twenty', async (t) => {
  const random = seededRandom(42)
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  let held = 0
  for (let round = 0; round < 4000; round += 1) {
    const found = measured(Array.from({ length: 5 }, () => 100 + 8 * normal()))
    if (found && (found.low ?? 0) <= 100 && (found.high ?? 0) >= 100) held += 1
  }
  t.ok(held / 4000 > 0.94 && held / 4000 < 0.96, `${held / 40} %`)
})

test('percentiles are by nearest rank', async (t) => {
  const values = Array.from({ length: 100 }, (_, at) => at + 1)
  t.equal(percentile(values, 0.5), 50)
  t.equal(percentile(values, 0.95), 95)
  t.equal(percentile(values, 0.99), 99)
  t.equal(percentile([7], 0.99), 7)
  t.ok(Number.isNaN(percentile([], 0.5)))
})

test('a ratio takes the doubt of both sides', async (t) => {
  const a = { value: 300, low: 270, high: 330 }
  const b = { value: 100, low: 95, high: 105 }
  const { value, low, high } = ratio(a, b)
  t.equal(value, 3)
  const spread = Math.exp(Math.hypot(0.1, 0.05))
  t.ok(Math.abs((high ?? 0) - 3 * spread) < 1e-9 && Math.abs((low ?? 0) - 3 / spread) < 1e-9)
  t.same(ratio(a, { value: 100, low: null, high: null }), { value: 3, low: null, high: null })
  t.equal(ratio(a, { value: 0, low: 0, high: 0 }).value, 0)
})

test('two figures are told apart only where their intervals do not meet', async (t) => {
  const at = (value: number, half: number) => ({ value, low: value - half, high: value + half })
  t.equal(compareMeasured(at(10, 1), at(7, 1)), 'larger')
  t.equal(compareMeasured(at(7, 1), at(10, 1)), 'smaller')
  t.equal(compareMeasured(at(9, 1), at(7, 1)), 'undecided')
  t.equal(compareMeasured({ value: 9, low: null, high: null }, at(1, 0)), 'undecided')
})

test('the order is random, and the same for the same seed', async (t) => {
  const items = Array.from({ length: 20 }, (_, at) => at)
  const once = shuffled(items, seededRandom(3))
  t.same(once, shuffled(items, seededRandom(3)))
  t.not(once.join(), shuffled(items, seededRandom(4)).join())
  t.same(
    [...once].sort((a, b) => a - b),
    items
  )
  t.same(items[0], 0, 'the original stays as it is')
})

const windowOf = (throughput: number, p95Ms: number): BenchmarkWindow => ({
  ...{ rows: 1, batches: 1, throughput, p50Ms: p95Ms, p95Ms, p99Ms: p95Ms },
  shares: { queue: 0, copy: 0, compute: 1, other: 0 },
  ...{ memoryMb: null, gpuMemoryMb: null, powerW: null }
})

test('halving doubles what is measured and drops the slower half within the goal', async (t) => {
  t.same(
    [0, 1, 2, 3].map((round) => repeatsAfter(round, 30)),
    [1, 3, 7, 15]
  )
  t.equal(repeatsAfter(2, 5), 5)
  const racer = (id: string, throughput: number, p95Ms: number) => ({
    id,
    windows: [windowOf(throughput, p95Ms)]
  })
  const racers = [
    racer('late', 900, 80),
    racer('slow', 10, 5),
    racer('fast', 300, 20),
    racer('middle', 200, 9),
    racer('base', 1, 1)
  ]
  const dropped = dropSlower(racers, { kept: 'base', goalMs: 50, round: 2 })
  t.same(Object.keys(dropped), ['late'], 'three of five stay, and the one that others refer to')
  t.equal(dropped['late'], 'Dropped after round 2: its p95 of 80.0 ms misses the goal of 50 ms.')
  const more = dropSlower(racers.slice(1), { kept: undefined, goalMs: 50, round: 1 })
  t.same(more, {
    slow: 'Dropped after round 1: slower than half of the settings that were left.',
    base: 'Dropped after round 1: slower than half of the settings that were left.'
  })
})

test('figures are written as they deserve', async (t) => {
  t.equal(figure(1714.4), '1,714')
  t.equal(figure(64.25), '64.3')
  t.equal(figure(9.876), '9.88')
  t.equal(figure(0.0462), '0.046')
  t.equal(figure(0), '0')
  t.equal(figure(-2.5), '\u22122.50')
  t.equal(exact(4096), '4,096')
  t.equal(range({ value: 5, low: 4, high: 6 }), '5.00 (4.00–6.00)')
  t.equal(range({ value: 5, low: null, high: null }), '5.00')
  t.equal(plusMinus({ value: 5, low: null, high: null }), '')
  t.equal(gigabytes(64e9), '64.0\u202fGB')
})

test('two runs are compared cell by cell', async (t) => {
  const before = sampleBenchmark({ seed: 5 })
  const faster = structuredClone(sampleBenchmark({ seed: 6 }))
  for (const cell of faster.cells)
    if (cell.throughput && cell.setting.rung === 'cuda')
      cell.throughput = { value: 9e6, low: 8e6, high: 1e7 }
  const { cells, sentence } = compareBenchmarks(before, faster)
  const measuredCells = before.cells.filter(({ throughput }) => throughput !== null)
  t.equal(cells.length, measuredCells.length)
  t.ok(cells.every(({ setting, verdict }) => setting.rung !== 'cuda' || verdict === 'faster'))
  t.match(sentence, /^Against the run of 2026-11-24 14:21 UTC: 40 settings are faster/)
  const back = compareBenchmarks(faster, before)
  t.equal(back.cells.filter(({ verdict }) => verdict === 'slower').length, 40)
  const elsewhere = structuredClone(faster)
  elsewhere.machine.cpu = 'Another CPU'
  elsewhere.shape = 'input_ids[512]'
  elsewhere.version = '2.0.0'
  t.match(
    compareBenchmarks(elsewhere, before).sentence,
    /of example-encoder 2\.0\.0.*The machines differ\. The rows differ: input_ids\[512\] then/
  )
  const none = compareBenchmarks({ ...before, cells: [] }, before)
  t.match(none.sentence, /No setting was measured both now and in/)
})
