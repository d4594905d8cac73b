// How the kiosk keeps its picture of the device: first load, events, cuts, failures; and the idle watch.

import { test } from 'tap'
import type { Alarm, DeviceInfo, Job, SeriesReading } from '../../contract/index.ts'
import { deviceEvents } from '../api/index.ts'
import type { DeviceState } from './device-state.ts'
import { watchIdle } from './idle.ts'
import { LiveDevice } from './live-device.ts'

const device = { id: 'd1', name: 'Press 7' } as DeviceInfo
const reading = (name: string, state: SeriesReading['state'] = 'normal'): SeriesReading =>
  ({ name, state, at: 1000, value: 1, band: null }) as SeriesReading

class Stream {
  readyState = 1
  onopen: ((event: Event) => void) | null = null
  onerror: ((event: Event) => void) | null = null
  readonly listeners = new Map<string, (event: MessageEvent<string>) => void>()

  addEventListener(name: string, listener: (event: MessageEvent<string>) => void): void {
    this.listeners.set(name, listener)
  }

  close(): void {}

  tell(name: string, data: unknown): void {
    this.listeners.get(name)?.({ data: JSON.stringify(data) } as MessageEvent<string>)
  }
}

const settle = (): Promise<void> => new Promise((done) => setImmediate(done))

function setup(over: object = {}) {
  const calls: string[] = []
  const answer =
    <Value>(name: string, value: Value) =>
    async (): Promise<Value> => {
      calls.push(name)
      return value
    }
  const api = {
    device: answer('device', device),
    telemetry: answer('telemetry', { at: 1, series: [reading('a'), reading('b', 'unavailable')] }),
    alarms: answer('alarms', [] as Alarm[]),
    logs: answer('logs', { lines: 1 }),
    models: answer('models', { models: [], installs: [] }),
    gpus: answer('gpus', { gpus: [], sentence: 'No GPU.' }),
    jobs: answer('jobs', [] as Job[]),
    history: async (name: string) => {
      calls.push(`history ${name}`)
      return { series: reading(name), points: [] }
    },
    ...over
  }
  const stream = new Stream()
  const later: (() => void)[] = []
  const states: DeviceState[] = []
  const live = new LiveDevice((state) => states.push(state), {
    api: api as never,
    events: () => deviceEvents({ open: () => stream, now: () => 5 }),
    later: (run) => later.push(run)
  })
  return { live, stream, calls, later, states }
}

test('it reads everything once, and the past of each series that has a sensor', async (t) => {
  const { live, calls } = setup()
  live.start()
  await settle()
  t.same(calls, ['device', 'telemetry', 'alarms', 'models', 'gpus', 'jobs', 'logs', 'history a'])
  t.match(live.state, { device: { name: 'Press 7' }, failure: '', alarms: [] })
  t.equal(live.state.series?.length, 2)
})

test('events change the picture, and each state is told', async (t) => {
  const { live, stream, calls, states } = setup()
  live.start()
  await settle()
  stream.tell('device', { ...device, name: 'Press 8' })
  stream.tell('telemetry', { at: 2, series: [reading('c')] })
  stream.tell('alarm', { id: 'a1' })
  stream.tell('models', { models: [{}], installs: [] })
  stream.tell('gpus', { gpus: [{}], sentence: '' })
  stream.tell('job', { id: 'j1' })
  stream.tell('job', { id: 'j2' })
  stream.tell('job-removed', { id: 'j1' })
  stream.tell('logs', { at: 1 })
  await settle()
  t.match(live.state, {
    device: { name: 'Press 8' },
    series: [{ name: 'c' }],
    alarms: [{ id: 'a1' }]
  })
  t.match(live.state, { jobs: [{ id: 'j2' }], models: { models: [{}] }, gpus: { gpus: [{}] } })
  t.equal(calls.filter((name) => name === 'logs').length, 2)
  t.equal(calls.filter((name) => name === 'gpus').length, 2, 'none were known, so it asks again')
  stream.tell('device', device)
  t.equal(calls.filter((name) => name === 'gpus').length, 2, 'now there are events of them')
  t.equal(states.at(-1), live.state)
  live.take({ id: 'a1', acknowledgedAt: 9 } as Alarm)
  t.match(live.state.alarms, [{ acknowledgedAt: 9 }])
})

test('after a cut everything is read again', async (t) => {
  const { live, stream, calls } = setup()
  live.start()
  await settle()
  stream.onopen?.(new Event('open'))
  t.equal(calls.filter((name) => name === 'device').length, 1)
  stream.onerror?.(new Event('error'))
  t.same(live.state.stream, { state: 'lost', since: 5 })
  stream.onopen?.(new Event('open'))
  await settle()
  t.equal(calls.filter((name) => name === 'device').length, 2)
})

test('a first load that fails says why and is tried again', async (t) => {
  const failures = [new Error('The device is starting.'), 'odd']
  const { live, later } = setup({
    device: async () => {
      const failure = failures.shift()
      if (failure) throw failure
      return device
    }
  })
  live.start()
  await settle()
  t.equal(live.state.failure, 'The device is starting.')
  later[0]?.()
  await settle()
  t.equal(live.state.failure, 'odd')
  later[1]?.()
  await settle()
  t.match(live.state, { failure: '', device: { id: 'd1' } })
})

test('what the first picture can do without may fail', async (t) => {
  const fail = async (): Promise<never> => {
    throw new Error('no')
  }
  const { live } = setup({ logs: fail, models: fail, gpus: fail, jobs: fail, history: fail })
  live.start()
  await settle()
  t.match(live.state, { device: { id: 'd1' }, logs: null, models: null, gpus: null, failure: '' })
})

test('a stopped one tells nothing more and tries nothing more', async (t) => {
  const { live, states, later } = setup({
    device: async () => {
      throw new Error('no')
    }
  })
  live.start()
  live.stop()
  await settle()
  t.equal(states.length, 0)
  t.equal(later.length, 0)
})

test('three minutes without a touch are idle; each touch starts them anew', async (t) => {
  const target = new EventTarget()
  const timers: { run: () => void; off: boolean }[] = []
  let idle = 0
  const stop = watchIdle({
    afterMs: 180_000,
    onIdle: () => {
      idle += 1
    },
    target,
    later: (run) => {
      const timer = { run, off: false }
      timers.push(timer)
      return () => {
        timer.off = true
      }
    }
  })
  target.dispatchEvent(new Event('pointerdown'))
  t.match(timers, [{ off: true }, { off: false }])
  timers[1]?.run()
  t.equal(idle, 1)
  stop()
  target.dispatchEvent(new Event('keydown'))
  t.equal(timers.length, 2)
})
