import { test } from 'tap'
import type { Alarm, DeviceModel } from '../contract/index.ts'
import { ManualClock } from '../test/harness/manual-clock.ts'
import type { RungDrop } from './inference/index.ts'
import { tellRungAlarms } from './rung-alarms.ts'
import { AlarmList } from './watches/index.ts'

const DROP: RungDrop = {
  ...{ model: 'tiny', from: 'cuda', title: 'tiny 1.0.0 runs on CPU now instead of CUDA' },
  cause: 'libcudnn.so.9 was not found.'
}

function rig(initial: readonly Alarm[] = []) {
  const changes: string[] = []
  const state: { drops: RungDrop[]; models: Pick<DeviceModel, 'name' | 'rung'>[] } = {
    drops: [],
    models: [{ name: 'tiny', rung: 'cpu' }]
  }
  const alarms = new AlarmList({
    ...{ clock: new ManualClock(), newId: () => 'id', save: () => undefined, initial },
    onChange: ({ change, alarm }) => changes.push(`${change} ${alarm.subject}`)
  })
  const pool = { dropped: () => state.drops, status: () => state.models }
  return { state, changes, alarms, look: () => tellRungAlarms({ pool, alarms }) }
}

test('a model that loses its rung raises one alarm, which ends when it is back', async (t) => {
  const { state, changes, alarms, look } = rig()
  look()
  t.same(changes, [])
  state.drops = [DROP]
  look()
  look()
  t.same(changes, ['raised tiny:cuda'], 'once')
  t.match(alarms.all()[0], {
    ...{ source: 'model', priority: 3, title: DROP.title, cause: DROP.cause, action: /doctor/ }
  })
  state.drops = []
  look()
  t.equal(changes.length, 1, 'it still runs on the CPU')
  state.models = [{ name: 'tiny', rung: 'remote' }]
  look()
  t.equal(changes.length, 1, 'another server says nothing about the rungs of this machine')
  state.models = [{ name: 'tiny', rung: 'tensorrt' }]
  look()
  t.same(changes, ['raised tiny:cuda', 'cleared tiny:cuda'])
})

test('the alarm of an earlier run stays until the model is back or gone', async (t) => {
  const before = rig()
  before.state.drops = [DROP]
  before.look()
  const after = rig(before.alarms.all())
  after.look()
  t.same(after.changes, [], 'the start of the device mends nothing')
  after.state.models = []
  after.look()
  t.same(after.changes, ['cleared tiny:cuda'])
})
