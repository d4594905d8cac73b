import { type Test, test } from 'tap'
import { systemClock } from '../../kernel/clock.ts'
import { readBundle, readGolden } from '../../models/index.ts'
import { ManualClock } from '../../test/harness/manual-clock.ts'
import { testKey, writeTinyBundle } from '../../test/harness/tiny-model.ts'
import { readRungFacts } from '../inference/index.ts'
import { completePlan, type Machine } from './benchmark-plan.ts'
import { BatchTracks, traceSetting } from './benchmark-trace.ts'
import { benchTrials } from './benchmark-trials.ts'

interface Event {
  readonly name: string
  readonly cat: string
  readonly ph: string
  readonly tid: number
  readonly ts: number
  readonly dur: number
  readonly args: { readonly name?: string; readonly rows?: number }
}

const eventsOf = (json: string): Event[] => JSON.parse(json).traceEvents

const MACHINE: Machine = {
  ...{ cpu: 'A CPU', cores: 2, memoryBytes: 8e9, gpus: [] },
  ...{ driver: null, runtime: 'ONNX Runtime 1.30.0', platform: 'Linux' }
}

const facts = await readRungFacts()

async function tiny(t: Test) {
  const dir = t.testdir()
  await writeTinyBundle({ dir, key: testKey() })
  const bundle = await readBundle(dir)
  const plan = completePlan(
    bundle.manifest,
    { seconds: 0.05 },
    { machine: MACHINE, refusal: () => '' }
  )
  return { bundle, plan, golden: await readGolden(dir) }
}

const SETTING = {
  rung: 'cpu',
  precision: 'fp32',
  gpus: 0,
  instances: 2,
  batch: 4,
  threads: 1
} as const

test('a real run is traced batch by batch, with the profile of ONNX Runtime in its place', async (t) => {
  const { bundle, plan, golden } = await tiny(t)
  const { json, ort } = await traceSetting({
    ...{ bundle, plan, golden, setting: SETTING, clock: systemClock },
    openTrials: (profile) => benchTrials({ bundle, clock: systemClock, facts, profile })
  })
  const events = eventsOf(json)
  t.ok(ort > 10, `${ort} events`)
  t.same([...new Set(events.filter(({ ph }) => ph === 'X').map(({ tid }) => tid))].sort(), [1, 2])
  t.ok(events.some(({ ph, args }) => ph === 'M' && args.name === 'instance 1'))
  t.ok(events.some(({ args }) => args.name === 'CPU, FP32, 2 instances of 1 thread, batch 4'))
  for (const tid of [1, 2]) {
    const own = events.filter((event) => event.tid === tid)
    const compute = own.filter(({ name }) => name === 'compute').at(-1)
    const run = own.filter(({ name }) => name === 'model_run').at(-1)
    t.ok(
      compute && run && run.ts === compute.ts && run.dur <= compute.dur + 1,
      'the run lies in its batch'
    )
    const batch = own.filter(({ cat }) => cat === 'batch').slice(-4)
    t.same(
      batch.map(({ name }) => name),
      ['queue', 'copy in', 'compute', 'copy out']
    )
    for (const [at, { ts, dur }] of batch.entries()) {
      const next = batch[at + 1]
      if (next) t.ok(Math.abs(ts + dur - next.ts) < 0.01, 'one part follows the other')
    }
  }
  t.ok(events.every(({ ts }) => ts >= 0))
})

test('an executor that cannot be opened leaves nothing behind', async (t) => {
  const { bundle, plan, golden } = await tiny(t)
  const setting = { ...SETTING, rung: 'webgpu' } as const
  await t.rejects(
    traceSetting({
      ...{ bundle, plan, golden, setting, clock: systemClock },
      openTrials: () => benchTrials({ bundle, clock: systemClock, facts })
    }),
    { code: 'NS_RUNG_NO_VARIANT' }
  )
})

test('clocks that differ never put a run outside its batch', async (t) => {
  const clock = new ManualClock()
  const tracks = new BatchTracks(clock, 1000)
  const batch = { instance: 0, rows: 2, askedMs: 10, answeredMs: 20, computeMs: 6 }
  tracks.add({ ...batch, startedAtMs: 1012 })
  tracks.add({ ...batch, startedAtMs: 900 })
  tracks.add({ ...batch, startedAtMs: 5000 })
  tracks.add({ ...batch, startedAtMs: Number.NaN })
  tracks.add({ ...batch, computeMs: 99, startedAtMs: 1012 })
  const starts = eventsOf(tracks.json(SETTING))
    .filter(({ name }) => name === 'compute')
    .map(({ ts, dur }) => [ts, dur])
  t.same(starts, [
    [12_000, 6000],
    [10_000, 6000],
    [14_000, 6000],
    [10_000, 6000],
    [10_000, 10_000]
  ])
})

test('a profile is laid upon the last run; anything else is left out', async (t) => {
  const tracks = new BatchTracks(new ManualClock(), 0)
  const run = (ts: number) => ({ cat: 'Session', name: 'model_run', ph: 'X', ts, dur: 5 })
  const profile = JSON.stringify([
    run(100),
    { cat: 'Node', name: 'MatMul', ph: 'X', ts: 101, dur: 2 },
    run(900),
    { ph: 'M' },
    7
  ])
  t.equal(tracks.merge(profile, 0), 0, 'the instance ran nothing')
  tracks.add({ instance: 0, rows: 1, askedMs: 2, answeredMs: 3, computeMs: 0.5, startedAtMs: 2.25 })
  t.equal(tracks.merge('{', 0), 0)
  t.equal(tracks.merge('{}', 0), 0)
  t.equal(tracks.merge('[]', 0), 0)
  t.equal(tracks.merge(profile, 0), 3)
  const events = eventsOf(tracks.json(SETTING))
  const at = (name: string): number[] =>
    events.filter((event) => event.name === name).map(({ ts }) => ts)
  t.same(at('model_run'), [1450, 2250])
  t.same(at('MatMul'), [1451])
})
