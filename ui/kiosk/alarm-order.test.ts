// Which alarm comes first, and when a flood begins and ends.

import { test } from 'tap'
import type { Alarm } from '../../contract/index.ts'
import { floodOf, isShelved, openAlarms, pastAlarms, shelvedAlarms } from './alarm-order.ts'

const NOW = 1_800_000_000_000
const MINUTE = 60_000

const alarm = (id: string, rest: Partial<Alarm> = {}): Alarm => ({
  id,
  priority: 3,
  source: 'machine-watch',
  subject: 'cpu.load',
  title: id,
  cause: '',
  action: '',
  raisedAt: NOW - MINUTE,
  clearedAt: null,
  acknowledgedAt: null,
  shelvedUntil: null,
  shelveReason: null,
  ...rest
})

test('open alarms: unacknowledged first, then by priority, then the oldest', async (t) => {
  const alarms = [
    alarm('seen', { priority: 1, acknowledgedAt: NOW }),
    alarm('young', { priority: 2, raisedAt: NOW - 1 }),
    alarm('old', { priority: 2 }),
    alarm('low', { priority: 4 }),
    alarm('over', { clearedAt: NOW }),
    alarm('shelved', { shelvedUntil: NOW + 1 })
  ]
  t.same(
    openAlarms(alarms, NOW).map(({ id }) => id),
    ['old', 'young', 'low', 'seen']
  )
  t.same(
    shelvedAlarms(alarms, NOW).map(({ id }) => id),
    ['shelved']
  )
})

test('a shelved alarm is open again at its end time', async (t) => {
  const shelved = alarm('a', { shelvedUntil: NOW })
  t.equal(isShelved(shelved, NOW - 1), true)
  t.equal(isShelved(shelved, NOW), false)
  t.equal(openAlarms([shelved], NOW).length, 1)
})

test('past alarms come latest first', async (t) => {
  const alarms = [
    alarm('a', { clearedAt: 1 }),
    alarm('b', { clearedAt: 3 }),
    alarm('c'),
    alarm('d', { clearedAt: 2 })
  ]
  t.same(
    pastAlarms(alarms).map(({ id }) => id),
    ['b', 'd', 'a']
  )
})

test('more than ten alarms in ten minutes are a flood, told from the earliest', async (t) => {
  const ten = Array.from({ length: 10 }, (_, index) => alarm(`a${index}`))
  t.equal(floodOf(ten, NOW, false), undefined)
  const first = alarm('first', { raisedAt: NOW - 3 * MINUTE })
  const flood = floodOf([...ten, first], NOW, false)
  t.match(flood, { count: 11, sinceMs: 3 * MINUTE, first: { id: 'first' } })
  t.equal(flood?.followed.length, 10)
  t.equal(
    floodOf([...ten, alarm('long ago', { raisedAt: NOW - 11 * MINUTE })], NOW, false),
    undefined
  )
})

test('a flood lasts until fewer than five are left', async (t) => {
  const alarms = Array.from({ length: 5 }, (_, index) => alarm(`a${index}`))
  t.ok(floodOf(alarms, NOW, true))
  t.equal(floodOf(alarms.slice(1), NOW, true), undefined)
  t.equal(floodOf([], NOW, true), undefined)
})
