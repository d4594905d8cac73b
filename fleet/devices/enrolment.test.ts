// Enrolment and the authority behind it: tokens, requests, certificates, with hostile input.

import { X509Certificate } from 'node:crypto'
import { mkdtemp, readdir, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'tap'
import { NearsideError } from '../../contract/index.ts'
import { EventBus } from '../../kernel/event-bus.ts'
import { makeRequest } from '../../test/harness/fake-device.ts'
import { ManualClock } from '../../test/harness/manual-clock.ts'
import { type ChangeBus, openSqliteStore } from '../store/index.ts'
import { Authority } from './authority.ts'
import { Enrolment, idFromName } from './enrolment.ts'

const DAY_MS = 86_400_000

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no error',
    (error: unknown) => (error instanceof NearsideError ? error.code : String(error))
  )

async function office(clock = new ManualClock(Date.now())) {
  const folder = await mkdtemp(join(tmpdir(), 'nearside-ca-'))
  const authority = new Authority({ folder, now: () => clock.now(), fleetName: 'fleet' })
  await authority.open()
  const store = openSqliteStore(':memory:')
  const changes: ChangeBus = new EventBus()
  const enrolment = new Enrolment({ store, clock, changes, authority, reserved: ['fleet'] })
  return { folder, clock, authority, store, changes, enrolment }
}

test('the authority is made once, keys are private, certificates name who they are for', async (t) => {
  const { folder, authority, clock } = await office()
  const before = await authority.certificate()
  const again = new Authority({ folder, now: () => clock.now(), fleetName: 'fleet' })
  const { server, client } = await again.open()
  t.equal(await again.certificate(), before)
  for (const name of (await readdir(folder)).filter((file) => file.endsWith('.key.pem')))
    t.equal((await stat(join(folder, name))).mode & 0o777, 0o600, name)
  const broker = new X509Certificate(server.certificate)
  t.ok(broker.checkHost('localhost'))
  t.ok(broker.checkIP('127.0.0.1'))
  t.ok(broker.verify(new X509Certificate(before).publicKey))
  t.equal(new X509Certificate(client.certificate).subject, 'CN=fleet')

  const { csr } = await makeRequest('CN=fleet')
  const issued = new X509Certificate(await authority.issue(csr, 'press-07'))
  t.equal(issued.subject, 'CN=press-07', 'the name that the request asks for is ignored')
  t.notOk(issued.ca)
  t.ok(
    Date.parse(issued.validFrom) <= clock.now() - DAY_MS + 2000,
    'a late clock takes it as valid'
  )
})

test('an own certificate is made anew before it ends', async (t) => {
  const { folder, authority, clock } = await office()
  const first = (await authority.open()).server.certificate
  t.equal((await authority.open()).server.certificate, first)
  clock.advance(500 * DAY_MS)
  t.not((await authority.open()).server.certificate, first)
  t.equal((await readdir(folder)).length, 6)
})

test('a token enrols one device, once, within the hour', async (t) => {
  const { enrolment, store, clock } = await office()
  const { csr } = await makeRequest()
  const { token, expiresAt } = await enrolment.makeToken()
  t.equal(expiresAt, clock.now() + 3_600_000)
  t.equal(
    await codeOf(enrolment.enrol({ token: 'x'.repeat(32), name: 'A', csr })),
    'NS_ENROLMENT_TOKEN'
  )
  const first = await enrolment.enrol({ token, name: 'Press 07', csr })
  t.equal(first.deviceId, 'press-07')
  t.equal(await codeOf(enrolment.enrol({ token, name: 'Press 07', csr })), 'NS_ENROLMENT_TOKEN')
  const late = await enrolment.makeToken()
  clock.advance(3_600_001)
  t.equal(
    await codeOf(enrolment.enrol({ token: late.token, name: 'B', csr })),
    'NS_ENROLMENT_TOKEN'
  )
  t.same(
    (await store.devices.all()).map(({ id }) => id),
    ['press-07']
  )
  const audit = await store.audit.recent(10)
  t.same(audit.map(({ action }) => action).sort(), ['device-enrolled', 'token-made', 'token-made'])
  t.notOk(JSON.stringify(audit).includes(token), 'the token itself is kept nowhere')
})

test('a bad certificate request is refused and uses up no token', async (t) => {
  const { enrolment } = await office()
  const { token } = await enrolment.makeToken()
  const { csr } = await makeRequest()
  const [other] = [await makeRequest()]
  const body = (pem: string): string[] => pem.trim().split('\n')
  const forged = [...body(csr).slice(0, -3), ...body(other.csr).slice(-3)].join('\n')
  for (const bad of ['-----BEGIN CERTIFICATE REQUEST-----\nrubbish', 'x'.repeat(200), forged])
    t.equal(await codeOf(enrolment.enrol({ token, name: 'A', csr: bad })), 'NS_ENROLMENT_INVALID')
  t.equal((await enrolment.enrol({ token, name: 'Late', csr })).deviceId, 'late')
})

test('two devices of one token race: one gets in', async (t) => {
  const { enrolment, store } = await office()
  const { token } = await enrolment.makeToken()
  const { csr } = await makeRequest()
  const names = ['a1b', 'a2b', 'a3b']
  const codes = await Promise.all(
    names.map((name) => codeOf(enrolment.enrol({ token, name, csr })))
  )
  t.same(codes.sort(), ['NS_ENROLMENT_TOKEN', 'NS_ENROLMENT_TOKEN', 'no error'])
  t.equal((await store.devices.all()).length, 1)
})

test('two devices of one name enrol at once: both get in, under two ids', async (t) => {
  const { enrolment, store } = await office()
  const { csr } = await makeRequest()
  const tokens = [await enrolment.makeToken(), await enrolment.makeToken()]
  await Promise.all(tokens.map(({ token }) => enrolment.enrol({ token, name: 'Press', csr })))
  t.same(
    (await store.devices.all()).map(({ id }) => id),
    ['press', 'press-2']
  )
})

test('ids follow names, stay unique, and leave the reserved ones alone', async (t) => {
  t.equal(idFromName('Presse 7 (Halle Süd)'), 'presse-7-halle-sud')
  t.equal(idFromName('P7'), 'device-p7')
  t.equal(idFromName('机器'), 'device')
  t.equal(idFromName('x'.repeat(80)).length, 56)
  const { enrolment } = await office()
  const ids: string[] = []
  for (const name of ['Fleet', 'Press', 'press', 'PRESS!']) {
    const { token } = await enrolment.makeToken()
    const { csr } = await makeRequest()
    ids.push((await enrolment.enrol({ token, name, csr })).deviceId)
  }
  t.same(ids, ['fleet-2', 'press', 'press-2', 'press-3'])
})
