// Measuring two trials in turn, on a clock that moves by what they take.

import { type Test, test } from 'tap'
import { Trials } from '../../test/harness/fake-trials.ts'
import { ON_CPU } from './executor-protocol.ts'
import { inMs, measure, percentile, SideLost } from './rung-duel.ts'
import { tensorFrom } from './tensors.ts'

type Times = number | ((run: number) => number)

const CASES = [1, 2].map((x) => ({
  x: tensorFrom({ datatype: 'FP32', shape: [1, 2], data: [x, x] })
}))

async function sides(_: Test, ...times: readonly Times[]) {
  const names = times.map((__, index) => `cpu/${index}`)
  const trials = new Trials(Object.fromEntries(times.map((ms, index) => [`cpu/${index}`, { ms }])))
  const plan = { dir: '', windows: undefined, maxBatch: 1, threads: 1, runtime: '', ...ON_CPU }
  const open = (index: number) =>
    trials.openTrial({ ...plan, variant: { file: `${index}.onnx`, sha256: '' } })
  return { trials, names, open: await Promise.all(times.map((__, index) => open(index))) }
}

test('a percentile is by nearest rank', (t) => {
  t.equal(percentile([3, 1, 2], 0.95), 3)
  t.equal(percentile([3, 1, 2], 0.5), 2)
  t.ok(Number.isNaN(percentile([], 0.95)))
  t.strictSame([0.33512, 12.345, 1234.5].map(inMs), ['0.335 ms', '12.3 ms', '1230 ms'])
  t.end()
})

test('first runs do not count, and load that both see does not decide', async (t) => {
  // Slow at first, and three times slower while something else has the machine.
  const load = (run: number): number => (run > 30 && run < 40 ? 3 : 1)
  const { trials, names, open } = await sides(
    t,
    (run) => (run <= 4 ? 900 : 1 * load(run)),
    (run) => (run <= 4 ? 500 : 1.2 * load(run))
  )
  const [a = 0, b = 0] = await measure(open, CASES, { clock: trials.clock })
  t.ok(a < b && b < 100, `${a} is below ${b}`)
  const counted = trials.runs.slice(8)
  t.ok(
    counted.every((name, at) => name === names[at % 2]),
    'in turn'
  )
})

test('steady times end it soon, unsteady ones later, and never without end', async (t) => {
  const steady = await sides(t, 2)
  t.strictSame(await measure(steady.open, CASES, { clock: steady.trials.clock }), [2])
  const growing = await sides(t, (run) => run)
  await measure(growing.open, CASES, { clock: growing.trials.clock, budgetMs: 1e9 })
  t.ok(steady.trials.runs.length < 100, `${steady.trials.runs.length} runs`)
  t.ok(growing.trials.runs.length > steady.trials.runs.length)
  t.ok(growing.trials.runs.length <= 404)
})

test('time is bounded, but a handful of runs is always made', async (t) => {
  const slow = await sides(t, 10_000, 11_000)
  t.strictSame(await measure(slow.open, CASES, { clock: slow.trials.clock }), [10_000, 11_000])
  t.equal(slow.trials.runs.length, 8 + 2 * 5)
})

test('a side that is clearly slower is not run on', async (t) => {
  const clear = await sides(t, 100, 1)
  t.strictSame(
    await measure(clear.open, CASES, { clock: clear.trials.clock, budgetMs: 1e9 }),
    [100, 1]
  )
  t.equal(clear.trials.runs.length, 8 + 2 * 10)
})

test('a lost side is told from the other', async (t) => {
  const { trials, open } = await sides(t, 1, (run) => {
    if (run === 10) throw new Error('gone')
    return 1
  })
  const lost = await measure(open, CASES, { clock: trials.clock }).catch((error: unknown) => error)
  t.type(lost, SideLost)
  t.match(lost, { side: 1, cause: { message: 'gone' } })
  const control = new AbortController()
  control.abort()
  const cancelled = measure(open, CASES, { clock: trials.clock, signal: control.signal })
  await t.rejects(cancelled, { code: 'NS_JOB_CANCELLED' })
})
