import { test } from 'tap'
import { ManualClock } from '../../test/harness/manual-clock.ts'
import { SeededRandom } from '../../test/harness/seeded-random.ts'
import type { RunLimits } from './batch-server.ts'
import { type Pressure, Throttle, type ThrottleOptions } from './throttle.ts'

const ALL = Number.POSITIVE_INFINITY

function throttle(options: Partial<ThrottleOptions> = {}) {
  const clock = new ManualClock()
  const seen: RunLimits[] = []
  const made = new Throttle({
    clock,
    servers: 3,
    maxBatch: 8,
    goalMs: 100,
    onChange: (limits) => seen.push(limits),
    ...options
  })
  const now = (): [number, number] => [made.limits.servers, made.limits.batchRows]
  return { clock, seen, made, now }
}

test('heat takes servers first, then halves the batch, and both come back in steps', async (t) => {
  const { clock, made, seen, now } = throttle()
  t.same(now(), [3, ALL])
  t.notOk(made.throttled)
  made.press({ kind: 'thermal', raised: true })
  t.same(now(), [2, ALL], 'the first step at once')
  const down: [number, number][] = []
  for (let step = 0; step < 6; step += 1) {
    clock.advance(10_000)
    down.push(now())
  }
  t.same(down, [
    [1, ALL],
    [1, 4],
    [1, 2],
    [1, 1],
    [1, 1],
    [1, 1]
  ])
  t.ok(made.throttled)
  t.equal(clock.pending, 0, 'no timer at the bottom')
  made.press({ kind: 'thermal', raised: false })
  const up: [number, number][] = []
  for (let step = 0; step < 6; step += 1) {
    clock.advance(30_000)
    up.push(now())
  }
  t.same(up, [
    [1, 2],
    [1, 4],
    [1, ALL],
    [2, ALL],
    [3, ALL],
    [3, ALL]
  ])
  t.equal(clock.pending, 0)
  t.equal(seen.length, 10, 'every change is told, and nothing else')
})

test('a pressure that is told twice takes one step; two take two', async (t) => {
  const { made, now } = throttle()
  made.press({ kind: 'thermal', raised: true })
  made.press({ kind: 'thermal', raised: true })
  t.same(now(), [2, ALL])
  made.press({ kind: 'alarm', raised: true })
  t.same(now(), [1, ALL])
})

test('nothing comes back while one of two pressures lasts', async (t) => {
  const { clock, made, now } = throttle()
  made.press({ kind: 'thermal', raised: true })
  made.press({ kind: 'alarm', raised: true })
  made.press({ kind: 'thermal', raised: false })
  clock.advance(5_000)
  t.same(now(), [1, ALL])
  made.press({ kind: 'alarm', raised: false })
  clock.advance(60_000)
  t.same(now(), [3, ALL])
})

test('a power mode takes what it takes and no more, however long it lasts', async (t) => {
  const { clock, made, now } = throttle({ servers: 4 })
  made.press({ kind: 'power-mode', share: 0.5 })
  t.same(now(), [2, ALL])
  clock.advance(600_000)
  t.same(now(), [2, ALL])
  made.press({ kind: 'thermal', raised: true })
  made.press({ kind: 'thermal', raised: false })
  clock.advance(600_000)
  t.same(now(), [2, ALL], 'recovers to the power mode')
  made.press({ kind: 'power-mode', share: 0.0625 })
  t.same(now(), [1, 2], 'a sixteenth: one of four servers with a quarter of the batch')
  made.press({ kind: 'power-mode', share: 0 })
  t.same(now(), [1, 1])
  made.press({ kind: 'power-mode', share: 1 })
  clock.advance(600_000)
  t.same(now(), [4, ALL])
})

test('the working goal falls by a share and rises by a constant', async (t) => {
  const { clock, made } = throttle()
  const goal = (): number => Math.round(made.limits.goalMs)
  made.observe(150)
  t.equal(goal(), 70)
  made.observe(150)
  t.equal(goal(), 70, 'batches side by side report one trouble')
  clock.advance(100)
  made.observe(150)
  t.equal(goal(), 49)
  made.observe(90)
  t.equal(goal(), 51)
  for (let batch = 0; batch < 100; batch += 1) made.observe(90)
  t.equal(goal(), 100, 'never above the goal')
  for (let batch = 0; batch < 100; batch += 1) {
    clock.advance(100)
    made.observe(1000)
  }
  t.equal(goal(), 13, 'never below an eighth')
})

test('without a goal nothing is adjusted', async (t) => {
  const { made, seen } = throttle({ goalMs: ALL })
  made.observe(1e9)
  t.equal(made.limits.goalMs, ALL)
  t.same(seen, [])
})

test('another goal counts from now on', async (t) => {
  const { made } = throttle({ goalMs: 100 })
  made.observe(500)
  t.equal(made.limits.goalMs, 70)
  made.resize({ servers: 1, maxBatch: 8, goalMs: 20 })
  t.equal(made.limits.goalMs, 20)
  made.resize({ servers: 1, maxBatch: 4, goalMs: 20 })
  t.equal(made.limits.goalMs, 20)
})

test('other means keep what was taken away', async (t) => {
  const { clock, made, now } = throttle()
  made.press({ kind: 'thermal', raised: true })
  made.resize({ servers: 5, maxBatch: 8, goalMs: Number.POSITIVE_INFINITY })
  t.same(now(), [4, ALL])
  made.resize({ servers: 1, maxBatch: 1, goalMs: Number.POSITIVE_INFINITY })
  t.same(now(), [1, ALL], 'there is nothing left to take')
  made.close()
  t.equal(clock.pending, 0)
})

test('whatever happens, one server and one row are left, and calm brings all back', async (t) => {
  const random = new SeededRandom(13)
  for (let run = 0; run < 50; run += 1) {
    const servers = random.whole(1, 6)
    const { clock, made, now } = throttle({ servers, maxBatch: random.whole(1, 64) })
    for (let step = 0; step < 100; step += 1) {
      const kind = random.pick(['thermal', 'alarm', 'power-mode'] as const)
      const pressure: Pressure =
        kind === 'power-mode'
          ? { kind, share: random.next() }
          : { kind, raised: random.next() < 0.5 }
      made.press(pressure)
      clock.advance(random.whole(0, 20_000))
      const [running, rows] = now()
      if (running < 1 || rows < 1 || (running > 1 && rows < ALL)) t.fail(`run ${run}`)
    }
    made.press({ kind: 'thermal', raised: false })
    made.press({ kind: 'alarm', raised: false })
    made.press({ kind: 'power-mode', share: 1 })
    clock.advance(3_600_000)
    t.same(now(), [servers, ALL])
  }
})
