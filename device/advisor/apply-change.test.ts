import { test } from 'tap'
import { SeededRandom } from '../../test/harness/seeded-random.ts'
import { tuningOf, verdict } from './apply-change.ts'
import type { Measured } from './throughput-measure.ts'

const measured = (over: Partial<Measured> = {}): Measured => ({
  ...{ throughput: 100, p95Ms: 50, error: 0.5, p95Error: 0.5, requests: 1000, failed: 0 },
  ...over
})

const BEFORE = measured()
type Case = readonly [what: string, after: Partial<Measured>, kept: boolean, because: RegExp]

const CASES: readonly Case[] = [
  ['3 % more', { throughput: 103 }, true, /\+3 % throughput; kept/],
  ['a little less than 3 % more', { throughput: 102.9 }, false, /\+2.9 % .* no gain/],
  ['more, but within the noise', { throughput: 110, error: 6 }, false, /beyond the noise/],
  ['more, later than before but within the goal', { throughput: 110, p95Ms: 99 }, true, /kept/],
  ['more, beyond the goal', { throughput: 110, p95Ms: 101 }, false, /goal of 100 ms; taken back/],
  ['the same, sooner', { p95Ms: 47 }, true, /sooner without a loss/],
  ['the same, hardly sooner', { p95Ms: 48 }, false, /no gain/],
  ['the same, sooner within the noise', { p95Ms: 47, p95Error: 4 }, false, /no gain/],
  ['sooner at the price of throughput', { throughput: 97, p95Ms: 20 }, false, /-3 %/],
  ['more, but requests failed', { throughput: 150, failed: 2 }, false, /2 requests failed/]
]

for (const [what, after, kept, because] of CASES)
  test(`${what}: ${kept ? 'kept' : 'taken back'}`, async (t) => {
    const found = verdict(BEFORE, measured(after), 100)
    t.equal(found.kept, kept, found.because)
    t.match(found.because, because)
  })

test('a model that was beyond its goal before need not be within it after', async (t) => {
  const late = measured({ p95Ms: 300 })
  t.equal(verdict(late, measured({ throughput: 110, p95Ms: 290 }), 100).kept, true)
  t.equal(verdict(late, measured({ throughput: 110, p95Ms: 310 }), 100).kept, false)
})

test('two measurements of one and the same are kept in few of many trials', async (t) => {
  const random = new SeededRandom(3)
  // Means of ten slices that differ by 2 % each.
  const noisy = (mean: number): number =>
    mean * (1 + (0.02 / Math.sqrt(10)) * 2 * (random.next() + random.next() + random.next() - 1.5))
  const one = (): Measured =>
    measured({ throughput: noisy(100), p95Ms: noisy(50), error: 0.63, p95Error: 0.32 })
  let kept = 0
  for (let round = 0; round < 1000; round += 1) kept += verdict(one(), one(), 100).kept ? 1 : 0
  t.ok(kept < 25, `${kept} of 1000`)
})

test('settings have the names that the pool knows', async (t) => {
  t.same(tuningOf('instances', 2), { instances: 2 })
  t.same(tuningOf('max-batch', 16), { maxBatch: 16 })
  t.same(tuningOf('threads', null), { threads: 1 })
  t.same(tuningOf('max-wait-ms', 1.5), { maxWaitMs: 1.5 })
  t.ok('maxWaitMs' in tuningOf('max-wait-ms', null))
})
