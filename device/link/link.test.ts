import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'tap'
import type { DesiredState, EventStream, ReportedState } from '../../contract/index.ts'
import { systemClock } from '../../kernel/clock.ts'
import { FakeFleet } from '../../test/harness/fake-fleet.ts'
import { ManualClock } from '../../test/harness/manual-clock.ts'
import { TcpProxy } from '../../test/harness/tcp-proxy.ts'
import { BROKERS } from '../../test/harness/test-broker.ts'
import { Outbox, openDeviceDatabase } from '../store/index.ts'
import {
  DeliverOutbox,
  enrol,
  identityPaths,
  loadIdentity,
  MqttLink,
  type MqttLinkOptions,
  outgoingConnections
} from './index.ts'

const temporary = (): string => mkdtempSync(join(tmpdir(), 'nearside-link-'))
const clock = systemClock

const hello = () => ({
  name: 'Line 3',
  version: '0.1.0',
  platform: 'test',
  cpu: 'test',
  cores: 2,
  memoryBytes: 1,
  gpus: [],
  startedAt: 1,
  gen: 0
})

const state = (): Omit<ReportedState, 'online' | 'session'> => ({
  gen: 7,
  models: [],
  installs: [],
  outbox: { events: 0, bytes: 0, oldestAt: null },
  alarms: { p1: 0, p2: 0, p3: 0, p4: 0 },
  disk: { freeBytes: 1, totalBytes: 2 },
  lastError: null
})

async function makeDevice(fleet: FakeFleet, options: Partial<MqttLinkOptions> = {}) {
  const home = temporary()
  const identity = await enrol({ home, fleet: fleet.url, token: fleet.token, clock })
  const { deviceId, enrolment } = identity
  if (!enrolment) throw new Error('not enrolled')
  const outbox = new Outbox({ database: openDeviceDatabase(home), clock, flushMs: 5 })
  const link = new MqttLink({
    deviceId,
    enrolment,
    clock,
    reconnect: { minMs: 20, maxMs: 100 },
    hello,
    state,
    ...options
  })
  const delivery = new DeliverOutbox({ deviceId, outbox, link, clock, resendMs: 500 })
  return { home, identity, deviceId, outbox, link, delivery }
}

/** Resolves at the next event of that name. */
function next<T>(
  bus: { on(name: never, listener: (payload: T) => void): () => void },
  name: string
) {
  return new Promise<T>((resolve) => {
    const release = bus.on(name as never, (payload) => {
      release()
      resolve(payload)
    })
  })
}

test('a device without a fleet keeps the id that it made', async (t) => {
  const home = temporary()
  const made = await loadIdentity(home, 'Line 3 / Press')
  t.match(made.deviceId, /^line-3-press-[a-z0-9]{6}$/)
  t.same(await loadIdentity(home, 'other'), made)
  t.same(outgoingConnections(made), [])
  t.match((await loadIdentity(temporary(), '++')).deviceId, /^device-/)
  writeFileSync(identityPaths(home).alone, '{')
  await t.rejects(loadIdentity(home), { code: 'NS_STORAGE_FAILED', message: /enrol/ })
})

test('enrolment: key stays on the device, token is checked, a retry is clean', async (t) => {
  const fleet = await FakeFleet.start()
  t.teardown(() => fleet.close())
  const home = temporary()
  const paths = identityPaths(home)
  const asked = { home, fleet: fleet.url, token: 'wrong-token-wrong-token', clock }
  await t.rejects(enrol(asked), { code: 'NS_ENROLMENT_TOKEN', message: /make a new one/ })
  const { deviceId, enrolment } = await loadIdentity(home)
  t.equal(enrolment, undefined, 'after a failure the device works alone, as before')
  const key = readFileSync(paths.key, 'utf8')
  t.equal(statSync(paths.key).mode & 0o777, 0o600)

  const identity = await enrol({ ...asked, token: fleet.token, name: 'Line 3' })
  t.match(identity, { deviceId, name: 'Line 3', enrolment: { fleet: fleet.url, privateKey: key } })
  t.same(await loadIdentity(home), identity)
  t.match(outgoingConnections(identity), [{ to: /^mqtts:/ }, { to: fleet.url }])
  t.notOk(readFileSync(paths.enrolled, 'utf8').includes('PRIVATE'))

  rmSync(paths.key)
  await t.rejects(loadIdentity(home), { code: 'NS_STORAGE_FAILED' })
  writeFileSync(paths.key, 'no key')
  await t.rejects(enrol({ ...asked, token: fleet.token }), { code: 'NS_KEY_INVALID' })
})

test('enrolment refuses what is no fleet, and a certificate that is not its own', async (t) => {
  let answer: { status: number; body: string } = { status: 200, body: '{}' }
  const server = createServer((_request, response) => {
    response.writeHead(answer.status).end(answer.body)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const asked = {
    home: temporary(),
    fleet: `http://127.0.0.1:${port}`,
    token: 'x'.repeat(20),
    clock
  }
  await t.rejects(enrol(asked), { code: 'NS_ENROLMENT_INVALID', message: /no fleet/ })
  answer = { status: 500, body: 'oops' }
  await t.rejects(enrol(asked), { code: 'NS_ENROLMENT_INVALID', message: /status 500/ })
  const fleet = await FakeFleet.start()
  t.teardown(() => fleet.close())
  const { deviceId } = await loadIdentity(asked.home)
  const { certificate } = await fleet.authority.issue(deviceId) // of another key
  const rest = {
    deviceId,
    authority: fleet.authority.certificate,
    mqtt: 'mqtts://a:1',
    fleet: 'http://a'
  }
  answer = { status: 200, body: JSON.stringify({ ...rest, certificate }) }
  await t.rejects(enrol(asked), { code: 'NS_ENROLMENT_INVALID', message: /does not belong/ })
  answer = { status: 200, body: JSON.stringify({ ...rest, certificate: 'no PEM' }) }
  await t.rejects(enrol(asked), { code: 'NS_ENROLMENT_INVALID', message: /does not belong/ })
  server.close()
  server.closeAllConnections()
  await once(server, 'close')
  await t.rejects(enrol(asked), { code: 'NS_FLEET_UNREACHABLE' })
})

for (const { kind, skip } of BROKERS) {
  test(`${kind}: a link says hello, reports state, takes messages, and leaves a Will`, {
    skip
  }, async (t) => {
    const fleet = await FakeFleet.start(kind)
    const proxy = new TcpProxy(() => fleet.broker.port)
    const port = await proxy.listen()
    fleet.mqttPort = () => port
    t.teardown(async () => {
      await proxy.close()
      await fleet.close()
    })
    const { link, deviceId, outbox } = await makeDevice(fleet)
    const desired: DesiredState = { gen: 8, models: [], blobs: 'http://127.0.0.1/blobs' }
    await fleet.desire(deviceId, desired)
    t.equal(link.send('x', '1'), false)
    const got = next<DesiredState>(link.events, 'desired')
    link.start()
    link.start()
    t.same(await got, desired, 'the retained message comes with the subscription')
    await fleet.until(() => fleet.states.length > 0 && fleet.hellos.length > 0)
    t.match(fleet.hellos[0], { name: 'Line 3' })
    t.match(fleet.states[0], { online: true, gen: 7, session: fleet.hellos[0]?.['session'] })
    t.equal(link.status.state, 'online')
    link.stateChanged()
    await fleet.until(() => fleet.states.length > 1)

    const ack = next(link.events, 'ack')
    await fleet.publish(`ns/v1/${deviceId}/down/ack`, {
      stream: 'log',
      epoch: outbox.epoch,
      upto: 3
    })
    t.match(await ack, { stream: 'log', upto: 3 })
    const request = next<{ operation: string; envelope: never }>(link.events, 'request')
    await fleet.publish(`ns/v1/${deviceId}/down/req/ping`, {}, { exp: 5 }) // long over: ignored
    await fleet.publish(`ns/v1/${deviceId}/down/req/ping`, { say: 1 })
    const { operation, envelope } = await request
    t.match({ operation, envelope }, { operation: 'ping', envelope: { body: { say: 1 } } })
    link.respond('ping', envelope, { pong: 1 })
    await fleet.until(() => fleet.responses.length > 0)
    t.match(fleet.responses[0], { cid: 'from-fleet', body: { pong: 1 } })
    const refused = next(link.events, 'refused')
    await fleet.publish(`ns/v1/${deviceId}/down/desired`, desired, { v: 2 })
    t.match(await refused, { code: 'NS_MESSAGE_INVALID', message: /version 2/ })
    const unfit = next(link.events, 'refused')
    await fleet.publish(`ns/v1/${deviceId}/down/ack`, { stream: 'gossip' })
    t.match(await unfit, { code: 'NS_MESSAGE_INVALID' })

    const before = fleet.states.length
    const offline = next(link.events, 'offline')
    proxy.refuse()
    t.match(await offline, { code: 'NS_LINK_LOST', reason: 'the connection was cut' })
    await fleet.until(() => fleet.states.slice(before).some((known) => known['online'] === false))
    t.match(fleet.states.at(-1), { online: false, session: fleet.hellos[0]?.['session'] })
    t.equal(link.status.state, 'offline')
    const online = next(link.events, 'online')
    proxy.heal()
    link.retryNow()
    await online
    link.retryNow()
    await fleet.until(() => fleet.hellos.length === 2)
    t.not(fleet.hellos[1]?.['session'], fleet.hellos[0]?.['session'])
    const count = fleet.states.length
    await link.stop()
    await link.stop()
    await fleet.until(() => fleet.states.slice(count).some((known) => known['online'] === false))
    t.match(link.status, { state: 'offline', reason: 'the device was stopped' })
  })
}

test('a half-open link is noticed, and a certificate that is not trusted is named', async (t) => {
  const fleet = await FakeFleet.start()
  const proxy = new TcpProxy(() => fleet.broker.port)
  const port = await proxy.listen()
  fleet.mqttPort = () => port
  t.teardown(async () => {
    await proxy.close()
    await fleet.close()
  })
  const { link, identity } = await makeDevice(fleet, { keepaliveS: 1, connectTimeoutMs: 300 })
  const online = next(link.events, 'online')
  link.start()
  await online
  const offline = next(link.events, 'offline')
  proxy.silence()
  t.match(await offline, { code: 'NS_LINK_LOST', reason: 'it does not answer' })
  const again = next(link.events, 'online')
  proxy.heal()
  await again
  await link.stop()

  const other = await FakeFleet.start()
  t.teardown(() => other.close())
  const enrolment = identity.enrolment
  if (!enrolment) throw new Error('not enrolled')
  const elsewhere = { ...enrolment, mqtt: `mqtts://127.0.0.1:${other.broker.port}` }
  const options = { deviceId: identity.deviceId, clock, hello, state }
  const strange = new MqttLink({ ...options, enrolment: elsewhere })
  const denied = next(strange.events, 'offline')
  strange.start()
  t.match(await denied, { code: 'NS_LINK_REFUSED', reason: /not the one this device trusts/ })
  await strange.stop()

  const known = { ...elsewhere, authority: other.authority.certificate }
  const stranger = new MqttLink({ ...options, enrolment: known })
  const rejected = next(stranger.events, 'offline')
  stranger.start()
  t.match(await rejected, { code: /NS_LINK_(REFUSED|LOST)/ })
  await stranger.stop()

  const thief = new MqttLink({
    ...options,
    deviceId: 'another-device',
    enrolment,
    clock: new ManualClock()
  })
  const forbidden = next(thief.events, 'offline')
  thief.start()
  t.match(await forbidden, { code: /NS_LINK_/ }, 'topics of another device are denied')
  await thief.stop()
})

for (const { kind, skip } of BROKERS) {
  test(`${kind}: acknowledgements lost, link cut, broker killed: nothing lost, nothing counted twice`, {
    skip
  }, async (t) => {
    const fleet = await FakeFleet.start(kind)
    const proxy = new TcpProxy(() => fleet.broker.port)
    const port = await proxy.listen()
    fleet.mqttPort = () => port
    t.teardown(async () => {
      await proxy.close()
      await fleet.close()
    })
    let isSilent = true
    fleet.losesAck = (n) => isSilent || n % 3 === 0
    const { link, outbox, delivery } = await makeDevice(fleet)
    delivery.start()
    link.start()
    const total: Record<string, number> = {}
    const append = (stream: EventStream, count: number): void => {
      const bodies = Array.from({ length: count }, (_, n) => ({ n, text: 'x'.repeat(200) }))
      outbox.appendMany(stream, bodies)
      total[stream] = (total[stream] ?? 0) + count
    }
    const load = (): void => {
      append('result', 50)
      append('telemetry', 500)
      append('alarm', 5)
    }
    for (let round = 0; round < 3; round += 1) {
      for (let n = 0; n < 4; n += 1) load()
      await fleet.until(() => fleet.committed.size > round * 600)
      proxy.cut()
      await fleet.until(() => fleet.repeated > 0) // committed, never acknowledged, sent again
      isSilent = false
      load()
    }
    const heard = fleet.committed.size
    await fleet.broker.down()
    for (let n = 0; n < 4; n += 1) load()
    await fleet.broker.up()
    await fleet.until(() => fleet.committed.size > heard)
    outbox.flush()
    const wanted = Object.values(total).reduce((sum, count) => sum + count, 0)
    await fleet.until(() => fleet.committed.size >= wanted)
    for (const [stream, count] of Object.entries(total)) t.equal(fleet.count(stream), count, stream)
    t.equal(fleet.holes, 0)
    t.equal(fleet.contradictions, 0)
    fleet.losesAck = () => false
    while (outbox.stats().events > 0) await next(outbox.events, 'acknowledged')
    t.equal(delivery.stats.acknowledged, wanted)
    delivery.stop()
    await link.stop()
  })
}

test('a device killed again and again loses nothing that it had', async (t) => {
  const fleet = await FakeFleet.start()
  t.teardown(() => fleet.close())
  const { home } = await makeDevice(fleet)
  const script = join(import.meta.dirname, '../../test/harness/device-sender.ts')
  const safe: Record<string, number> = { result: 0, telemetry: 0 }
  for (let round = 0; round < 4; round += 1) {
    const child = spawn(process.execPath, [script, home], { stdio: ['ignore', 'pipe', 'inherit'] })
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [, stream = '', seq] = line.split(' ')
      safe[stream] = Math.max(safe[stream] ?? 0, Number(seq))
    })
    const goal = fleet.count('result') + 30 * (round + 1)
    await fleet.until(() => fleet.count('result') >= goal)
    child.kill('SIGKILL')
    await once(child, 'close')
  }
  const { deviceId, enrolment } = await loadIdentity(home)
  if (!enrolment) throw new Error('not enrolled')
  const outbox = new Outbox({ database: openDeviceDatabase(home), clock })
  const link = new MqttLink({ deviceId, enrolment, clock, hello, state })
  const delivery = new DeliverOutbox({ deviceId, outbox, link, clock })
  delivery.start()
  link.start()
  const wanted = outbox.lastSeq('result') + outbox.lastSeq('telemetry')
  await fleet.until(() => fleet.committed.size >= wanted)
  t.equal(fleet.committed.size, wanted)
  t.ok(outbox.lastSeq('result') >= (safe['result'] ?? 0), 'what was safe is there')
  t.ok(outbox.lastSeq('telemetry') >= (safe['telemetry'] ?? 0))
  t.equal(fleet.holes, 0)
  t.equal(fleet.contradictions, 0)
  delivery.stop()
  await link.stop()
})
