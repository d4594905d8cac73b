// The words of how a model is run, and what its form takes: limits, empty fields, nothing changed.

import { test } from 'tap'
import type { ModelTuning, TuningSetting } from '../../contract/index.ts'
import { TuningSetting as Setting } from '../../contract/index.ts'
import { tuning } from '../../test/harness/fake-device-runtime.ts'
import {
  deciderWords,
  emptyWords,
  inForceWords,
  isSet,
  SETTINGS,
  settingOf,
  TUNING_LIMITS,
  tuningError,
  tuningRefusal,
  typedOf
} from './tuning-words.ts'

const on = (set: TuningSetting): ModelTuning => tuning(set, 'no-gpu')
const plain = (text: string): string => text.replaceAll('\u00A0', ' ')
const values = (known: ModelTuning): readonly string[] =>
  SETTINGS.map((name) => plain(inForceWords(name, known)))
const deciders = (known: ModelTuning, rung: 'cpu' | 'cuda' | 'remote'): readonly string[] =>
  SETTINGS.map((name) => deciderWords(name, known, rung))

test('what is in force has its unit, and a wait the digits it was set with', async (t) => {
  t.same(values(on({})), ['1', '4', '32 rows', 'while it pays'])
  t.same(values(on({ instances: 2, threads: 3, maxBatch: 1024, maxWaitMs: 0 })), [
    '2',
    '3',
    '1,024 rows',
    '0 ms'
  ])
  t.equal(plain(inForceWords('maxWaitMs', on({ maxWaitMs: 2.5 }))), '2.5 ms')
  t.equal(plain(inForceWords('maxWaitMs', on({ maxWaitMs: 0.0125 }))), '0.013 ms')
})

test('each setting says who decides it, on the processor and on a GPU', async (t) => {
  const loads = ['follows the load', 'follow the load', 'as the bundle says', 'follows the load']
  t.same(deciders(on({}), 'cpu'), loads)
  t.same(deciders(on({ instances: 2 }), 'cpu').slice(0, 2), ['set', 'an equal share of the cores'])
  t.same(deciders(on({ threads: 2 }), 'cpu').slice(0, 2), ['one', 'set'])
  t.same(deciders(on({}), 'cuda').slice(0, 2), ['one for each GPU', 'matter on the CPU only'])
  const elsewhere = 'matter on this device only'
  t.same(deciders(on({}), 'remote').slice(0, 2), [elsewhere, elsewhere])
  t.equal(deciderWords('threads', on({ threads: 2 }), 'cuda'), 'set; matter on the CPU only')
  t.same(deciders(on({ maxBatch: 8, maxWaitMs: 5 }), 'cuda').slice(2), ['set', 'set'])
})

test('an empty field says what it means beside the others', async (t) => {
  const typed = typedOf(on({ instances: 2 }))
  t.equal(emptyWords('threads', typed, 'cpu'), 'Empty: an equal share of the cores.')
  t.equal(emptyWords('maxBatch', typed, 'cpu'), 'Empty: as the bundle says.')
  t.equal(emptyWords('maxWaitMs', typed, 'cpu'), 'Empty: follows the load. 0: never waits.')
  t.equal(emptyWords('instances', typedOf(on({})), 'cpu'), 'Empty: follows the load.')
})

test('a form takes what the device takes, and no more', async (t) => {
  const none = typedOf(on({}))
  for (const name of SETTINGS) {
    const [least, most] = TUNING_LIMITS[name]
    const taken = (text: string): boolean => tuningError(name, { ...none, [name]: text }) === ''
    for (const value of [least, most, least - 1, most + 1])
      t.equal(
        taken(String(value)),
        Setting.safeParse({ [name]: value }).success,
        `${name}: ${value}`
      )
    t.equal(taken('2.5'), Setting.safeParse({ [name]: 2.5 }).success, `${name}: a fraction`)
    t.notOk(taken('Instances'), `${name}: no number`)
    t.ok(taken(' '), `${name}: empty`)
  }
})

test('what is sent is what was typed, and only when something is another', async (t) => {
  const known = on({ instances: 2, maxWaitMs: 5 })
  t.same(settingOf(typedOf(known)), { instances: 2, maxWaitMs: 5 })
  t.equal(tuningRefusal(typedOf(known), known), 'Nothing is changed yet.')
  t.equal(tuningRefusal({ ...typedOf(known), instances: '' }, known), '')
  t.equal(tuningRefusal({ ...typedOf(known), threads: '0' }, known), 'Threads of each: At least 1.')
  t.ok(isSet(known))
  t.notOk(isSet(on({})))
})
