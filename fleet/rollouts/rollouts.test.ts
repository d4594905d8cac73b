// Rollouts on a real store in memory, with devices that report well, late, badly, or never.

import { test } from 'tap'
import type {
  DesiredState,
  InstallReport,
  InstallStep,
  ReportedState
} from '../../contract/index.ts'
import { EventBus } from '../../kernel/event-bus.ts'
import { ManualClock } from '../../test/harness/manual-clock.ts'
import { type ChangeBus, openSqliteStore } from '../store/index.ts'
import { advance, reasonNow, type WantedRow } from './device-progress.ts'
import { countDevices, outcomeOf } from './outcome.ts'
import { Rollouts } from './rollouts.ts'

const MODEL = 'tiny'
const digest = (version: string): string => version.replaceAll('.', '').repeat(32).slice(0, 64)

async function house(...devices: string[]) {
  const store = openSqliteStore(':memory:')
  const clock = new ManualClock(new Date(2026, 0, 5, 13, 42).getTime())
  const changes: ChangeBus = new EventBus()
  const published: { device: string; desired: DesiredState }[] = []
  const rollouts = new Rollouts({
    store,
    clock,
    changes,
    publishDesired: (device, desired) => void published.push({ device, desired }),
    blobsUrl: () => 'http://127.0.0.1:8090/blobs'
  })
  for (const version of ['1.0.0', '1.0.1', '1.0.2'])
    for (const name of [MODEL, 'other'])
      await store.models.insert(
        {
          name,
          version,
          published_at: 1,
          size_bytes: 10,
          manifest_sha256: digest(version),
          signer: 'k',
          manifest: '{}',
          card: ''
        },
        [
          { path: 'manifest.json', sha256: digest(version), size: 5 },
          { path: 'manifest.sig', sha256: digest(version), size: 5 }
        ]
      )
  for (const id of devices) {
    await store.devices.insert({ id, name: id, enrolled_at: 1 })
    await store.devices.touch(id, { session: 's', last_seen_at: clock.now() })
  }
  const report = async (device: string, state: Partial<ReportedState>): Promise<void> => {
    const full = { ...STATE, ...state }
    const text = JSON.stringify(full)
    await store.devices.touch(device, {
      reported: text,
      last_seen_at: clock.now(),
      offline_at: null
    })
    await rollouts.reported(device, full)
  }
  return { store, clock, changes, published, rollouts, report }
}

const STATE: ReportedState = {
  online: true,
  session: 's',
  gen: 0,
  models: [],
  installs: [],
  outbox: { events: 0, bytes: 0, oldestAt: null },
  alarms: { p1: 0, p2: 0, p3: 0, p4: 0 },
  disk: { freeBytes: 1, totalBytes: 1 },
  lastError: null
}

const install = (
  rollout: string,
  step: InstallStep,
  more: Partial<InstallReport> = {}
): InstallReport => ({
  gen: 1,
  rollout,
  model: MODEL,
  version: '1.0.1',
  step,
  progress: 0,
  code: null,
  reason: `It is ${step}.`,
  at: 1,
  ...more
})

const running = (version: string, name = MODEL) => ({
  name,
  version,
  precision: 'fp32' as const,
  rung: 'cpu' as const,
  manifestSha256: digest(version),
  origin: 'builtin' as const
})

test('a rollout goes step by step to every device, and says so', async (t) => {
  const { rollouts, report, published, store } = await house('press-07', 'press-08')
  await store.devices.touch('press-07', {
    reported: JSON.stringify({ ...STATE, models: [running('1.0.0')] })
  })
  const { rollout, created } = await rollouts.create({ model: MODEL, version: '1.0.1' })
  t.equal(created, true)
  t.match(rollout, { state: 'running', counts: { total: 2, waiting: 2 }, endedAt: null })
  t.equal(rollout.devices[0]?.previousVersion, '1.0.0')
  t.same(
    published.map(({ device, desired }) => [device, desired.gen]),
    [
      ['press-07', 1],
      ['press-08', 1]
    ]
  )
  t.match(published[0]?.desired, {
    blobs: 'http://127.0.0.1:8090/blobs',
    models: [{ name: MODEL, version: '1.0.1', rollout: rollout.id }]
  })
  const { id } = rollout
  for (const step of ['offered', 'downloading', 'verifying', 'golden', 'switching'] as const) {
    await report('press-07', { installs: [install(id, step, { progress: 0.5 })] })
    const now = await rollouts.find(id)
    t.match(now.devices[0], { state: step, reason: `It is ${step}.` })
    t.match(now.counts, { active: 1, waiting: 1 })
  }
  await report('press-07', { installs: [install(id, 'committed')] })
  t.match(await rollouts.find(id), {
    state: 'running',
    sentence: /^tiny 1\.0\.1 runs on 1 of 2 devices, 1 waiting\. press-08: /
  })
  // The report of the other one was lost, but it runs the version and has finished with the generation.
  await report('press-08', { gen: 1, models: [running('1.0.1')] })
  const done = await rollouts.find(id)
  t.match(done, { state: 'finished', sentence: 'Finished: tiny 1.0.1 runs on 2 of 2 devices.' })
  t.type(done.endedAt, 'number')
  t.match(
    done.timeline.map(({ sentence }) => sentence),
    ['Created: tiny 1.0.1 for 2 devices.', 'press-07: tiny 1.0.1 was taken up.']
  )
  t.equal(done.timeline.at(-1)?.sentence, done.sentence)
  t.match(await rollouts.list(), [{ id, state: 'finished' }])
})

test('a device that is away holds the rollout open, with the reason at every moment', async (t) => {
  const { rollouts, report, store, clock } = await house('press-07')
  await store.devices.touch('press-07', { offline_at: clock.now() })
  const { rollout } = await rollouts.create({ model: MODEL, version: '1.0.1' })
  t.match(rollout.devices, [
    { state: 'pending', reason: 'Waiting: the device has been offline since 13:42.' }
  ])
  t.match(
    rollout.sentence,
    /1 waiting\. press-07: Waiting: the device has been offline since 13:42\.$/
  )
  await report('press-07', {})
  t.match((await rollouts.find(rollout.id)).devices, [{ state: 'sent' }])
  await report('press-07', { installs: [install(rollout.id, 'downloading', { progress: 0.43 })] })
  await store.devices.touch('press-07', { offline_at: clock.now() })
  t.match((await rollouts.find(rollout.id)).devices, [
    {
      state: 'downloading',
      reason:
        /offline since 13:42\. It was last heard while downloading \(43 %\) and goes on when it is back\.$/
    }
  ])
  await store.devices.touch('press-07', { session: null, offline_at: null })
  t.match((await rollouts.find(rollout.id)).devices, [
    { reason: 'Waiting: the device has never connected.' }
  ])
})

test('a refusal ends the rollout as failed, with the device and its reason', async (t) => {
  const { rollouts, report, changes } = await house('press-07', 'press-08')
  const told: string[] = []
  changes.on('rollout', ({ id }) => void told.push(id))
  const { rollout } = await rollouts.create({ model: MODEL, version: '1.0.1' })
  const reason = 'manifest.sig: is made with the key abc, which is not trusted here.'
  const code = 'NS_BUNDLE_KEY_UNKNOWN'
  await report('press-07', { installs: [install(rollout.id, 'rejected', { code, reason })] })
  await report('press-08', { installs: [install(rollout.id, 'committed')] })
  const ended = await rollouts.find(rollout.id)
  t.match(ended, { state: 'failed', sentence: `Failed on 1 of 2 devices. press-07: ${reason}` })
  t.match(ended.devices[0], { state: 'rejected', code, reason })
  t.ok(ended.timeline.some(({ sentence }) => sentence.includes(`was refused. ${reason}`)))
  t.same(told, [rollout.id, rollout.id, rollout.id])
  await report('press-07', { installs: [install(rollout.id, 'committed', { at: 9 })] })
  t.equal((await rollouts.find(rollout.id)).state, 'failed', 'what has ended stays as it ended')
})

test('a newer rollout takes the place of the older one, and going back is one too', async (t) => {
  const { rollouts, report, published } = await house('press-07', 'press-08')
  const first = await rollouts.create({ model: MODEL, version: '1.0.1' })
  await report('press-07', {
    installs: [install(first.rollout.id, 'committed')],
    models: [running('1.0.1')]
  })
  const other = await rollouts.create({ model: 'other', version: '1.0.0', devices: ['press-08'] })
  t.match(published.at(-1)?.desired, {
    gen: 2,
    models: [{ name: MODEL, version: '1.0.1' }, { name: 'other' }]
  })
  const back = await rollouts.create({ model: MODEL, version: '1.0.0' })
  t.match(published.at(-1)?.desired, {
    gen: 3,
    models: [{ name: 'other' }, { name: MODEL, version: '1.0.0' }]
  })
  const ended = await rollouts.find(first.rollout.id)
  t.match(ended, {
    state: 'finished',
    sentence: 'Finished: 1 of 2 devices ran tiny 1.0.1; a newer rollout took its place on 1.'
  })
  t.match(ended.devices[1], { state: 'superseded', reason: /newer rollout wants tiny 1\.0\.0/ })
  t.equal((await rollouts.find(other.rollout.id)).state, 'running', 'another model is left alone')
  t.equal((await rollouts.find(back.rollout.id)).counts.waiting, 2)
  await rollouts.create({ model: MODEL, version: '1.0.2' })
  t.match(await rollouts.find(back.rollout.id), {
    state: 'finished',
    sentence: 'A newer rollout took the place of tiny 1.0.0 everywhere.'
  })
})

test('a device that runs the version already has nothing to do, unless it is on its way elsewhere', async (t) => {
  const { rollouts, report } = await house('press-07')
  await report('press-07', { models: [running('1.0.0')] })
  const first = await rollouts.create({ model: MODEL, version: '1.0.0' })
  t.match(first.rollout, {
    state: 'finished',
    counts: { already: 1 },
    devices: [{ state: 'already' }]
  })
  const away = await rollouts.create({ model: MODEL, version: '1.0.1' })
  t.equal(away.rollout.state, 'running')
  const back = await rollouts.create({ model: MODEL, version: '1.0.0' })
  t.match(back.rollout.devices, [{ state: 'sent' }], 'it may be switching at this moment')
  await report('press-07', { gen: 2, models: [running('1.0.0')] })
  t.equal(
    (await rollouts.find(back.rollout.id)).state,
    'running',
    'an older generation proves nothing'
  )
  await report('press-07', { gen: 3, models: [running('1.0.0')] })
  t.equal((await rollouts.find(back.rollout.id)).state, 'finished')
})

test('the same request under the same key makes one rollout', async (t) => {
  const { rollouts } = await house('press-07')
  const wanted = { model: MODEL, version: '1.0.1' }
  const first = await rollouts.create(wanted, 'key-0001')
  const again = await rollouts.create(wanted, 'key-0001')
  t.same([again.created, again.rollout.id], [false, first.rollout.id])
  await t.rejects(rollouts.create({ model: MODEL, version: '1.0.0' }, 'key-0001'), {
    code: 'NS_REQUEST_INVALID'
  })
  t.not((await rollouts.create(wanted, 'key-0002')).rollout.id, first.rollout.id)
})

test('what cannot be rolled out is refused, and nothing is changed', async (t) => {
  const { rollouts, published, store } = await house()
  await t.rejects(rollouts.create({ model: MODEL, version: '1.0.1' }), { code: 'NS_ROLLOUT_EMPTY' })
  await t.rejects(rollouts.create({ model: 'none', version: '1.0.1' }), {
    code: 'NS_MODEL_UNKNOWN'
  })
  await store.devices.insert({ id: 'press-07', name: 'Press 7', enrolled_at: 1 })
  const wanted = { model: MODEL, version: '1.0.1', devices: ['press-07', 'nobody'] }
  await t.rejects(rollouts.create(wanted), { code: 'NS_DEVICE_UNKNOWN' })
  await t.rejects(rollouts.find('nothing'), { code: 'NS_ROLLOUT_UNKNOWN' })
  t.same([published, await rollouts.list(), (await store.devices.all())[0]?.gen], [[], [], 0])
  await rollouts.publish('nobody')
  await rollouts.publishAll()
  t.same(published, [], 'a device of which nothing was ever asked is told nothing')
})

test('after a restart every device is told again what it is to run', async (t) => {
  const { rollouts, published } = await house('press-07', 'press-08')
  await rollouts.create({ model: MODEL, version: '1.0.1' })
  const before = published.splice(0)
  await rollouts.publishAll()
  t.same(published, before)
})

test('reports that change nothing are passed over, the newest one counts', async (t) => {
  const row: WantedRow = {
    rollout: 'r',
    device: 'press-07',
    gen: 1,
    state: 'downloading',
    progress: 0.431,
    code: null,
    reason: 'It is downloading.',
    previous_version: null,
    at: 1,
    model: MODEL,
    version: '1.0.1'
  }
  const told = (...installs: InstallReport[]) => advance(row, { ...STATE, installs }, 5)
  t.equal(told(install('r', 'downloading', { progress: 0.433 })), undefined)
  t.match(told(install('r', 'downloading', { progress: 0.44 })), { progress: 0.44, at: 5 })
  t.equal(told(install('another', 'failed')), undefined)
  t.equal(told(install('r', 'failed', { model: 'other' })), undefined)
  t.match(told(install('r', 'failed', { at: 2 }), install('r', 'golden', { at: 1 })), {
    state: 'failed'
  })
  const offline = { state: 'offline' as const, sentence: 'Offline since 13:42.' }
  t.equal(reasonNow({ ...row, state: 'committed', reason: 'Done.' }, offline), 'Done.')
  t.match(
    reasonNow({ ...row, state: 'golden' }, offline),
    /while running the golden inputs and goes on/
  )
})

test('counts and sentences follow from the devices', async (t) => {
  const device = (state: string) => ({ name: `d-${state}`, state, reason: `${state}.` })
  const all = [
    'pending',
    'sent',
    'offered',
    'golden',
    'committed',
    'already',
    'failed',
    'superseded'
  ].map(device)
  t.same(countDevices(all), { total: 8, done: 1, already: 1, active: 2, waiting: 2, failed: 1 })
  t.same(outcomeOf(all, 'x 1.0.0'), {
    state: 'running',
    sentence: 'x 1.0.0 runs on 2 of 8 devices, 2 at work, 2 waiting, 1 failed.'
  })
  t.match(outcomeOf([device('committed')], 'x 1.0.0').sentence, 'x 1.0.0 runs on 1 of 1 device.')
})
