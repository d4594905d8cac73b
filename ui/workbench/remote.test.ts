// The words of where a model's requests go, and what its form takes: limits, empty fields, secrets that are not told.

import { test } from 'tap'
import { Precision, type RemoteModel, RemoteSetting } from '../../contract/index.ts'
import { models, remote } from '../../test/harness/fake-device-runtime.ts'
import {
  hasToken,
  headerCommand,
  otherHeaders,
  REMOTE_FIELDS,
  REMOTE_PRECISIONS,
  REMOTE_STATES,
  type RemoteField,
  remoteError,
  remoteFacts,
  remoteRefusal,
  remoteSetting,
  remoteTitle,
  someLeave,
  TIME_LIMITS,
  typedRemote
} from './remote-words.ts'

const URL_THERE = 'https://triton.example.org:8000'
const on = (rest: Partial<RemoteSetting> = {}): RemoteModel =>
  remote('roles', { url: URL_THERE, ...rest })
const none = typedRemote(remote('roles', undefined), 'roles')
const lines = (known: RemoteModel): readonly string[] =>
  remoteFacts(known).map(({ label, value }) => `${label}: ${value.replaceAll('\u00A0', ' ')}`)

test('each state has a shape and a word of its own', async (t) => {
  const looks = (['off', 'waiting', 'serving', 'away'] as const).map((state) =>
    REMOTE_STATES[state]().join(': ')
  )
  t.same(looks, [
    'normal: This device',
    'waiting: Waiting',
    'done: Another server',
    'warning: This device answers meanwhile'
  ])
})

test('inputs leave the device once one model is sent elsewhere', async (t) => {
  const known = models(1_764_300_000_000, 'normal')
  t.notOk(someLeave(null))
  t.notOk(someLeave(known))
  const sent = known.models.map((model, at) => (at === 1 ? { ...model, remote: on() } : model))
  t.ok(someLeave({ ...known, models: sent }))
})

test('what is set is told, and headers by their names only', async (t) => {
  t.same(remoteFacts(remote('roles', undefined)), [])
  t.same(lines(on()), [
    `Address: ${URL_THERE}`,
    'Model there: roles',
    'Version there: the server chooses',
    'Precision there: as this device would run it',
    'Time for a batch: 10,000 ms',
    'Headers: none'
  ])
  const full = on({
    ...{ model: 'absent', version: '3', precision: 'fp16', timeoutMs: 500, token: 'hidden' },
    headers: { 'x-tenant': 'lab' }
  })
  const told = lines(full)
  t.same(told.slice(1, 7), [
    'Model there: absent',
    'Version there: 3',
    'Precision there: FP16',
    'Time for a batch: 500 ms',
    'Headers: authorization, x-tenant',
    'Fault: NS_MODEL_UNKNOWN'
  ])
  t.match(told[7], /^Asked again at the latest: \d\d:\d\d:\d\d$/)
  t.notMatch(told.join(), /hidden|lab/)
})

test('headers beside the token are told apart, with the command that sets them', async (t) => {
  const both = on({ token: 'x', headers: { 'x-a': '1', 'x-b': '2' } })
  t.ok(hasToken(both))
  t.notOk(hasToken(on()))
  t.same(otherHeaders(both), ['x-a', 'x-b'])
  t.equal(
    headerCommand('roles', both),
    `nearside models remote roles --url ${URL_THERE} --header x-a:VALUE --header x-b:VALUE`
  )
  t.equal(
    headerCommand('roles', remote('roles', undefined)),
    'nearside models remote roles --url ADDRESS --header NAME:VALUE'
  )
})

test('the form opens on what is set, without what is as it would be', async (t) => {
  t.same(typedRemote(on({ token: 'hidden' }), 'roles'), { ...none, url: URL_THERE })
  const typed = typedRemote(
    on({ model: 'other', version: '3', precision: 'int8', timeoutMs: 500 }),
    'roles'
  )
  t.same(typed, {
    ...{ url: URL_THERE, model: 'other', version: '3' },
    ...{ precision: 'int8', timeoutMs: '500', token: '' }
  })
})

/** Whether the form takes a text, and whether the device's contract takes what is made of it. */
function taken(field: RemoteField, text: string): readonly [form: boolean, contract: boolean] {
  const typed = { ...none, url: URL_THERE, [field]: text }
  return [remoteError(field, typed) === '', RemoteSetting.safeParse(remoteSetting(typed)).success]
}

test('a form takes what the contract takes, and no more', async (t) => {
  const texts: readonly (readonly [RemoteField, string, boolean])[] = [
    ['url', `https://a/${'b'.repeat(490)}`, true],
    ['url', `https://a/${'b'.repeat(491)}`, false],
    ...(['model', 'version', 'token'] as const).flatMap((field) => {
      const most = { model: 200, version: 100, token: 4096 }[field]
      return [
        [field, 'b'.repeat(most), true],
        [field, 'b'.repeat(most + 1), false],
        [field, ' ', true]
      ] as const
    }),
    ['token', 'schlüssel', false],
    ['timeoutMs', String(TIME_LIMITS.least), true],
    ['timeoutMs', String(TIME_LIMITS.least - 1), false],
    ['timeoutMs', String(TIME_LIMITS.most), true],
    ['timeoutMs', String(TIME_LIMITS.most + 1), false],
    ['timeoutMs', '100.5', false],
    ...Precision.options.map((precision) => ['precision', precision, true] as const)
  ]
  for (const [field, text, well] of texts)
    t.same(taken(field, text), [well, well], `${field}: ${text.slice(0, 20)}`)
  t.same(REMOTE_PRECISIONS, Precision.options)
})

test('an address must be one that the device can use', async (t) => {
  const wrong = (url: string): string => remoteError('url', { ...none, url })
  t.equal(wrong(''), 'An address is needed.')
  for (const url of ['triton:8000', 'ftp://triton', 'https://', 'lab'])
    t.equal(wrong(url), 'It must begin with https:// or http:// and name a server.', url)
  t.equal(wrong('https://me:secret@triton'), 'It must hold no password; give a token.')
  t.equal(wrong('https://triton/?a=b'), 'It must end before ? and #.')
  t.equal(wrong('https://triton/#a'), 'It must end before ? and #.')
  t.equal(wrong(' http://10.0.0.8:8000/base '), '')
})

test('what is sent is what was typed, without empty fields', async (t) => {
  t.equal(remoteRefusal(none), 'Address of the server: An address is needed.')
  const typed = { ...none, url: ` ${URL_THERE} `, timeoutMs: '250', token: 'abc' }
  t.equal(remoteRefusal(typed), '')
  t.same(remoteSetting(typed), { url: URL_THERE, timeoutMs: 250, token: 'abc' })
  t.equal(remoteRefusal({ ...typed, timeoutMs: '1' }), 'Time for a batch: At least 100.')
  t.equal(new Set(REMOTE_FIELDS.map(remoteTitle)).size, REMOTE_FIELDS.length)
})
