// What devices send and how it is counted: on a real store in memory, with repeated, early, missing, bad and
// unreadable messages.

import { deflateSync } from 'node:zlib'
import { test } from 'tap'
import { type EventAck, type EventStream, topics } from '../../contract/index.ts'
import { EventBus } from '../../kernel/event-bus.ts'
import { createLogger } from '../../kernel/logger.ts'
import { ManualClock } from '../../test/harness/manual-clock.ts'
import { type ChangeBus, openSqliteStore, type Store } from '../store/index.ts'
import { Contacts } from './contacts.ts'
import { Inbox } from './inbox.ts'
import { Ingest } from './ingest-events.ts'
import { findDevice } from './inventory.ts'
import { readBatch, readEnvelope } from './read-message.ts'

const logger = createLogger({ name: 'test', level: 'silent' })

interface Desk {
  readonly store: Store
  readonly clock: ManualClock
  readonly ingest: Ingest
  readonly acks: { device: string; ack: EventAck }[]
  send(batch: Batch): Promise<number | undefined>
}

interface Batch {
  readonly seqs: readonly number[]
  readonly stream?: EventStream
  readonly body?: (seq: number) => unknown
  readonly epoch?: string
  readonly oldest?: number
}

const audit = (seq: number) => ({
  actor: 'device',
  action: 'test',
  subject: `number ${seq}`,
  outcome: 'done',
  detail: ''
})

async function desk(store = openSqliteStore(':memory:')): Promise<Desk> {
  const clock = new ManualClock()
  const acks: { device: string; ack: EventAck }[] = []
  const changes: ChangeBus = new EventBus()
  const ingest = new Ingest({
    store,
    clock,
    logger,
    changes,
    acknowledge: (device, ack) => void acks.push({ device, ack })
  })
  const send = async (batch: Batch): Promise<number | undefined> => {
    const { seqs, stream = 'audit', body = audit, epoch = 'epoch-01', oldest } = batch
    const records = seqs.map((seq) => ({ seq, ts: clock.now(), body: body(seq) }))
    const before = acks.length
    await ingest.accept({ device: 'press-07', stream }, { epoch, oldest, records })
    await ingest.settled()
    return acks.length > before ? acks.at(-1)?.ack.upto : undefined
  }
  return { store, clock, ingest, acks, send }
}

const subjects = async (store: Store): Promise<string[]> =>
  (await store.audit.recent(1000)).map(({ subject }) => subject).sort()

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

test('messages are read deflated or plain, and no further than their limit', async (t) => {
  const envelope = { v: 1, id: 'm', ts: 1, seq: 0, gen: 0, body: { a: 1 } }
  const text = JSON.stringify(envelope)
  t.match(readEnvelope(Buffer.from(text)), envelope)
  t.match(readEnvelope(deflateSync(text)), envelope)
  const bomb = deflateSync(JSON.stringify({ ...envelope, body: 'x'.repeat(2_000_000) }))
  t.equal(readEnvelope(bomb), undefined)
  for (const bad of ['', '{', 'null', '{"v":2}', 'x\u0000'])
    t.equal(readEnvelope(Buffer.from(bad)), undefined)
  t.equal(readEnvelope(Buffer.from([0x78, 1, 2, 3])), undefined)
  t.equal(readBatch('log', { epoch: 'short', records: [] }), undefined)
})

test('an event counts once, however often it comes', async (t) => {
  const { store, send } = await desk()
  t.equal(await send({ seqs: [1, 2, 3] }), 3)
  t.equal(await send({ seqs: [1, 2, 3] }), 3, 'a repetition is acknowledged again')
  t.equal(await send({ seqs: [2, 3, 4] }), 4)
  t.same(await subjects(store), ['number 1', 'number 2', 'number 3', 'number 4'])
  t.equal(await store.streams.total(), 4)
  t.equal(await send({ seqs: [1], epoch: 'epoch-02' }), 1, 'a new outbox file counts from one')
  t.equal(await store.streams.total('press-07'), 5)
})

test('what comes early waits for what is missing, and is not acknowledged before', async (t) => {
  const { store, send } = await desk()
  t.equal(await send({ seqs: [1, 2] }), 2)
  t.equal(await send({ seqs: [5, 6] }), 2)
  t.equal(await send({ seqs: [9] }), 2)
  t.equal(await send({ seqs: [3, 4] }), 6)
  t.equal(await send({ seqs: [5, 6, 7, 8] }), 9)
  t.equal((await subjects(store)).length, 9)
})

test('numbers that nobody holds any more are not waited for', async (t) => {
  const { store, send } = await desk()
  t.equal(
    await send({ seqs: [100, 101], oldest: 100 }),
    101,
    'dropped, or the fleet lost its store'
  )
  t.equal(
    await send({ seqs: [102, 105] }),
    105,
    'a hole inside a batch is a record the device lacks'
  )
  t.equal(await send({ seqs: [300], oldest: 200 }), 199)
  t.equal(await send({ seqs: [50] }), 199, 'an old one that comes after all is not counted twice')
  t.equal(await store.streams.total(), 5)
})

test('a bad record holds nothing up: it is counted, noted and acknowledged', async (t) => {
  const { store, send } = await desk()
  const body = (seq: number): unknown => (seq === 2 ? { actor: 7 } : audit(seq))
  t.equal(await send({ seqs: [1, 2, 3], body }), 3)
  t.equal(await send({ seqs: [1, 2, 3], body }), 3)
  const rows = await store.audit.recent(10)
  t.same(rows.map(({ action }) => action).sort(), ['record-refused', 'test', 'test'])
  const refused = rows.find(({ action }) => action === 'record-refused')
  t.match(refused, { outcome: 'refused', device: 'press-07', detail: /number 2: actor/ })
  t.equal(await store.streams.total(), 3)
})

test('a body that is no batch is refused, and records without a number are passed over', async (t) => {
  const { ingest, acks } = await desk()
  const from = { device: 'press-07', stream: 'audit' as const }
  for (const body of [
    null,
    {},
    { epoch: 'epoch-01', records: [] },
    { epoch: 'epoch-01', records: [{}, 3] }
  ])
    t.equal(await ingest.accept(from, body), false)
  await ingest.settled()
  t.same(acks, [])
})

test('batches of many devices share transactions, and each gets its own acknowledgement', async (t) => {
  const { ingest, acks, store } = await desk()
  const devices = Array.from({ length: 200 }, (_, index) => `press-${index}`)
  for (const device of devices) {
    const records = [1, 2].map((seq) => ({ seq, ts: 1, body: audit(seq) }))
    await ingest.accept({ device, stream: 'audit' }, { epoch: 'epoch-01', records })
  }
  await ingest.settled()
  t.same(new Set(acks.map(({ device }) => device)), new Set(devices))
  t.ok(acks.every(({ ack }) => ack.upto === 2))
  t.equal(await store.streams.total(), 400)
})

test('a batch that cannot be stored spoils no other, and is not acknowledged', async (t) => {
  const real = openSqliteStore(':memory:')
  const store: Store = {
    ...real,
    transaction: (run) =>
      real.transaction(async (tables) => {
        const answer = await run(tables)
        if (await tables.devices.exists('press-bad')) throw new Error('constraint failed')
        return answer
      })
  }
  const { ingest, acks, clock } = await desk(store)
  for (const device of ['press-one', 'press-bad', 'press-two']) {
    const records = [{ seq: 1, ts: 1, body: audit(1) }]
    await ingest.accept({ device, stream: 'audit' }, { epoch: 'epoch-01', records })
  }
  const settled = ingest.settled()
  await new Promise((resolve) => setImmediate(resolve))
  while (acks.length < 2) await clock.advanceAsync(1000)
  await settled
  t.same(acks.map(({ device }) => device).sort(), ['press-one', 'press-two'])
})

test('telemetry, logs, alarms and results find their places, merged where they repeat', async (t) => {
  const { store, send, clock } = await desk()
  const minute = Math.floor(clock.now() / 60_000) * 60_000
  const series = (low: number, count: number) => ({
    name: 'cpu.load',
    unit: '%',
    count,
    min: low,
    max: low + 10,
    mean: low + 5,
    last: low + 1,
    score: 0.5
  })
  const reading = (seq: number) => ({
    from: minute + seq,
    to: minute + seq + 30,
    series: [series(seq * 10, seq)]
  })
  await send({ stream: 'telemetry', seqs: [1, 2], body: reading })
  await send({ stream: 'telemetry', seqs: [3], body: reading })
  const [row] = await store.telemetry.minutes({ device: 'press-07', name: 'cpu.load', since: 0 })
  t.match(row, { min: 10, max: 40, count: 6 })
  t.equal(Math.round(row?.mean ?? 0), Math.round((15 + 25 * 2 + 35 * 3) / 6))
  t.match(await store.telemetry.last('press-07'), [{ series: 'cpu.load', last: 31, unit: '%' }])

  const anomaly = {
    id: 'a1',
    kind: 'burst',
    templateId: 't1',
    template: 'lost <*>',
    source: '/var/log/x',
    at: minute,
    score: 0.9,
    reason: 'Seen 214 times in 10 s, usually 3.'
  }
  const log = (seq: number) => ({
    from: minute,
    to: minute + seq,
    lines: 10,
    templates: [{ id: 't1', template: 'lost <*>', level: 'error', source: '/var/log/x', count: 4 }],
    anomalies: seq === 1 ? [anomaly] : []
  })
  await send({ stream: 'log', seqs: [1, 2], body: log })
  await send({ stream: 'log', seqs: [3], body: log })
  t.match(await store.logs.templates(5), [{ template: 'lost <*>', count: 12, devices: 1 }])
  t.match(await store.logs.minutes(0), [{ lines: 30, unusual: 1 }])
  t.equal((await store.logs.anomalies(5)).length, 1)

  const alarm = {
    id: 'alarm-1',
    priority: 2,
    source: 'machine-watch',
    subject: 'cpu.load',
    title: 'Processor load 98 %',
    cause: '',
    action: 'Look.',
    raisedAt: minute,
    clearedAt: null,
    acknowledgedAt: null,
    shelvedUntil: null,
    shelveReason: null
  }
  await send({ stream: 'alarm', seqs: [1], body: () => ({ change: 'raised', alarm }) })
  t.equal((await findDevice(store, 'press-07', clock.now())).alarms.length, 1)
  const cleared = { ...alarm, clearedAt: minute + 1 }
  await send({ stream: 'alarm', seqs: [2], body: () => ({ change: 'cleared', alarm: cleared }) })
  t.same((await findDevice(store, 'press-07', clock.now())).alarms, [])

  const result = {
    job: 'j1',
    kind: 'text',
    state: 'done',
    inputs: 1,
    failures: 0,
    findings: { high: 1 }
  }
  const full = { ...result, findings: { critical: 0, high: 1, medium: 0, low: 0, info: 0 } }
  await send({ stream: 'result', seqs: [1], body: () => ({ ...full, durationMs: 5, models: [] }) })
  t.match(await store.results.recent(5), [{ job: 'j1', state: 'done' }])
})

test('the inbox gives each message to the one that keeps it, and survives the rest', async (t) => {
  const { store, clock, ingest, acks } = await desk()
  const changes: ChangeBus = new EventBus()
  const contacts = new Contacts({ store, clock, changes, onReported: async () => undefined })
  const greeted: string[] = []
  const inbox = new Inbox({
    contacts,
    ingest,
    logger,
    onHello: async (device) => {
      if (device === 'press-99') throw new Error('the disk is full')
      greeted.push(device)
    }
  })
  const wrap = (body: unknown): Buffer =>
    Buffer.from(JSON.stringify({ v: 1, id: 'm', ts: 1, seq: 0, gen: 0, body }))
  await inbox.take(topics.hello('press-07'), wrap(hello))
  await inbox.take(topics.state('press-07'), wrap(reported))
  const records = [{ seq: 1, ts: 1, body: audit(1) }]
  await inbox.take(topics.event('press-07', 'audit'), wrap({ epoch: 'epoch-01', records }))
  await inbox.take(topics.response('press-07', 'logs'), wrap({}))
  await ingest.settled()
  t.same([greeted, acks.length, inbox.unreadable], [['press-07'], 1, 0])
  await inbox.take(topics.hello('press-07'), wrap({ name: 7 }))
  await inbox.take(topics.state('press-07'), wrap({ online: 'yes' }))
  await inbox.take(topics.event('press-07', 'audit'), wrap('nothing'))
  await inbox.take('some/other/topic', wrap({}))
  await inbox.take(topics.hello('press-07'), Buffer.from('rubbish'))
  await inbox.take(topics.desired('press-07'), wrap({}))
  t.equal(inbox.unreadable, 6)
  await inbox.take(topics.hello('press-99'), wrap(hello))
  t.equal(inbox.unreadable, 6, 'a failure of ours is no fault of the message')
})
