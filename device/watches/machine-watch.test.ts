// The machine watch over invented sensors: what it learns, when it alarms, what it keeps.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'tap'
import {
  AlarmRecord,
  SeriesHistory,
  type SeriesReading,
  TelemetryRecord,
  TelemetrySnapshot
} from '../../contract/index.ts'
import { ManualClock } from '../../test/harness/manual-clock.ts'
import type { SampleValue, TelemetrySample } from '../telemetry/index.ts'
import { AlarmJudge } from './alarm-judge.ts'
import { type AlarmChange, AlarmList } from './alarm-list.ts'
import { alarmRule } from './alarm-rules.ts'
import { MachineWatch } from './machine-watch.ts'

type Values = Record<string, number | null>

/** Seeded uniform numbers from 0 to 1. */
function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

/** What an idle machine looks like: a quiet base with bursts of one to four seconds. */
function idleMachine(seed: number): (second: number) => Values {
  const uniform = random(seed)
  let burst = 0
  let written = 0
  return () => {
    if (burst > 0) burst--
    else if (uniform() < 0.02) burst = 1 + Math.floor(4 * uniform())
    written = uniform() < 0.1 ? 5 * uniform() : 0
    return {
      'cpu.load': burst > 0 ? 40 + 60 * uniform() : 1 + 6 * uniform(),
      'memory.used': 34 + 0.4 * uniform(),
      'disk.write': written,
      'network.received': 0.01 * uniform()
    }
  }
}

interface TearsDown {
  teardown(run: () => unknown): void
}

interface Rig {
  readonly clock: ManualClock
  readonly watch: MachineWatch
  readonly alarms: { readonly atS: number; readonly change: AlarmChange }[]
  readonly snapshots: TelemetrySnapshot[]
  readonly records: TelemetryRecord[]
  readonly faults: unknown[]
  /** Feeds one sample a second. */
  run(seconds: number, values: (second: number) => Values, more?: Partial<SampleValue>): void
}

async function rig(t: TearsDown, stateFile: string): Promise<Rig> {
  const clock = new ManualClock()
  const startMs = clock.now()
  let listener: (sample: TelemetrySample) => void = () => undefined
  const alarms: Rig['alarms'][number][] = []
  const snapshots: TelemetrySnapshot[] = []
  const records: TelemetryRecord[] = []
  const faults: unknown[] = []
  const watch = new MachineWatch({
    source: {
      onSample: (given) => {
        listener = given
        return () => {
          listener = () => undefined
        }
      }
    },
    clock,
    stateFile,
    onSnapshot: (snapshot) => snapshots.push(snapshot),
    onRecord: (record) => records.push(record),
    onAlarm: (change) => alarms.push({ atS: (clock.now() - startMs) / 1000, change }),
    onFault: (error) => faults.push(error)
  })
  await watch.start()
  t.teardown(() => watch.stop())
  const run: Rig['run'] = (seconds, values, more = {}) => {
    for (let second = 0; second < seconds; second++) {
      const entries = Object.entries(values(second))
      const sampled = entries.map(([name, value]) => ({ name, value, periodS: 1, ...more }))
      listener({ at: clock.now(), values: sampled })
      clock.advance(1000)
    }
  }
  return { clock, watch, alarms, snapshots, records, faults, run }
}

async function stateFile(t: TearsDown): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'nearside-watch-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return join(folder, 'machine-watch.json')
}

const raised = ({ alarms }: Rig): Rig['alarms'] =>
  alarms.filter(({ change }) => change.type === 'raise')
const seriesOf = (
  snapshot: TelemetrySnapshot | undefined,
  name: string
): SeriesReading | undefined => snapshot?.series.find((series) => series.name === name)

test('ten minutes of an idle machine raise nothing, whatever the seed', async (t) => {
  for (const seed of [1, 2, 3]) {
    const machine = await rig(t, await stateFile(t))
    machine.run(700, idleMachine(seed))
    t.same(raised(machine), [])
    const states = machine.snapshots
      .slice(200)
      .map((snapshot) => seriesOf(snapshot, 'cpu.load')?.state)
    t.ok(states.filter((state) => state === 'abnormal').length < 10, 'and hardly look abnormal')
  }
})

test('it learns for at most 90 seconds, and a load right after that alarms within 30', async (t) => {
  const machine = await rig(t, await stateFile(t))
  const idle = idleMachine(7)
  machine.run(90, idle)
  t.equal(seriesOf(machine.snapshots[40], 'cpu.load')?.state, 'learning')
  t.equal(seriesOf(machine.snapshots[40], 'cpu.load')?.band, null)
  t.equal(seriesOf(machine.snapshots.at(-1), 'cpu.load')?.state, 'normal')
  machine.run(60, (second) => ({ ...idle(second), 'cpu.load': 99.5 }))
  const [alarm, ...others] = raised(machine)
  t.equal(others.length, 0)
  t.ok(alarm && alarm.atS <= 120, `raised after ${(alarm?.atS ?? 999) - 90} s`)
  if (alarm?.change.type !== 'raise') return
  t.match(alarm.change.draft, { priority: 3, source: 'machine-watch', subject: 'cpu.load' })
  t.match(alarm.change.draft.title, /^Processor load 99\.5 %, normal \d+\.\d–\d+\.\d %$/)
  t.ok(alarm.change.draft.cause && alarm.change.draft.action)
  const abnormal = seriesOf(machine.snapshots.at(-1), 'cpu.load')
  t.equal(abnormal?.state, 'abnormal')
  t.ok((abnormal?.score ?? 0) > 0.4, 'after a minute the score still says so')
  machine.run(30, idle)
  const last = machine.alarms.at(-1)
  t.equal(last?.change.type, 'clear')
  t.ok((last?.atS ?? 999) <= 150 + 20, 'and clears soon after')
  machine.run(60, (second) => ({ ...idle(second), 'cpu.load': 98 }))
  t.equal(raised(machine).length, 2, 'a second load alarms again: the first was not learnt')
})

test('one busy core of two, and a burst at the very start, are told apart', async (t) => {
  const machine = await rig(t, await stateFile(t))
  const idle = idleMachine(3)
  machine.run(30, (second) => ({ ...idle(second), 'cpu.load': 100 }))
  machine.run(120, idle)
  t.same(raised(machine), [], 'the start itself is no alarm')
  machine.run(30, (second) => ({ ...idle(second), 'cpu.load': 52 }))
  t.equal(raised(machine).length, 1)
})

test('what is usual on a machine does not alarm: it always works hard', async (t) => {
  const machine = await rig(t, await stateFile(t))
  const uniform = random(5)
  machine.run(900, () => ({ 'cpu.load': 70 + 30 * uniform() }))
  t.same(raised(machine), [])
})

test('a disk that fills up is called, then called again when it gets worse, and clears below', async (t) => {
  const machine = await rig(t, await stateFile(t))
  const disk = (use: number): Values => ({ 'disk.used:/data': use })
  const slow = { periodS: 30 }
  machine.run(20, () => disk(70), slow)
  machine.run(3, () => disk(92), slow)
  machine.run(3, () => disk(97.5), slow)
  machine.run(5, () => disk(60), slow)
  const changes = machine.alarms.map(({ change }) => change)
  const priorities = changes.map((change) =>
    change.type === 'raise' ? change.draft.priority : 'clear'
  )
  t.same(priorities, ['clear', 2, 1, 'clear'])
  const [, second] = changes
  if (second?.type === 'raise')
    t.match(second.draft.title, 'Disk in use (/data) 92.0 %, limit 90 %')
})

test('a sensor that stops is stale, one that does not exist is unavailable, a gap stays a gap', async (t) => {
  const machine = await rig(t, await stateFile(t))
  machine.run(100, () => ({ 'cpu.load': 5, 'memory.used': null }))
  machine.run(1, () => ({ 'temperature.cpu': null }), { unavailable: true })
  machine.run(10, () => ({ 'memory.used': 40 }))
  const snapshot = TelemetrySnapshot.parse(machine.watch.snapshot())
  t.equal(seriesOf(snapshot, 'cpu.load')?.state, 'stale')
  t.equal(seriesOf(snapshot, 'temperature.cpu')?.state, 'unavailable')
  t.equal(seriesOf(snapshot, 'memory.used')?.state, 'learning')
  machine.run(5, () => ({ 'memory.used': null }))
  t.equal((await machine.watch.history('memory.used', 60)).points.at(-1)?.value, null)
})

test('records sum ten seconds, history has at most 600 points with band and score', async (t) => {
  const machine = await rig(t, await stateFile(t))
  machine.run(1000, (second) => ({ 'cpu.load': 10 + (second % 10) }))
  const record = TelemetryRecord.parse(machine.records.at(-2))
  t.equal(record.to - record.from, 10_000)
  t.match(record.series[0], {
    name: 'cpu.load',
    unit: '%',
    count: 10,
    min: 10,
    max: 19,
    mean: 14.5
  })
  const history = SeriesHistory.parse(await machine.watch.history('cpu.load', 900))
  t.ok(history.points.length <= 600 && history.points.length > 400)
  t.ok((history.points.at(-1)?.low ?? -1) >= 0 && (history.points.at(-1)?.high ?? 101) <= 100)
  t.ok((await machine.watch.history('cpu.load', 5)).points.length <= 6)
  await t.rejects(machine.watch.history('no.such', 60), { code: 'NS_SERIES_UNKNOWN' })
})

test('a restart goes on with what was learnt; a damaged file only means learning again', async (t) => {
  const path = await stateFile(t)
  const first = await rig(t, path)
  first.run(400, idleMachine(9))
  await first.watch.stop()
  await first.watch.stop()
  t.same(first.faults, [])
  const text = await readFile(path, 'utf8')
  t.ok(text.length < 300_000, `${text.length} characters for four series`)
  const second = await rig(t, path)
  second.run(2, idleMachine(9))
  t.equal(seriesOf(second.watch.snapshot(), 'cpu.load')?.state, 'normal')
  await writeFile(path, text.slice(0, 500))
  const third = await rig(t, path)
  third.run(2, idleMachine(9))
  t.equal(seriesOf(third.watch.snapshot(), 'cpu.load')?.state, 'learning')
  const nowhere = await rig(t, join(path, 'below-a-file.json'))
  nowhere.run(301, idleMachine(9))
  await nowhere.watch.stop()
  t.ok(nowhere.faults.length > 0, 'a state that cannot be written is told, not thrown')
})

test('what was learnt outlives a start in which the sensor is missing', async (t) => {
  const path = await stateFile(t)
  const first = await rig(t, path)
  first.run(400, () => ({ 'gpu.load:0': 5 }))
  await first.watch.stop()
  const without = await rig(t, path)
  without.run(10, () => ({ 'gpu.load:0': null }), { unavailable: true })
  t.equal(seriesOf(without.watch.snapshot(), 'gpu.load:0')?.state, 'unavailable')
  await without.watch.stop()
  const again = await rig(t, path)
  again.run(2, () => ({ 'gpu.load:0': 5 }))
  t.equal(seriesOf(again.watch.snapshot(), 'gpu.load:0')?.state, 'normal')
})

test('more series than a machine can have are not taken', async (t) => {
  const machine = await rig(t, await stateFile(t))
  machine.run(1, () =>
    Object.fromEntries(Array.from({ length: 250 }, (_, i) => [`disk.used:/m${i}`, 1]))
  )
  t.equal(machine.watch.snapshot().series.length, 200)
})

test('an alarm judge waits before it calls, remembers its limit, and accepts a new normal after an hour', (t) => {
  const rule = alarmRule('memory.used')
  t.equal(alarmRule('network.sent'), undefined)
  if (!rule) throw new Error('memory has a rule')
  const judge = new AlarmJudge(rule)
  let nowS = 0
  const feed = (seconds: number, value: number, usualHigh: number | null): string[] => {
    const told: string[] = []
    for (let i = 0; i < seconds; i++) {
      const judgement = judge.step(value, usualHigh, { nowS: nowS++, periodS: 1 })
      if (judgement) told.push(judgement.type === 'raise' ? `raise ${judgement.limit}` : 'clear')
    }
    return told
  }
  t.same(feed(9, 80, 40), [])
  t.ok(judge.holds(nowS))
  t.same(feed(20, 30, 40), ['clear'], 'chatter is no alarm')
  t.same(feed(30, 80, 40), ['raise 60'])
  t.same(feed(20, 80, 90), [], 'a band that widened meanwhile does not end it')
  t.same(feed(20, 58, 90), [], 'nor does coming just under the limit')
  t.ok(judge.active)
  t.same(feed(3600, 80, 90), ['clear'], 'after an hour the new level is normal')
  t.same(feed(30, 80, null), [], 'without a band only fixed limits count')
  t.same(feed(30, 96, null), ['raise 95'])
  t.end()
})

test('alarms are raised once, acknowledged, shelved for a shift at most, cleared and kept in bounds', (t) => {
  const clock = new ManualClock()
  const records: AlarmRecord[] = []
  let saved = 0
  let id = 0
  const list = new AlarmList({
    clock,
    newId: () => `a${id++}`,
    save: (alarms) => {
      saved = alarms.length
    },
    onChange: (record) => records.push(AlarmRecord.parse(record))
  })
  const draft = {
    priority: 3 as const,
    source: 'machine-watch' as const,
    subject: 'cpu.load',
    title: 'x',
    cause: '',
    action: ''
  }
  list.apply({ type: 'raise', draft })
  list.apply({ type: 'raise', draft: { ...draft, title: 'y' } })
  t.equal(list.all().length, 1)
  t.equal(list.acknowledge('a0').title, 'y')
  list.acknowledge('a0')
  t.equal(list.open().length, 1, 'acknowledged, but still active')
  list.shelve('a0', { reason: 'planned test', minutes: 10 })
  t.equal(list.open().length, 0)
  clock.advance(601_000)
  t.equal(list.open().length, 1, 'nothing is shelved for ever')
  list.shelve('a0', { reason: 'again', minutes: 480 })
  list.raise({ ...draft, priority: 1 })
  t.match(
    list.open()[0],
    { priority: 1, acknowledgedAt: null, shelvedUntil: null },
    'worse is news'
  )
  for (const request of [
    { reason: 'x', minutes: 5 },
    { reason: 'good reason', minutes: 481 }
  ])
    t.throws(() => list.shelve('a0', request), { code: 'NS_REQUEST_INVALID' })
  t.throws(() => list.acknowledge('nope'), { code: 'NS_ALARM_UNKNOWN' })
  list.apply({ type: 'clear', source: 'machine-watch', subject: 'cpu.load' })
  list.apply({ type: 'clear', source: 'machine-watch', subject: 'cpu.load' })
  t.equal(list.open().length, 1, 'cleared, but nobody has seen it')
  list.acknowledge('a0')
  t.equal(list.open().length, 0)
  t.same(
    records.map(({ change }) => change),
    ['raised', 'raised', 'acknowledged', 'shelved', 'shelved', 'raised', 'cleared', 'acknowledged']
  )
  for (let i = 0; i < 600; i++) list.raise({ ...draft, subject: `s${i}` })
  t.equal(list.all().length, 500)
  t.equal(saved, 500)
  t.notOk(
    list.all().some((alarm) => alarm.id === 'a0'),
    'closed alarms leave first'
  )
  const again = new AlarmList({
    clock,
    newId: () => 'z',
    save: () => undefined,
    onChange: () => undefined,
    initial: list.all().reverse()
  })
  t.equal(again.all().length, 500)
  t.equal(again.open()[0]?.subject, list.open()[0]?.subject)
  t.end()
})
