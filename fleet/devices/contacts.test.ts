// What the fleet knows of a device's presence and shows of it.

import { test } from 'tap'
import { EventBus } from '../../kernel/event-bus.ts'
import { ManualClock } from '../../test/harness/manual-clock.ts'
import { type ChangeBus, openSqliteStore } from '../store/index.ts'
import { Contacts } from './contacts.ts'
import { findDevice, listDevices } from './inventory.ts'
import { presenceOf, sayTime } from './presence.ts'

const DAY_MS = 86_400_000

const hello = {
  session: 's1',
  name: 'Press 7',
  version: '0.1.0',
  platform: 'linux',
  cpu: 'x',
  cores: 2,
  memoryBytes: 1,
  gpus: [],
  startedAt: 1,
  gen: 0
}
const reported = {
  online: true as const,
  session: 's1',
  gen: 0,
  models: [],
  installs: [],
  outbox: { events: 0, bytes: 0, oldestAt: null },
  alarms: { p1: 0, p2: 0, p3: 0, p4: 0 },
  disk: { freeBytes: 1, totalBytes: 2 },
  lastError: null
}

test('presence says what is missing, and since when', async (t) => {
  const now = new Date(2026, 10, 23, 14, 0).getTime()
  const at = new Date(2026, 10, 23, 13, 42).getTime()
  const contact = { session: 's', last_seen_at: now, offline_at: null }
  t.match(presenceOf({ ...contact, session: null }, now), { state: 'never-seen' })
  t.match(presenceOf(contact, now), { state: 'online' })
  t.match(presenceOf({ ...contact, last_seen_at: at }, now), {
    state: 'stale',
    sentence: 'Connected, but it has reported nothing since 13:42.'
  })
  t.same(presenceOf({ ...contact, offline_at: at }, now), {
    state: 'offline',
    sentence: 'Offline since 13:42.'
  })
  t.equal(sayTime(at, now + DAY_MS), '2026-11-23 13:42')
})

test('devices are shown with what is known of them, in the order of their series', async (t) => {
  const store = openSqliteStore(':memory:')
  const clock = new ManualClock()
  await store.devices.insert({ id: 'press-07', name: 'Press 7', enrolled_at: 5 })
  const at = clock.now()
  const value = { device: 'press-07', unit: '', last: 1, score: null, at }
  await store.telemetry.setLast(
    ['own.series', 'memory.used', 'cpu.load', 'disk.used:/data'].map((series) => ({
      ...value,
      series
    }))
  )
  const [device] = await listDevices(store, at)
  t.match(device, { state: 'never-seen', hello: null, reported: null, events: 0, alarms: [] })
  t.same(
    device?.telemetry.map(({ name, unit }) => `${name} ${unit}`),
    ['cpu.load %', 'memory.used %', 'disk.used:/data %', 'own.series ']
  )
  await t.rejects(findDevice(store, 'nobody', at), { code: 'NS_DEVICE_UNKNOWN' })
})

test('a device is online while its session stands, stale when silent, offline by its own Will', async (t) => {
  const store = openSqliteStore(':memory:')
  const clock = new ManualClock()
  const changes: ChangeBus = new EventBus()
  const changed: string[] = []
  changes.on('device', ({ id }) => void changed.push(id))
  const told: string[] = []
  const onReported = async (device: string): Promise<void> => void told.push(device)
  const contacts = new Contacts({ store, clock, changes, onReported })
  await contacts.start()
  const state = async (): Promise<string> =>
    (await findDevice(store, 'press-07', clock.now())).state

  await contacts.hello('press-07', hello)
  await contacts.state('press-07', reported)
  t.equal(await state(), 'online')
  t.same(told, ['press-07'])
  await contacts.state('press-07', { online: false, session: 'an older one' })
  t.equal(await state(), 'online', 'the Will of a replaced session says nothing')
  await clock.advanceAsync(200_000)
  t.equal(await state(), 'stale')
  await contacts.state('press-07', { online: false, session: 's1' })
  t.equal(await state(), 'offline')
  const count = changed.length
  await contacts.state('press-07', { online: false, session: 's1' })
  await contacts.state('nobody', { online: false, session: 's1' })
  t.equal(changed.length, count)
  await contacts.state('press-07', reported)
  t.equal(await state(), 'online')
  contacts.stop()
  await new Contacts({ store, clock, changes, onReported }).start()
  t.equal(await state(), 'offline', 'after a start nobody is connected')
})
