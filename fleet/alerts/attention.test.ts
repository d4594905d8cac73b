// What an operator is told to look at, and in which order.

import { test } from 'tap'
import type { Alarm, FleetDevice, Rollout } from '../../contract/index.ts'
import { listAttention } from './attention.ts'

const NOW = Date.UTC(2026, 0, 5, 12)
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

const device = (id: string, changes: Partial<FleetDevice> = {}): FleetDevice => ({
  id,
  name: id,
  state: 'online',
  sentence: 'Online.',
  enrolledAt: 0,
  lastSeenAt: NOW,
  hello: null,
  reported: null,
  alarms: [],
  events: 0,
  telemetry: [],
  ...changes
})

const alarm = (id: string, changes: Partial<Alarm> = {}): Alarm => ({
  id,
  priority: 1,
  source: 'machine-watch',
  subject: 'cpu.load',
  title: 'Load 98 %',
  cause: 'A process runs wild.',
  action: '',
  raisedAt: NOW - MINUTE_MS,
  clearedAt: null,
  acknowledgedAt: null,
  shelvedUntil: null,
  shelveReason: null,
  ...changes
})

const rollout = (id: string, changes: Partial<Rollout> = {}): Rollout => ({
  id,
  model: 'tiny',
  version: '1.0.1',
  state: 'failed',
  sentence: 'Failed on 1 of 1 device.',
  createdAt: NOW - MINUTE_MS,
  endedAt: NOW - MINUTE_MS,
  counts: { total: 1, done: 0, already: 0, active: 0, waiting: 0, failed: 1 },
  ...changes
})

const well = { state: 'well' as const, sentence: 'Listens.' }
const ids = (situation: Partial<Parameters<typeof listAttention>[0]>): string[] =>
  listAttention({ now: NOW, devices: [], rollouts: [], broker: well, ...situation }).map(
    ({ id }) => id
  )

test('the most urgent comes first', async (t) => {
  const broker = { state: 'failed' as const, sentence: 'The broker failed.' }
  const devices = [
    device('away', {
      state: 'offline',
      sentence: 'Offline since 11:00.',
      lastSeenAt: NOW - 60 * MINUTE_MS
    }),
    device('silent', { state: 'stale', lastSeenAt: NOW - 5 * MINUTE_MS }),
    device('hot', {
      alarms: [alarm('a1'), alarm('a2', { priority: 2 }), alarm('a3', { priority: 3 })]
    })
  ]
  t.same(ids({ broker, devices, rollouts: [rollout('r1')] }), [
    'broker',
    'alarm hot a1',
    'alarm hot a2',
    'rollout r1',
    'device silent',
    'device away'
  ])
})

test('what is acknowledged, momentary, settled or long ago is left out', async (t) => {
  t.same(ids({ devices: [device('d', { alarms: [alarm('a', { acknowledgedAt: NOW })] })] }), [])
  t.same(ids({ devices: [device('d', { state: 'offline', lastSeenAt: NOW - MINUTE_MS })] }), [])
  t.same(ids({ devices: [device('d', { state: 'never-seen', lastSeenAt: null })] }), [])
  t.same(ids({ rollouts: [rollout('new', { state: 'running' }), rollout('old')] }), [])
  t.same(
    ids({ rollouts: [rollout('new', { model: 'other', state: 'finished' }), rollout('old')] }),
    ['rollout old']
  )
  t.same(ids({ rollouts: [rollout('r', { endedAt: NOW - 4 * DAY_MS })] }), [])
})
