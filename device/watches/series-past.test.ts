// The past of a series through the machine watch: memory, disk, and a restart in between.

import { join } from 'node:path'
import { test } from 'tap'
import { SeriesHistory } from '../../contract/index.ts'
import { scratchFolder } from '../../test/harness/fake-tool.ts'
import { ManualClock } from '../../test/harness/manual-clock.ts'
import { TelemetryHistory } from '../store/index.ts'
import type { TelemetrySample } from '../telemetry/index.ts'
import { MachineWatch } from './machine-watch.ts'

const NAME = 'gpu.power:0'

interface Run {
  readonly watch: MachineWatch
  readonly faults: unknown[]
  /** One value a period. */
  feed(count: number, periodS: number, value: (i: number) => number): Promise<void>
}

async function start(
  folder: string,
  clock: ManualClock,
  history: Pick<TelemetryHistory, 'append' | 'read'> = new TelemetryHistory({
    ...{ folder: join(folder, 'history'), clock }
  })
): Promise<Run> {
  let listener: (sample: TelemetrySample) => void = () => undefined
  const faults: unknown[] = []
  const watch = new MachineWatch({
    ...{ clock, history, stateFile: join(folder, 'state.json') },
    source: {
      onSample: (given) => {
        listener = given
        return () => {
          listener = () => undefined
        }
      }
    },
    onSnapshot: () => undefined,
    onRecord: () => undefined,
    onAlarm: () => undefined,
    onFault: (error) => faults.push(error)
  })
  await watch.start()
  const feed: Run['feed'] = async (count, periodS, value) => {
    for (let i = 0; i < count; i++) {
      listener({ at: clock.now(), values: [{ name: NAME, value: value(i), periodS }] })
      clock.advance(periodS * 1000)
    }
    await history.read(NAME, { level: 'minute', from: 0, to: 0 }) // what is being written, is
  }
  return { watch, faults, feed }
}

const at = (points: readonly { at: number }[], i: number): number => points.at(i)?.at ?? Number.NaN

test('minutes come from memory, hours from ten-second points, days from minutes', async (t) => {
  const folder = scratchFolder(t)
  const clock = new ManualClock()
  const begun = clock.now()
  const run = await start(folder, clock)
  await run.feed(26 * 720, 5, (i) => (i === 100 ? 999 : 70))
  const past = async (minutes: number) =>
    SeriesHistory.parse(await run.watch.history(NAME, minutes * 60)).points
  const quarter = await past(15)
  t.equal(quarter.length, 180)
  const hours = await past(300)
  t.ok(hours.length <= 600 && hours.length > 500)
  t.ok(clock.now() - at(hours, -1) <= 10_000, 'it reaches up to now')
  t.ok(Math.abs(clock.now() - 300 * 60_000 - at(hours, 0)) <= 60_000)
  const month = await past(43_200)
  t.ok(at(month, 0) - begun < 120_000, 'the whole run is there')
  t.ok(clock.now() - at(month, -1) <= 10_000)
  t.ok(
    month.some(({ value }) => value === 999),
    'a spike is not lost in a mean'
  )
  t.ok(month.every((point, i) => i === 0 || point.at > at(month, i - 1)))
  t.same(run.faults, [])
  await run.watch.stop()
})

test('a restart goes on where the last one ended', async (t) => {
  const folder = scratchFolder(t)
  const clock = new ManualClock()
  const first = await start(folder, clock)
  await first.feed(400, 1, () => 70)
  await first.watch.stop()
  clock.advance(60_000)
  const second = await start(folder, clock)
  await second.feed(30, 1, () => 80)
  const { points } = await second.watch.history(NAME, 900)
  const old = points.filter(({ value }) => value === 70)
  t.ok(old.length >= 38 && old.length <= 41, 'ten-second points of the run before')
  t.equal(points.filter(({ value }) => value === 80).length, 30, 'and every sample of this one')
  const hour = await second.watch.history(NAME, 3600)
  t.ok(hour.points.filter(({ value }) => value === 70).length >= 38)
  t.ok(hour.points.filter(({ value }) => value === 80).length >= 10)
  await second.watch.stop()
})

test('a disk that fails costs the points, not the watch', async (t) => {
  const clock = new ManualClock()
  const run = await start(scratchFolder(t), clock, {
    append: () => Promise.reject(new Error('full')),
    read: async () => []
  })
  await run.feed(200, 1, () => 70)
  t.ok(run.faults.length >= 3)
  t.equal((await run.watch.history(NAME, 3600)).points.length > 0, true)
  await run.watch.stop()
})

test('a series that is read faster for a while learns at its own pace', async (t) => {
  const clock = new ManualClock()
  const run = await start(scratchFolder(t), clock)
  await run.feed(40, 5, (i) => 70 + (i % 3))
  const before = (await run.watch.history(NAME, 60)).series
  t.equal(before.state, 'normal')
  await run.feed(300, 1, (i) => 70 + (i % 3))
  const after = (await run.watch.history(NAME, 60)).series
  t.equal(after.periodS, 1)
  t.equal(after.state, 'normal')
  await run.feed(8, 1, () => 400)
  t.equal((await run.watch.history(NAME, 60)).series.state, 'abnormal', 'and is judged at once')
  await run.watch.stop()
})
