import { test } from 'tap'
import { ManualClock } from '../../test/harness/manual-clock.ts'
import type { BatchCosts } from './batch-cost-model.ts'
import { InstanceLayout, type Layout, type LayoutBatch } from './instance-layout.ts'

const CORES = 4

/** A machine on which a row costs so much with one thread, and a batch is sped up so much by all threads. */
function rig(options: { speedUp: number; fails?: () => boolean; gone?: () => boolean }) {
  const clock = new ManualClock()
  const changes: Layout[] = []
  const costs = ({ threads }: Layout): BatchCosts =>
    threads === 1 ? { alphaMs: 2, betaMs: 4 } : { alphaMs: 2, betaMs: 4 / options.speedUp }
  const layout = new InstanceLayout({
    ...{ clock, cores: CORES, costs },
    change: async (wanted) => {
      if (options.fails?.()) throw new Error('no memory')
      changes.push(wanted)
      return !options.gone?.()
    }
  })
  const batch = (changed: Partial<LayoutBatch> = {}): LayoutBatch => ({
    ...{ bucket: 'a', rows: 8, computeMs: 50, waiting: 8, running: 0 },
    ...changed
  })
  /** So many batches, one after the other without a pause. */
  const load = async (batches: number, changed: Partial<LayoutBatch> = {}): Promise<void> => {
    for (let at = 0; at < batches; at += 1) {
      clock.advance(batch(changed).computeMs)
      await layout.observe(batch(changed))
    }
  }
  return { clock, layout, changes, load }
}

const TOGETHER = { instances: 1, threads: CORES }
const APART = { instances: CORES, threads: 1 }
const OVERLAPPING = { rows: 2, running: 3 }

test('under load it goes apart, and stays so when that gains throughput', async (t) => {
  const { layout, changes, load } = rig({ speedUp: 2 })
  t.same(layout.layout, TOGETHER)
  await load(40)
  t.same(layout.layout, APART)
  await load(200, OVERLAPPING)
  t.same(layout.layout, APART)
  t.same(changes, [APART])
})

test('it goes back when the threads of one executor do as well, and rests', async (t) => {
  const { clock, layout, changes, load } = rig({ speedUp: 4 })
  await load(40)
  await load(48, OVERLAPPING)
  t.same(changes, [APART, TOGETHER])
  await load(400)
  t.same(layout.layout, TOGETHER, 'not again at once')
  clock.advance(600_000)
  await load(40)
  t.same(changes, [APART, TOGETHER, APART])
})

test('a single client, pauses and a single core change nothing', async (t) => {
  const calm = rig({ speedUp: 2 })
  await calm.load(100, { rows: 1, waiting: 0 })
  t.same(calm.changes, [], 'there is nothing to share')
  for (let at = 0; at < 100; at += 1) {
    calm.clock.advance(100)
    await calm.load(1)
  }
  t.same(calm.changes, [], 'half of the time is idle')
  await calm.load(100, { rows: 1, waiting: 3 })
  t.same(calm.changes, [APART], 'batches of one can be shared as well')
  const change = async (): Promise<boolean> => {
    throw new Error('never called')
  }
  const single = new InstanceLayout({ clock: calm.clock, cores: 1, costs: () => undefined, change })
  for (let at = 0; at < 100; at += 1) {
    calm.clock.advance(50)
    await single.observe({ bucket: 'a', rows: 8, computeMs: 50, waiting: 8, running: 0 })
  }
  t.same(single.layout, { instances: 1, threads: 1 })
})

test('when it is calm the executors become one again', async (t) => {
  const { clock, layout, load } = rig({ speedUp: 2 })
  await load(40)
  await load(100, OVERLAPPING)
  clock.advance(29_000)
  await load(1, { rows: 1, running: 0, waiting: 0 })
  t.same(layout.layout, APART)
  clock.advance(2_000)
  await load(1, { rows: 1, running: 0, waiting: 0 })
  t.same(layout.layout, TOGETHER)
})

test('a change that fails leaves the layout, and is not tried again soon', async (t) => {
  let fails = true
  const { clock, layout, changes, load } = rig({ speedUp: 2, fails: () => fails })
  await load(200)
  t.same(layout.layout, TOGETHER)
  fails = false
  await load(200)
  t.same(changes, [])
  clock.advance(600_000)
  await load(40)
  t.same(layout.layout, APART)
})

test('executors that are gone meanwhile start as one', async (t) => {
  let gone = true
  const { layout, load } = rig({ speedUp: 2, gone: () => gone })
  await load(40)
  t.same(layout.layout, TOGETHER)
  gone = false
  await load(40)
  t.same(layout.layout, APART)
  layout.reset()
  t.same(layout.layout, TOGETHER)
})
