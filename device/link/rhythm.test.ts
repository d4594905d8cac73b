import { test } from 'tap'
import { EVENT_STREAMS, type EventAck, type EventStream } from '../../contract/index.ts'
import { EventBus } from '../../kernel/event-bus.ts'
import { ManualClock, settle } from '../../test/harness/manual-clock.ts'
import { Outbox, openDeviceDatabase } from '../store/index.ts'
import { DeliverOutbox, linkStatus } from './index.ts'
import { linkFailure } from './link-failure.ts'
import type { LinkEvents } from './mqtt-link.ts'
import { DEFAULT_RECONNECT, ReconnectDelay, reconnectLimits } from './reconnect-delay.ts'
import { StateRhythm } from './state-rhythm.ts'
import { pack, unpack } from './wire.ts'

test('delays double from 1 s to 5 min with full jitter, and start again after a stable minute', (t) => {
  const clock = new ManualClock()
  let dice = 1
  const delay = new ReconnectDelay(DEFAULT_RECONNECT, clock, () => dice)
  const ceilings = Array.from({ length: 11 }, () => delay.next() / 1000)
  t.same(ceilings, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300])
  dice = 0.5
  t.equal(delay.next(), 150_000)
  dice = 0
  t.equal(delay.next(), 50, 'never a busy loop')
  dice = 1
  delay.connected()
  clock.advance(59_999)
  t.equal(delay.next(), 300_000, 'a link that flaps stays slow')
  delay.connected()
  clock.advance(60_000)
  t.equal(delay.next(), 1000)
  t.equal(reconnectLimits('mqtts://127.0.0.1:8883').maxMs, 5000)
  t.equal(reconnectLimits('mqtts://[::1]:8883').maxMs, 5000)
  t.equal(reconnectLimits('mqtts://fleet.example:8883').maxMs, 300_000)
  for (let n = 0; n < 2000; n += 1) delay.next()
  t.equal(delay.next(), 300_000)
  t.end()
})

test('state goes out at once, then at most once a second, and every 30 s', (t) => {
  const clock = new ManualClock()
  const sent: number[] = []
  const rhythm = new StateRhythm(clock, () => sent.push(clock.monotonicMs()))
  rhythm.start()
  rhythm.changed()
  rhythm.changed()
  clock.advance(5000)
  rhythm.changed()
  clock.advance(30_000)
  t.same(sent, [0, 1000, 5000, 30_000])
  rhythm.changed()
  rhythm.stop()
  rhythm.changed()
  rhythm.stop()
  clock.advance(120_000)
  t.equal(sent.length, 5)
  t.end()
})

test('a payload over 8 KiB is deflated, and comes back', (t) => {
  const head = { ts: 5, seq: 1, gen: 2, cid: 'c' }
  t.match(unpack(Buffer.from(pack(head, '{"a":1}'))), { v: 1, ...head, body: { a: 1 } })
  const long = pack(head, JSON.stringify('x'.repeat(9000)))
  t.ok(Buffer.isBuffer(long) && long.length < 1000)
  t.equal((unpack(Buffer.from(long)).body as string).length, 9000)
  const noise = Array.from({ length: 300_000 }, (_, n) => Math.imul(n + 1, 2654435761) >>> 0).join()
  t.throws(() => pack(head, JSON.stringify(noise)), { code: 'NS_MESSAGE_INVALID' })
  const invalid = { code: 'NS_MESSAGE_INVALID' }
  t.throws(() => unpack(Buffer.from('no json')), invalid)
  t.throws(() => unpack(Buffer.from('null')), { ...invalid, message: /version undefined/ })
  t.throws(() => unpack(Buffer.from('{"v":2}')), { ...invalid, message: /version 2/ })
  t.throws(() => unpack(Buffer.from('{"v":1}')), invalid)
  t.throws(() => unpack(Buffer.alloc(300 * 1024, 32)), { ...invalid, message: /too large/ })
  const bomb = pack(head, JSON.stringify(' '.repeat(1024 * 1024)))
  t.throws(() => unpack(Buffer.from(bomb)), invalid, 'a small packet that unpacks to a large one')
  t.end()
})

test('what went wrong is said in words, and refusals are told from losses', (t) => {
  const failure = (code?: unknown, message = 'x') =>
    linkFailure(Object.assign(new Error(message), { code }))
  t.match(failure('ECONNREFUSED'), { code: 'NS_LINK_LOST', reason: /nothing listens/ })
  t.match(failure('DEPTH_ZERO_SELF_SIGNED_CERT'), { code: 'NS_LINK_REFUSED', reason: /trusts/ })
  t.match(failure('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'), { reason: /enrol it again/ })
  t.match(failure('ERR_TLS_CERT_ALTNAME_INVALID'), { reason: /another address/ })
  t.match(failure(5), { code: 'NS_LINK_REFUSED' })
  t.match(failure(3), { code: 'NS_LINK_LOST' })
  t.match(failure(99), { reason: /code 99/ })
  t.match(failure(undefined, 'Keepalive timeout'), { reason: 'it does not answer' })
  t.match(failure('EPIPE'), { reason: 'the connection was cut' })
  t.match(linkFailure(undefined), { code: 'NS_LINK_LOST', reason: 'the connection was cut' })
  t.end()
})

const nothing = { events: 0, bytes: 0, oldestAt: null }
const empty = Object.fromEntries(EVENT_STREAMS.map((stream) => [stream, nothing])) as Record<
  EventStream,
  typeof nothing
>

test('the status says since when, why, and what waits', (t) => {
  const since = new Date(2026, 0, 5, 13, 42).getTime()
  const now = since + 60_000
  const at = (state: 'connecting' | 'online' | 'offline', reason = '') => ({ state, since, reason })
  const waiting = {
    ...empty,
    result: { events: 214, bytes: 10, oldestAt: since },
    log: { events: 1204, bytes: 5, oldestAt: since + 1 }
  }
  const input = { fleet: 'https://fleet', outbox: empty, now }
  t.match(linkStatus({ ...input, link: undefined, fleet: '' }), {
    state: 'none',
    sentence: 'This device belongs to no fleet; it works alone.'
  })
  t.equal(
    linkStatus({ ...input, link: at('online') }).sentence,
    'Connected to the fleet since 13:42.'
  )
  t.equal(
    linkStatus({ ...input, link: at('connecting') }).sentence,
    'Connecting to the fleet. Analyses run.'
  )
  const offline = { ...input, link: at('offline', 'it does not answer'), outbox: waiting }
  t.match(linkStatus(offline), {
    sentence:
      'No link to the fleet since 13:42: it does not answer. Analyses run; 214 results and 1,204 other messages wait to be sent.',
    outbox: { events: 1418, bytes: 15, oldestAt: since }
  })
  const one = { ...empty, result: { events: 1, bytes: 1, oldestAt: 1 } }
  t.match(linkStatus({ ...offline, outbox: one }).sentence, /; 1 result waits to be sent\./)
  const alarm = { ...empty, alarm: { events: 1, bytes: 1, oldestAt: 1 } }
  t.match(linkStatus({ ...offline, outbox: alarm }).sentence, /; 1 message waits to be sent\./)
  t.match(linkStatus({ ...offline, now: now + 86_400_000 }).sentence, /since 5 Jan, 13:42:/)
  t.end()
})

/** A link that keeps what is sent, and a fleet that commits when told. */
function makeDelivery(online = true) {
  const clock = new ManualClock()
  const outbox = new Outbox({ database: openDeviceDatabase(':memory:'), clock })
  const sent: { stream: string; first: number; last: number; oldest: number }[] = []
  const link = {
    events: new EventBus<LinkEvents>(),
    online,
    send: (topic: string, json: string) => {
      const { records, oldest } = JSON.parse(json) as { records: { seq: number }[]; oldest: number }
      const stream = topic.split('/').at(-1) ?? ''
      sent.push({ stream, first: records[0]?.seq ?? 0, last: records.at(-1)?.seq ?? 0, oldest })
      return link.online
    }
  }
  const delivery = new DeliverOutbox({ deviceId: 'dev', outbox, link, clock, random: () => 0 })
  const ack = (stream: EventAck['stream'], upto: number, epoch = outbox.epoch): void =>
    link.events.emit('ack', { stream, epoch, upto })
  return { clock, outbox, sent, link, delivery, ack }
}

const body = 'x'.repeat(30_000) // two of them fill a batch

test('results go before telemetry, yet telemetry has its turn', async (t) => {
  const { outbox, sent, delivery, clock, ack } = makeDelivery()
  outbox.appendMany('telemetry', Array(20).fill(body))
  outbox.appendMany('result', Array(40).fill(body))
  outbox.flush()
  delivery.start()
  delivery.start()
  for (let turn = 0; turn < 60; turn += 1) {
    await clock.advanceAsync(0)
    const last = sent.at(-1)
    if (last) ack(last.stream as EventStream, last.last)
  }
  const order = sent.map(({ stream }) => stream)
  t.equal(order[0], 'result')
  t.ok(order.slice(0, 12).includes('telemetry'), 'not starved')
  t.equal(outbox.stats().events, 0)
  t.equal(delivery.stats.acknowledged, 60)
  t.equal(delivery.stats.resent, 0)
  delivery.stop()
  outbox.append('result', 1)
  t.equal(sent.length, order.length)
  t.same(sent[0], { stream: 'result', first: 1, last: 2, oldest: 1 })
})

/** Some turns of the event loop: a few batches go in each. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 6; turn += 1) await settle()
}

test('without an acknowledgement a batch is sent again, later each time, and holds up no other', async (t) => {
  const { outbox, sent, delivery, clock, ack } = makeDelivery()
  outbox.appendMany('result', Array(30).fill(body))
  delivery.start()
  await turns()
  t.equal(sent.length, 4, 'the window opens slowly')
  await clock.advanceAsync(14_000)
  t.equal(sent.length, 4)
  await clock.advanceAsync(1000)
  await turns()
  t.same(sent.slice(4), [{ stream: 'result', first: 1, last: 2, oldest: 1 }], 'one, to try')
  outbox.append('alarm', 1)
  await turns()
  t.match(sent.at(-1), { stream: 'alarm' })
  ack('alarm', 1)
  await clock.advanceAsync(29_000)
  t.equal(sent.length, 6)
  await clock.advanceAsync(2000)
  await turns()
  t.equal(sent.length, 7)
  ack('result', 8)
  await turns()
  t.match(sent.at(-1), { first: 11 }, 'the window opens again')
  t.match(sent.at(-2), { first: 9, oldest: 9 })
  t.equal(delivery.stats.resent, 5)
})

test('after a new connection everything unacknowledged goes again; foreign acknowledgements do nothing', async (t) => {
  const { outbox, sent, delivery, clock, ack, link } = makeDelivery(false)
  outbox.appendMany('result', [1, 2, 3])
  delivery.start()
  await clock.advanceAsync(60_000)
  t.equal(sent.length, 0)
  link.online = true
  link.events.emit('online', { session: 's' })
  await settle()
  t.match(sent, [{ first: 1, last: 3 }])
  ack('result', 3, 'epoch-of-another-file')
  await settle()
  t.equal(outbox.stats().events, 3)
  link.events.emit('online', { session: 's2' })
  await settle()
  t.match(sent.slice(1), [{ first: 1, last: 3 }])
  ack('result', 2)
  ack('result', 99)
  await settle()
  t.equal(outbox.stats().events, 0)
  outbox.append('result', 4)
  await settle()
  t.match(sent.at(-1), { first: 4 })
  ack('result', 4)
  delivery.stop()
  t.equal(outbox.stats().events, 0, 'the last acknowledgement counts')
})
