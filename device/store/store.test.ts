import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'tap'
import type { Alarm, InstallReport, Job } from '../../contract/index.ts'
import { ManualClock } from '../../test/harness/manual-clock.ts'
import {
  AlarmStore,
  AuditStore,
  InstallJournal,
  type JobInputRow,
  JobStore,
  Outbox,
  openDeviceDatabase,
  openJobDatabase,
  WIPED_NAME
} from './index.ts'

const temporary = (): string => mkdtempSync(join(tmpdir(), 'nearside-store-'))

function makeOutbox({ home = ':memory:', capBytes = 1e9, clock = new ManualClock() } = {}) {
  const database = openDeviceDatabase(home)
  return { database, clock, outbox: new Outbox({ database, clock, capBytes }) }
}

const seqs = (records: readonly { seq: number }[]): number[] => records.map(({ seq }) => seq)

test('every stream counts from 1, on its own, without gaps over a restart', (t) => {
  const home = temporary()
  const first = makeOutbox({ home })
  t.equal(first.outbox.append('result', { a: 1 }), 1)
  t.same(first.outbox.appendMany('audit', [{}, {}, {}]), [1, 2, 3])
  t.equal(first.outbox.append('result', undefined), 2)
  t.equal(first.outbox.ack('result', first.outbox.epoch, 2), 2)
  t.equal(first.outbox.append('telemetry', { lost: true }), 1)
  first.database.close() // killed: the telemetry record was still in memory, its number was never seen
  const { outbox, database } = makeOutbox({ home })
  t.equal(outbox.epoch, first.outbox.epoch)
  t.equal(outbox.append('result', {}), 3)
  t.equal(outbox.append('audit', {}), 4)
  t.equal(outbox.append('telemetry', {}), 1)
  t.same(seqs(outbox.next('audit')), [1, 2, 3, 4])
  t.match(outbox.next('result'), [{ seq: 3, json: '{}' }])
  outbox.close()
  t.same(seqs(outbox.next('telemetry')), [1])
  database.close()
  t.not(makeOutbox({ home: temporary() }).outbox.epoch, outbox.epoch)
  t.end()
})

test('results are on disk at once; telemetry waits for company, in order', (t) => {
  const { outbox, clock } = makeOutbox()
  const ready: string[] = []
  outbox.events.on('ready', (stream) => ready.push(stream))
  outbox.append('telemetry', { n: 1 })
  outbox.append('log', { n: 1 })
  outbox.append('telemetry', { n: 2 })
  t.same(seqs(outbox.next('telemetry')), [])
  t.equal(outbox.stats().events, 3)
  outbox.append('alarm', {})
  t.same(ready, ['alarm'])
  clock.advance(200)
  t.same(ready, ['alarm', 'telemetry', 'log'])
  t.match(outbox.next('telemetry'), [{ json: '{"n":1}' }, { json: '{"n":2}' }])
  t.equal(clock.pending, 0)
  outbox.flush()
  t.end()
})

test('reading stops at the limits and goes on after a number', (t) => {
  const { outbox } = makeOutbox()
  outbox.appendMany(
    'result',
    Array.from({ length: 10 }, () => 'x'.repeat(100))
  )
  t.same(seqs(outbox.next('result', { records: 3 })), [1, 2, 3])
  t.same(seqs(outbox.next('result', { bytes: 300 })), [1, 2])
  t.same(seqs(outbox.next('result', { bytes: 1 })), [1], 'one that is too large still goes')
  t.same(seqs(outbox.next('result', { after: 8 })), [9, 10])
  t.throws(() => outbox.append('result', 'x'.repeat(70_000)), { code: 'NS_MESSAGE_INVALID' })
  t.equal(outbox.oldestSeq('result'), 1)
  t.equal(outbox.oldestSeq('log'), undefined)
  t.end()
})

test('an acknowledgement deletes up to its number, once, and only of its epoch', (t) => {
  const { outbox, clock } = makeOutbox()
  outbox.appendMany('result', [1, 2, 3])
  const started = clock.now()
  clock.advance(500)
  outbox.append('result', 4)
  t.match(outbox.stats(), { events: 4, oldestAt: started })
  t.equal(outbox.ack('result', 'another-epoch', 4), 0)
  t.equal(outbox.ack('result', outbox.epoch, 3), 3)
  t.equal(outbox.ack('result', outbox.epoch, 3), 0)
  t.match(outbox.statsByStream().result, { events: 1, oldestAt: started + 500 })
  t.equal(outbox.ack('result', outbox.epoch, 99), 1)
  t.same(outbox.stats(), { events: 0, bytes: 0, oldestAt: null })
  t.end()
})

test('when the space is used up telemetry goes first, then logs, never results; a gap says so', (t) => {
  const { outbox, clock, database } = makeOutbox({ capBytes: 50_000 })
  const body = 'x'.repeat(1000)
  const dropped: unknown[] = []
  outbox.events.on('dropped', (drop) => dropped.push(drop))
  outbox.appendMany('log', Array(10).fill(body))
  outbox.appendMany('telemetry', Array(30).fill(body))
  clock.advance(200)
  t.same(dropped, [])
  outbox.appendMany('result', Array(20).fill(body))
  t.match(dropped, [{ stream: 'telemetry' }])
  const [gap, ...rest] = outbox.next('telemetry')
  const { from, to, count, reason } = JSON.parse(gap?.json ?? '').gap
  t.match({ from, seq: gap?.seq, count }, { from: 1, seq: to, count: to })
  t.match(reason, /space/)
  t.same(
    seqs(rest),
    Array.from({ length: 30 - to }, (_, index) => to + 1 + index)
  )
  outbox.appendMany('result', Array(30).fill(body))
  t.equal(outbox.statsByStream().result.events, 50)
  t.equal(outbox.statsByStream().telemetry.events, 1, 'one gap for all of them')
  t.match(JSON.parse(outbox.next('telemetry')[0]?.json ?? ''), {
    gap: { from: 1, to: 30, count: 30 }
  })
  t.match(JSON.parse(outbox.next('log')[0]?.json ?? ''), { gap: { from: 1, to: 10, count: 10 } })
  outbox.append('telemetry', body)
  clock.advance(200)
  t.match(JSON.parse(outbox.next('telemetry')[0]?.json ?? ''), { gap: { from: 1, to: 31 } })
  const counted = new Outbox({ database, clock }).stats()
  t.same(outbox.stats(), counted, 'the running count is what lies on disk')
  t.end()
})

test('while the disk takes nothing telemetry stays in memory, bounded, and results are refused', (t) => {
  const { outbox, clock, database } = makeOutbox()
  const failures: Error[] = []
  outbox.events.on('failed', (error) => failures.push(error))
  database.exec('PRAGMA query_only = ON')
  const body = 'x'.repeat(10_000)
  t.throws(() => outbox.append('result', body))
  for (let n = 0; n < 1000; n += 1) outbox.append('telemetry', body)
  t.ok(failures.length > 0)
  t.ok(outbox.stats().bytes < 6e6)
  database.exec('PRAGMA query_only = OFF')
  clock.advance(200)
  const all = outbox.next('telemetry', { bytes: Infinity })
  t.match(JSON.parse(all[0]?.json ?? ''), { gap: { from: 1, to: all[0]?.seq } })
  t.same(
    seqs(all),
    Array.from({ length: all.length }, (_, index) => (all[0]?.seq ?? 0) + index)
  )
  t.equal(all.at(-1)?.seq, 1000)
  t.equal(outbox.append('result', body), 1, 'the refused result took no number')
  t.end()
})

const job = (id: string, createdAt: number): Job => ({
  id,
  kind: 'text',
  title: '2 documents',
  state: 'waiting',
  sentence: 'Waits for its turn.',
  code: null,
  createdAt,
  startedAt: null,
  endedAt: null,
  progress: {
    done: 0,
    failed: 0,
    total: 2,
    unit: 'documents',
    perMinute: null,
    secondsLeft: null
  },
  inputs: 2,
  bytes: 20,
  options: {},
  wipedAt: null,
  hasReport: false
})

const input = (name: string): JobInputRow => ({
  name,
  bytes: 10,
  state: 'waiting',
  code: null,
  sentence: null,
  sha256: 'a'.repeat(64),
  vault: `job.${name}`
})

test('jobs, inputs and item results survive a restart; a batch is stored whole', (t) => {
  const home = temporary()
  const first = openJobDatabase(home)
  const store = new JobStore(first)
  store.create(job('j1', 1), [input('a.txt'), input('b.txt'), input('c.txt')])
  store.create(job('j2', 2), [])
  t.throws(() => store.create(job('j2', 2), [input('x')]))
  store.update('j1', { state: 'running', hasReport: true })
  const failed = { index: 2, state: 'failed', code: 'NS_INPUT_EMPTY', sentence: 'Empty.' } as const
  store.addItems('j1', [{ input: 0, result: { score: 0.5 } }], [failed])
  store.addItem('j1', 1, 'second')
  store.addItem('j1', 1, 'second again')
  t.throws(() =>
    store.addItems('j1', [{ input: 5, result: 1 }], [{ ...failed, state: null as never }])
  )
  store.setReport('j1', 'reports.1')
  first.close()

  const again = new JobStore(openJobDatabase(home))
  t.same(
    again.list().map(({ id }) => id),
    ['j2', 'j1']
  )
  t.match(again.get('j1'), { state: 'running', hasReport: true, title: '2 documents' })
  t.equal(again.get('none'), undefined)
  t.throws(() => again.update('none', {}), { code: 'NS_JOB_UNKNOWN' })
  t.match(again.inputs('j1', { limit: 2 }), [
    { name: 'c.txt', state: 'failed', sentence: 'Empty.' },
    { name: 'a.txt' }
  ])
  t.match(again.inputRows('j1'), [{ vault: 'job.a.txt' }, {}, {}])
  again.clearVaultIds('j1')
  t.match(again.inputRows('j1'), [{ vault: null }, {}, {}])
  t.same(
    [...again.items('j1')],
    [
      { input: 0, result: { score: 0.5 } },
      { input: 1, result: 'second again' }
    ]
  )
  t.equal(again.report('j1'), 'reports.1')
  again.setReport('j1', null)
  t.equal(again.report('j1'), null)
  t.equal(again.remove('j1'), true)
  t.equal(again.remove('j1'), false)
  t.same([again.inputRows('j1'), [...again.items('j1')]], [[], []])
  t.end()
})

test('names and results are sealed; without the key the job is still listed', (t) => {
  const database = openJobDatabase(':memory:')
  const reverse = (bytes: Uint8Array): Buffer => Buffer.from(bytes).reverse()
  const sealer = {
    seal: (text: string) => reverse(Buffer.from(text)),
    unseal: (sealed: Uint8Array) => reverse(sealed).toString()
  }
  const store = new JobStore(database, sealer)
  store.create(job('j1', 1), [{ ...input('patient.txt'), sentence: 'patient', state: 'failed' }])
  store.addItem('j1', 0, 'patient')
  const raw = JSON.stringify(
    ['job', 'job_input', 'job_item'].map((table) =>
      database.prepare(`SELECT * FROM ${table}`).all()
    )
  )
  t.notOk(raw.includes(Buffer.from('patient').join(',')))
  t.match(store.inputs('j1'), [{ name: 'patient.txt', sentence: 'patient' }])
  const keyless = new JobStore(database, {
    ...sealer,
    unseal: () => {
      throw new Error('no key')
    }
  })
  t.match(keyless.inputs('j1'), [{ name: WIPED_NAME, sentence: WIPED_NAME }])
  t.throws(() => [...keyless.items('j1')])
  t.match(keyless.list(), [{ id: 'j1' }])
  t.end()
})

const alarm = (id: string, raisedAt: number): Alarm => ({
  id,
  priority: 2,
  source: 'machine-watch',
  subject: 'cpu.load',
  title: 'Processor load 98 %',
  cause: '',
  action: 'Look.',
  raisedAt,
  clearedAt: null,
  acknowledgedAt: null,
  shelvedUntil: null,
  shelveReason: null
})

test('the alarm list comes back, oldest first, without rows it cannot read', (t) => {
  const database = openDeviceDatabase(':memory:')
  const store = new AlarmStore(database)
  store.save([alarm('b', 2), alarm('a', 1)])
  store.put({ ...alarm('b', 2), acknowledgedAt: 5 })
  database.exec(`INSERT INTO alarm VALUES ('c', 3, '{"priority":9}')`)
  t.match(store.load(), [{ id: 'a' }, { id: 'b', acknowledgedAt: 5 }])
  store.remove('a')
  store.save([alarm('d', 4)])
  t.same(
    store.load().map(({ id }) => id),
    ['d']
  )
  t.end()
})

test('the audit trail keeps the newest entries', (t) => {
  const store = new AuditStore(openDeviceDatabase(':memory:'))
  const entry = {
    actor: 'device',
    action: 'wipe',
    subject: 's',
    outcome: 'done',
    detail: ''
  } as const
  for (let at = 1; at <= 10_250; at += 1) store.append({ ...entry, at })
  t.match(store.list(1), [{ at: 10_250, action: 'wipe' }])
  const kept = store.list(20_000)
  t.ok(kept.length >= 10_000 && kept.length < 10_100)
  t.end()
})

const report = (gen: number, step: InstallReport['step'], model = 'm'): InstallReport => ({
  gen,
  rollout: 'r',
  model,
  version: '1.0.1',
  step,
  progress: 0,
  code: null,
  reason: 'Because.',
  at: 1
})

test('the install journal knows the last step, counts steps, and refuses older generations', (t) => {
  const journal = new InstallJournal(openDeviceDatabase(':memory:'))
  const file = { path: 'manifest.json', sha256: 'a'.repeat(64), size: 1 }
  const model = {
    name: 'mm',
    version: '1.0.1',
    manifestSha256: 'a'.repeat(64),
    files: [file, { ...file, path: 'manifest.sig' }],
    rollout: 'r'
  }
  const desired = { gen: 2, models: [model], blobs: 'http://127.0.0.1/blobs' }
  t.equal(journal.desired(), undefined)
  t.equal(journal.finishedGen(), 0)
  t.equal(journal.accept(desired), true)
  t.equal(journal.accept({ ...desired, blobs: 'http://other/' }), false)
  t.equal(journal.accept({ ...desired, gen: 1 }), false)
  t.same(journal.desired(), desired)
  journal.write(report(2, 'offered', 'mm'))
  t.equal(journal.finishedGen(), 0)
  journal.write(report(2, 'committed', 'mm'))
  t.equal(journal.finishedGen(), 2)
  t.match(journal.last(2, 'mm'), { step: 'committed' })
  t.equal(journal.last(9, 'mm'), undefined)
  t.equal(journal.count(2, 'mm'), 2)
  t.equal(journal.count(2, 'mm', 'offered'), 1)
  journal.accept({ ...desired, gen: 3 })
  t.equal(journal.finishedGen(), 2)
  journal.write(report(3, 'downloading', 'mm'))
  t.match(journal.latest(), [
    { gen: 2, step: 'committed' },
    { gen: 3, step: 'downloading' }
  ])
  journal.trim(1)
  t.match(journal.latest(), [{ gen: 3 }])
  t.end()
})
