// The embedded broker under attack, over real TLS: who may speak where, and what a hostile or broken device
// can do to the others. Numbered facts are those of the module's DESIGN.md.

import { once } from 'node:events'
import { mkdtemp } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt'
import { type Test, test } from 'tap'
import { EVENT_STREAMS, NearsideError, topics } from '../../contract/index.ts'
import { systemClock } from '../../kernel/clock.ts'
import { eventually, FakeDevice, makeRequest } from '../../test/harness/fake-device.ts'
import { ManualClock } from '../../test/harness/manual-clock.ts'
import { Authority, type TlsIdentity } from '../devices/index.ts'
import { mayPublish, mayReceive, mayRetain, maySubscribe } from './access.ts'
import { ConnectionRate } from './connection-rate.ts'
import { EmbeddedBroker } from './embedded-broker.ts'
import { FleetLink } from './fleet-link.ts'
import { guardPacketSize, PacketBorders } from './packet-size-guard.ts'

interface House {
  readonly authority: Authority
  readonly broker: EmbeddedBroker
  readonly url: string
  readonly link: FleetLink
  readonly messages: { topic: string; payload: string }[]
  readonly client: TlsIdentity
}

/** A broker with the fleet connected to it. */
async function open(t: Test, options: { port?: number; withLink?: boolean } = {}): Promise<House> {
  const folder = await mkdtemp(join(tmpdir(), 'nearside-broker-'))
  const authority = new Authority({ folder, now: Date.now, fleetName: 'fleet' })
  const { server, client } = await authority.open()
  const broker = new EmbeddedBroker({
    host: '127.0.0.1',
    port: options.port ?? 0,
    identity: server,
    clock: systemClock
  })
  const { url } = await broker.start()
  const messages: { topic: string; payload: string }[] = []
  const link = new FleetLink({
    url,
    identity: client,
    onMessage: (topic, payload) => {
      messages.push({ topic, payload: Buffer.from(payload).toString() })
    },
    onConnected: () => undefined
  })
  if (options.withLink !== false) await link.start()
  t.teardown(async () => {
    await link.stop()
    await broker.stop()
  })
  return { authority, broker, url, link, messages, client }
}

async function enrol({ authority, url }: House, id: string): Promise<FakeDevice> {
  const { key, csr } = await makeRequest()
  const certificate = await authority.issue(csr, id)
  const identity = { id, mqtt: url, key, certificate, authority: await authority.certificate() }
  return new FakeDevice(identity)
}

/** A bare MQTT client under any id, with the certificate of a device. */
function client(device: FakeDevice, options: IClientOptions = {}): Promise<MqttClient> {
  const { key, certificate: cert, authority: ca, mqtt } = device.identity
  const base = { protocolVersion: 4 as const, clientId: device.id, key, cert, ca }
  return connectAsync(mqtt, { ...base, reconnectPeriod: 0, writeCache: false, ...options }, false)
}

test('the access table knows exactly the topics of the contract', async (t) => {
  const device = 'press-07'
  const ups = [topics.hello(device), topics.state(device), topics.response(device, 'logs')]
  ups.push(...EVENT_STREAMS.map((stream) => topics.event(device, stream)))
  for (const topic of ups) {
    t.equal(mayPublish(device, topic), true, `${topic} by its device`)
    t.equal(mayPublish('press-08', topic), false, `${topic} by another device`)
    t.equal(mayReceive('press-08', topic), false)
    t.equal(mayReceive('fleet', topic), true)
  }
  const downs = [topics.desired(device), topics.ack(device), topics.request(device, 'logs')]
  for (const topic of downs) {
    t.equal(mayPublish(device, topic), false, `${topic} comes from the fleet only`)
    t.equal(mayPublish('fleet', topic), true)
    t.equal(maySubscribe(device, topic), true)
    t.equal(maySubscribe('press-08', topic), false)
    t.equal(mayReceive('press-08', topic), false)
  }
  t.equal(maySubscribe(device, topics.deviceDown(device)), true)
  t.equal(maySubscribe('fleet', topics.allUp), true)
  for (const filter of ['#', 'ns/v1/+/down/#', '$SYS/#', topics.deviceUp(device), 'ns/v1/#'])
    t.equal(maySubscribe(device, filter), false, filter)
  t.equal(mayPublish('fleet', '$SYS/x'), false)
  t.equal(mayRetain(device, topics.state(device)), true)
  t.equal(mayRetain(device, topics.hello(device)), false)
})

test('packet borders are found however the bytes are cut', async (t) => {
  const packet = (bytes: number): Buffer => {
    const length: number[] = []
    for (let rest = bytes; ; rest = Math.floor(rest / 128)) {
      length.push((rest % 128) | (rest >= 128 ? 128 : 0))
      if (rest < 128) break
    }
    return Buffer.concat([Buffer.from([0x30, ...length]), Buffer.alloc(bytes, 0xff)])
  }
  const stream = Buffer.concat([0, 1, 127, 128, 5000, 16_384].map(packet))
  for (const step of [1, 2, 3, 100, stream.length]) {
    const borders = new PacketBorders(20_000)
    let accepted = true
    for (let at = 0; at < stream.length; at += step)
      accepted &&= borders.accept(stream.subarray(at, at + step))
    t.ok(accepted, `in pieces of ${step}`)
  }
  t.equal(new PacketBorders(5000).accept(packet(4997)), true, 'three bytes of header count')
  t.equal(new PacketBorders(5000).accept(packet(4998)), false)
  t.equal(new PacketBorders(1e9).accept(Buffer.from([0x30, 255, 255, 255, 255])), false)
})

test('a refused connection hands out nothing more', async (t) => {
  const chunks: unknown[] = [Buffer.from([0x30, 0xff, 0x7f]), 'later']
  let destroyed = 0
  const connection = { read: (): unknown => chunks.shift(), destroy: () => (destroyed += 1) }
  let refused = 0
  guardPacketSize(connection, 100, () => {
    refused += 1
  })
  t.equal(connection.read(), null)
  t.equal(connection.read(), null)
  t.same([refused, destroyed], [1, 1])
})

test('connections come in bursts, and slower after that', async (t) => {
  const clock = new ManualClock()
  const rate = new ConnectionRate({ perSecond: 2, burst: 3, nowMs: () => clock.monotonicMs() })
  t.same(
    [1, 2, 3, 4].map(() => rate.take()),
    [true, true, true, false]
  )
  clock.advance(500)
  t.same([rate.take(), rate.take()], [true, false])
  clock.advance(60_000)
  t.same(
    [1, 2, 3, 4].map(() => rate.take()),
    [true, true, true, false]
  )
})

test('a connection needs a certificate of the fleet, and the id in it', async (t) => {
  const house = await open(t)
  const device = await enrol(house, 'press-07')
  await device.connect()
  await device.end()

  await t.rejects(client(device, { clientId: 'press-08' }), /Identifier rejected/)
  await t.rejects(client(device, { clientId: 'fleet' }), /Identifier rejected/)
  await t.rejects(client(device, { protocolVersion: 5 }), 'MQTT 5 is not spoken')
  const folder = await mkdtemp(join(tmpdir(), 'nearside-other-'))
  const other = new Authority({ folder, now: Date.now, fleetName: 'fleet' })
  await other.open()
  const { key, csr } = await makeRequest()
  const certificate = await other.issue(csr, 'press-07')
  const forged = new FakeDevice({ ...device.identity, key, certificate })
  await t.rejects(forged.connect(), 'a certificate of another authority')
  const port = Number(new URL(house.url).port)
  const bare = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false })
  bare.on('error', () => undefined)
  bare.on('secureConnect', () => bare.write('x'))
  await new Promise<void>((resolve) => bare.once('close', () => resolve()))
  t.pass('no certificate at all')
  const stats = await eventually(
    async () => house.broker.stats(),
    ({ denied }) => denied.connect >= 4
  )
  t.match(stats, { state: 'well', kind: 'aedes (embedded)' })
})

test('a denied publish is dropped and counted, and what comes behind it arrives (fact 3)', async (t) => {
  const house = await open(t)
  const device = await enrol(house, 'press-07')
  await device.connect()
  await device.send(topics.state('press-08'), { online: false })
  await device.send('$SYS/anything', {})
  await device.send(topics.desired('press-07'), { gen: 99 })
  await device.send(topics.hello('press-07'), { good: true })
  const arrived = await eventually(
    async () => house.messages,
    (messages) => messages.length > 0
  )
  t.equal(arrived.length, 1)
  t.equal(arrived[0]?.topic, topics.hello('press-07'))
  t.equal(device.closed, 0, 'the connection stands')
  t.same(device.received, [], 'nothing came down')
  await eventually(
    async () => house.broker.stats(),
    ({ denied }) => denied.publish === 3
  )
  await device.end()
})

test('a Will is held to the same rules', async (t) => {
  const house = await open(t)
  const device = await enrol(house, 'press-07')
  const will = {
    topic: topics.state('press-08'),
    payload: Buffer.from('lie'),
    qos: 1 as const,
    retain: true
  }
  await device.connect({ will })
  await device.cut()
  const second = await enrol(house, 'press-09')
  await second.connect()
  await second.cut()
  const arrived = await eventually(
    async () => house.messages,
    (messages) => messages.length > 0
  )
  t.same(
    arrived.map(({ topic }) => topic),
    [topics.state('press-09')]
  )
})

test('only the state of a device stays at the broker', async (t) => {
  const house = await open(t)
  const device = await enrol(house, 'press-07')
  await device.connect()
  const retain = { qos: 1 as const, retain: true }
  await device.client.publishAsync(topics.hello(device.id), device.wrap('hello'), retain)
  await device.client.publishAsync(topics.state(device.id), device.wrap('state'), retain)
  await eventually(
    async () => house.messages,
    (messages) => messages.length === 2
  )
  const seen: string[] = []
  const late = new FleetLink({
    url: house.url,
    identity: house.client,
    onMessage: (topic) => void seen.push(topic),
    onConnected: () => undefined
  })
  await house.link.stop()
  await late.start()
  await eventually(
    async () => seen,
    (all) => all.length > 0
  )
  t.same(seen, [topics.state(device.id)])
  await late.stop()
  await device.end()
})

test('a session never hands out what its device may not read (fact 1)', async (t) => {
  const house = await open(t)
  const spy = await enrol(house, 'press-07')
  const victim = topics.desired('press-08')
  const session = { clean: false, resubscribe: false }
  const first = await client(spy, session)
  first.on('error', () => undefined)
  const closed = new Promise<void>((resolve) => first.once('close', () => resolve()))
  // One allowed and one forbidden filter in one packet: the broker itself would keep both in the session.
  first.subscribe([topics.ack('press-07'), victim], { qos: 1 }, () => undefined)
  await closed
  house.link.publish(victim, 'secret', { qos: 1 })

  // The session holds the forbidden filter now: restoring it is refused like asking for it was.
  await t.rejects(client(spy, session))
  const again = await client(spy, { clean: true })
  const seen: string[] = []
  again.on('message', (topic) => seen.push(topic))
  again.subscribe(topics.ack('press-07'), { qos: 1 }, () => undefined)
  house.link.publish(victim, 'secret', { qos: 1 })
  house.link.publish(topics.ack('press-07'), 'allowed', { qos: 1 })
  await eventually(
    async () => seen,
    (all) => all.length > 0
  )
  t.same(seen, [topics.ack('press-07')])
  await eventually(
    async () => house.broker.stats(),
    ({ denied }) => denied.subscribe >= 2
  )
  await again.endAsync(true)
})

test('a packet over the cap is cut at its header, and costs nobody else a thing (fact 4)', async (t) => {
  const house = await open(t)
  const [big, good] = [await enrol(house, 'press-07'), await enrol(house, 'press-08')]
  await big.connect()
  await good.connect()
  const closed = big.until(() => big.closed > 0)
  big.client.publish(topics.hello('press-07'), Buffer.alloc(300 * 1024), { qos: 0 })
  await closed
  await good.client.publishAsync(topics.hello('press-08'), Buffer.alloc(200 * 1024), { qos: 1 })
  const arrived = await eventually(
    async () => house.messages.map(({ topic }) => topic),
    (all) => all.includes(topics.hello('press-08'))
  )
  t.notOk(arrived.includes(topics.hello('press-07')))
  await eventually(
    async () => house.broker.stats(),
    ({ denied }) => denied.packet === 1
  )
  await good.end()
})

test('the same id twice: the newer connection replaces the older, and it shows', async (t) => {
  const house = await open(t)
  const device = await enrol(house, 'press-07')
  await device.connect()
  const copy = new FakeDevice(device.identity)
  const closed = device.until(() => device.closed > 0)
  await copy.connect()
  await closed
  await copy.hello()
  await eventually(
    async () => house.messages.map(({ topic }) => topic),
    (all) => all.includes(topics.hello('press-07'))
  )
  const stats = await eventually(
    async () => house.broker.stats(),
    ({ takeovers }) => takeovers === 1
  )
  t.equal(stats.clients, 1)
  await copy.end()
})

test('a device cannot fill the broker with subscriptions', async (t) => {
  const house = await open(t)
  const device = await enrol(house, 'press-07')
  await device.connect()
  const closed = device.until(() => device.closed > 0)
  for (let index = 0; index < 50; index += 1)
    device.client.subscribe(topics.request('press-07', `op-${index}`), () => undefined)
  await closed
  t.pass('the connection was ended')
})

test('a device is told to come back later while the fleet does not listen', async (t) => {
  const house = await open(t, { withLink: false })
  const device = await enrol(house, 'press-07')
  await t.rejects(device.connect(), /Server unavailable/)
  await house.link.start()
  await device.connect()
  t.equal(house.link.connected, true)
  await device.end()
})

test('a broker that dies is started again on its port, and the fleet is back by itself', async (t) => {
  const house = await open(t)
  let changes = 0
  const release = house.broker.onChange(() => {
    changes += 1
  })
  await house.broker.thread?.terminate()
  await eventually(
    async () => house.broker.stats(),
    ({ state }) => state === 'failed'
  )
  t.match(house.broker.stats().sentence, /^The broker failed .* devices keep their events/)
  await eventually(
    async () => house.link.connected && house.broker.stats().state === 'well',
    (well) => well
  )
  t.ok(changes >= 2)
  release()
  const device = await enrol(house, 'press-07')
  await eventually(
    () =>
      device.connect().then(
        () => true,
        () => false
      ),
    (connected) => connected
  )
  await device.end()
})

test('a taken port is named in one sentence', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as { port: number }
  const folder = await mkdtemp(join(tmpdir(), 'nearside-broker-'))
  const authority = new Authority({ folder, now: Date.now, fleetName: 'fleet' })
  const { server: identity } = await authority.open()
  const broker = new EmbeddedBroker({ host: '127.0.0.1', port, identity, clock: systemClock })
  const error = await broker.start().then(
    () => undefined,
    (reason: unknown) => reason
  )
  t.type(error, NearsideError)
  t.match(error, { code: 'NS_PORT_IN_USE', message: /--mqtt-port/ })
  await broker.stop()
})
