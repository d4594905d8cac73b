// Alarms from hard facts about a GPU.

import { test } from 'tap'
import { Alarm, type GpuReading } from '../../contract/index.ts'
import { anyGpu } from '../../test/harness/any-gpu.ts'
import { ManualClock } from '../../test/harness/manual-clock.ts'
import type { GpuReport } from '../telemetry/index.ts'
import { type AlarmChange, AlarmList } from './alarm-list.ts'
import { GpuAlarms } from './gpu-alarms.ts'
import { xidWords } from './xid-words.ts'

interface Rig {
  readonly clock: ManualClock
  readonly changes: AlarmChange[]
  readonly list: AlarmList
  readonly alarms: GpuAlarms
  /** Reports for so many seconds, one every five. */
  run(seconds: number, gpus: readonly GpuReading[], more?: Partial<GpuReport>): void
  open(): Alarm[]
}

function rig(): Rig {
  const clock = new ManualClock()
  let listener: (report: GpuReport) => void = () => undefined
  const changes: AlarmChange[] = []
  let ids = 0
  const list = new AlarmList({
    clock,
    newId: () => `a${ids++}`,
    save: () => undefined,
    onChange: () => undefined
  })
  const alarms = new GpuAlarms({
    clock,
    source: {
      onReport: (given) => {
        listener = given
        return () => {
          listener = () => undefined
        }
      }
    },
    onAlarm: (change) => {
      changes.push(change)
      list.apply(change)
    }
  })
  alarms.start()
  const run: Rig['run'] = (seconds, gpus, more = {}) => {
    for (let s = 0; s < seconds; s += 5) {
      listener({ state: 'reading', at: clock.now(), periodS: 5, gpus, xids: [], ...more })
      clock.advance(5000)
    }
  }
  const open = (): Alarm[] =>
    list
      .open()
      .map((alarm) => Alarm.parse(alarm))
      .filter(({ clearedAt }) => clearedAt === null)
  return { clock, changes, list, alarms, run, open }
}

test('a healthy GPU raises nothing and ends what an earlier run left, once', (t) => {
  const { run, changes } = rig()
  run(60, [anyGpu({})])
  t.same(changes.map((change) => change.type === 'clear' && change.subject).sort(), [
    'gpu.ecc:0',
    'gpu.lost:0',
    'gpu.thermal:0',
    'gpu.xid:0'
  ])
  t.end()
})

test('an error of the driver: a program is over after a while, hardware stays', (t) => {
  const { run, open, clock } = rig()
  const at = clock.now()
  run(10, [anyGpu({ xid: 31 })], { xids: [{ index: 0, xid: 31, at }] })
  t.match(open(), [
    { priority: 3, subject: 'gpu.xid:0', title: /error 31/, source: 'machine-watch' }
  ])
  run(15 * 60, [anyGpu({ xid: 31 })], { xids: [{ index: 0, xid: 31, at }] })
  t.same(open(), [])
  const xids = [{ index: 0, xid: 79, at: clock.now() }]
  run(3600, [anyGpu({ xid: 79 })], { xids })
  t.match(open(), [{ priority: 1, cause: /bus/, action: /power cable/ }])
  t.end()
})

test('an error of long ago, seen at the start, is no news when it was a program', (t) => {
  const { run, open, clock } = rig()
  run(5, [anyGpu({})], { xids: [{ index: 0, xid: 13, at: clock.now() - 3600_000 }] })
  t.same(open(), [])
  run(5, [anyGpu({})], { xids: [{ index: 0, xid: 48, at: clock.now() - 3600_000 }] })
  t.equal(open().length, 1)
  t.end()
})

test('every number has words', (t) => {
  for (const xid of [13, 48, 63, 62, 74, 79, 54, 999]) {
    const { cause, action } = xidWords(xid)
    t.match(`${cause} ${action}`, /^[A-Z].*\. [A-Z].*\.$/)
  }
  t.match(xidWords(999).cause, '999')
  t.end()
})

test('memory errors that were not corrected', (t) => {
  const { run, open } = rig()
  run(10, [anyGpu({ eccUncorrected: 1 })])
  run(10, [anyGpu({ eccUncorrected: 2 })])
  t.match(open(), [{ priority: 1, title: /one memory error that/, cause: /may be wrong/ }])
  run(5, [anyGpu({ eccUncorrected: null })])
  t.same(open(), [])
  t.end()
})

test('heat is an alarm after a minute, across short gaps, and over when it is over', (t) => {
  const { run, open } = rig()
  const hot = [anyGpu({ throttle: ['thermal'], temperatureC: 90.6 })]
  run(60, hot)
  t.same(open(), [])
  run(5, [anyGpu({})])
  run(10, hot)
  t.match(open(), [{ priority: 2, title: /at 91 °C has been slowed by heat/ }])
  run(15, [anyGpu({})])
  t.same(open(), [])
  run(30, [anyGpu({ throttle: ['power'] })])
  t.same(open(), [])
  t.end()
})

test('a GPU that is missing from the readings has fallen off; it may come back', (t) => {
  const { run, open } = rig()
  const two = [anyGpu({}), anyGpu({ index: 1, uuid: 'GPU-1' })]
  run(10, two)
  run(10, two.slice(0, 1))
  t.same(open(), [])
  run(15, two.slice(0, 1))
  t.match(open(), [{ priority: 1, subject: 'gpu.lost:1', cause: /bus/ }])
  run(5, two)
  t.same(open(), [])
  t.end()
})

test('silence of all GPUs is told after a minute', (t) => {
  const { run, open, clock, alarms } = rig()
  clock.advance(120_000)
  t.same(open(), [], 'a machine without a GPU is silent from the start')
  run(10, [anyGpu({ temperatureC: null })])
  run(10, [], { state: 'lost' })
  clock.advance(30_000)
  t.same(open(), [])
  clock.advance(30_000)
  t.match(open(), [{ subject: 'gpu.lost:0', cause: /hangs/ }])
  alarms.stop()
  run(10, [anyGpu({})])
  t.equal(open().length, 1, 'it listens no more')
  t.end()
})
