// The live log watch: what it judges, what it posts, what it keeps, and its thread.

import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { type LogAnomaly, LogOverview, LogRecord } from '../../contract/index.ts'
import { ManualClock, settle } from '../../test/harness/manual-clock.ts'
import { LogMill } from './log-mill.ts'
import { emptyOverview, LogWatch } from './log-watch.ts'
import { LogWatchLoop } from './log-watch-loop.ts'
import type { FromLogWatch } from './log-watch-messages.ts'
import { readLogWatchState } from './log-watch-state.ts'
import { WatchedTemplate } from './watched-template.ts'

const T0 = Date.UTC(2026, 0, 5, 8)
const line = (i: number): string =>
  `2026-01-05 08:00:${String(i % 60).padStart(2, '0')} INFO app: package ${i} sealed in ${i % 90} ms`
const calm = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, i) => line(from + i))

/** A mill that has run calmly for a while. */
const warmMill = (
  intervals = 20
): { mill: LogMill; at: number; beat: (lines: readonly string[]) => LogAnomaly[] } => {
  const mill = new LogMill(T0)
  const warm = {
    mill,
    at: T0,
    beat: (lines: readonly string[]): LogAnomaly[] => {
      mill.add('a.log', lines, warm.at)
      warm.at += 10_000
      const found = mill.judge(warm.at, true)
      LogRecord.parse(mill.takeRecord(warm.at))
      return found
    }
  }
  for (let i = 0; i < intervals; i++) warm.beat(calm(150))
  return warm
}

test('calm running is no anomaly, and counts and rates are right', async (t) => {
  const warm = warmMill()
  t.same(warm.beat(calm(150)), [])
  const overview = LogOverview.parse(warm.mill.overview(warm.at, []))
  t.equal(overview.lines, 21 * 150)
  t.equal(overview.templates.length, 1)
  t.match(overview.templates[0], {
    template: 'package <*> sealed in <*> ms',
    level: 'info',
    count: 3150,
    usualPerMinute: 900,
    source: 'a.log'
  })
  t.ok((overview.templates[0]?.ratePerMinute ?? 0) >= 750)
  t.same(overview.timeline.lines.slice(-3), [150, 150, 0])
})

test('a template never seen before is told once, the worse the surer', async (t) => {
  const warm = warmMill()
  const [mild] = warm.beat([
    ...calm(150),
    '2026-01-05 08:00:00 INFO app: operator opened the cover'
  ])
  t.match(mild, {
    kind: 'new-template',
    template: 'operator opened the cover',
    reason: 'Never seen before',
    source: 'a.log'
  })
  const [bad] = warm.beat([...calm(150), '2026-01-05 08:00:00 FATAL app: emergency stop of zone 3'])
  t.match(bad, { kind: 'new-template', reason: /speaks of an error/ })
  t.ok((bad?.score ?? 0) > (mild?.score ?? 1))
  t.same(warm.beat([...calm(150), '2026-01-05 08:00:00 INFO app: operator opened the cover']), [])
  const overview = warm.mill.overview(warm.at, [])
  t.same(
    overview.anomalies.map(({ id }) => id),
    [bad?.id, mild?.id],
    'the newest first'
  )
  t.ok(overview.timeline.unusual.some((count) => count > 0))
})

test('a new program that brings many templates at once is no flood of anomalies', async (t) => {
  const warm = warmMill()
  const words =
    'alpha bravo charlie delta echo foxtrot golf hotel india juliett kilo lima mike november oscar papa quebec romeo sierra tango uniform victor'.split(
      ' '
    )
  t.same(
    warm.beat([
      ...calm(150),
      ...words.map((word, i) => `2026-01-05 08:00:00 INFO app: ${`${word} `.repeat(2 + i)}ready`)
    ]),
    []
  )
})

test('bursts, silence and rare errors are told with their figures, not again and again', async (t) => {
  const warm = warmMill(30)
  const [burst] = warm.beat(calm(3000))
  t.match(burst, { kind: 'burst', reason: 'Seen 3000 times in 10 s, usually 150' })
  t.same(warm.beat(calm(3000)), [], 'not again within two minutes')
  for (let i = 0; i < 15; i++) warm.beat(calm(150))
  const silence = [0, 1, 2, 3].flatMap(() => warm.beat([]))
  t.match(silence, [{ kind: 'silence', reason: /No longer seen, usually 15\d times in 10 s/ }])

  const error = '2026-01-05 08:00:00 ERROR app: sensor 4 failed'
  t.equal(warm.beat([error])[0]?.kind, 'new-template')
  for (let i = 0; i < 40; i++) warm.beat([])
  t.match(warm.beat([error, error]), [
    { kind: 'error-words', reason: 'A rare error message, seen 2 times in 10 s' }
  ])
})

test('before enough was seen nothing is new', async (t) => {
  const mill = new LogMill(T0)
  mill.add('a.log', ['something failed badly'], T0)
  t.same(mill.judge(T0 + 10_000, true), [])
})

test('templates that merge take their counts along', async (t) => {
  const mill = new LogMill(T0)
  for (const [i, name] of ['anna', 'bert', 'carl', 'dora', 'emil', 'frida'].entries()) {
    mill.add(
      'a.log',
      [`session opened for ${name} on console`, `session opened for ${name} on console`],
      T0 + i
    )
    mill.judge(T0 + i, i % 2 === 0)
  }
  const { templates } = mill.overview(T0 + 10, [])
  t.match(templates, [
    {
      template: 'session opened for <*> on console',
      count: 12,
      firstSeenAt: T0,
      lastSeenAt: T0 + 5
    }
  ])
  t.equal(templates.length, 1)
})

test('memory is bounded: the templates seen longest ago are dropped', async (t) => {
  const mill = new LogMill(T0)
  for (let round = 0; round < 12; round++) {
    const lines = Array.from(
      { length: 1000 },
      (_, i) =>
        `${String.fromCharCode(97 + (i % 26))}${'q'.repeat(1 + Math.floor(i / 26))} ${'k '.repeat(round)}end`
    )
    mill.add('a.log', lines, T0 + round)
  }
  mill.judge(T0 + 20, true)
  t.ok(mill.overview(T0 + 20, []).templates.length <= 500)
  t.ok(mill.save().mill.templates.length <= 10_000)
})

test('what was learnt survives a restart, so that nothing known is news', async (t) => {
  const warm = warmMill()
  const { miner, mill } = JSON.parse(JSON.stringify(warm.mill.save())) as ReturnType<
    LogMill['save']
  >
  const next = new LogMill(warm.at)
  next.restore(miner, mill)
  next.add('a.log', [line(1), '2026-01-05 08:00:00 ERROR app: belt 2 jammed'], warm.at)
  t.match(next.judge(warm.at + 2000, false), [{ template: 'belt <*> jammed' }])
  t.equal(next.overview(warm.at + 2000, []).lines, 20 * 150 + 2)
})

test('one template absorbs another with the better known rate', async (t) => {
  const a = new WatchedTemplate({ id: 'a', text: 'a', source: 's', at: 5 })
  const b = new WatchedTemplate({ id: 'b', text: 'b', source: 's', at: 3 })
  for (let i = 0; i < 3; i++) b.rate.observe(9)
  b.now = 2
  b.endInterval()
  a.absorb(b)
  t.equal(a.firstAt, 3)
  t.same(a.recent, [2])
  t.equal(a.rate.usual, 9)
})

interface FakeTail {
  feed(lines: readonly string[]): void
}

const startLoop = async (
  stateFile: string
): Promise<{
  loop: LogWatchLoop
  clock: ManualClock
  told: FromLogWatch[]
  file: FakeTail
  journal: FakeTail
  stopped: string[]
}> => {
  const clock = new ManualClock(T0)
  const told: FromLogWatch[] = []
  const stopped: string[] = []
  const file: FakeTail = { feed: () => undefined }
  const journal: FakeTail = { feed: () => undefined }
  const source = { name: 'x', state: 'following', sentence: '', lines: 0, lastAt: null } as const
  const loop = new LogWatchLoop(
    {
      sources: [
        { kind: 'file', path: 'a.log' },
        { kind: 'journal', unit: '*' }
      ],
      stateFile,
      state: await readLogWatchState(stateFile)
    },
    {
      clock,
      tell: (message) => told.push(message),
      openTail: (options) => {
        file.feed = (lines) => options.onLines('a.log', lines)
        return {
          start: async () => undefined,
          stop: async () => void stopped.push('tail'),
          sources: () => [source],
          positions: () => ({ 'a.log': { inode: 1, offset: 2 } })
        }
      },
      openJournal: (options) => {
        journal.feed = (lines) => options.onLines('journal:*', lines)
        return {
          start: () => undefined,
          stop: async () => void stopped.push('journal'),
          status: () => source
        }
      }
    }
  )
  await loop.start()
  return { loop, clock, told, file, journal, stopped }
}

test('an overview comes every two seconds, a record every ten, and the state is kept', async (t) => {
  const stateFile = join(t.testdir({}), 'log-watch.json')
  const { loop, clock, told, file, journal, stopped } = await startLoop(stateFile)
  file.feed(calm(50))
  journal.feed(['{"MESSAGE":"unit started","PRIORITY":"6"}'])
  clock.advance(20_000)
  t.equal(told.filter(({ kind }) => kind === 'overview').length, 11)
  const records = told.flatMap((message) =>
    message.kind === 'record' ? [LogRecord.parse(message.record)] : []
  )
  t.same(
    records.map(({ lines }) => lines),
    [51, 0]
  )
  t.match(records[0], {
    from: T0,
    to: T0 + 10_000,
    templates: [{ count: 50 }, { template: 'unit started', source: 'journal:*' }]
  })
  t.notMatch(JSON.stringify(told), /package 17 sealed/, 'no line is ever posted')
  for (let i = 0; i < 30; i++) file.feed(calm(100))
  clock.advance(40_000)
  file.feed(['2026-01-05 08:00:00 ERROR app: heater 1 failed'])
  clock.advance(2_000)
  t.match(
    told.find(({ kind }) => kind === 'anomaly'),
    { anomaly: { template: 'heater <*> failed' } }
  )
  await loop.stop()
  t.same(stopped, ['tail', 'journal'])
  t.equal(clock.pending, 0)
  t.match(await readLogWatchState(stateFile), {
    version: 1,
    positions: { 'a.log': { inode: 1, offset: 2 } }
  })

  const again = await startLoop(stateFile)
  again.file.feed([line(7)])
  again.clock.advance(2_000)
  const last = again.told.at(-1)
  t.ok(last?.kind === 'overview' && last.overview.lines > 3000)
  t.notOk(again.told.some(({ kind }) => kind === 'anomaly'))
  await again.loop.stop()
})

test('a damaged state, or one that cannot be written, does not stop the watch', async (t) => {
  const folder = t.testdir({ 'bad.json': '{"version":1', 'old.json': '{"version":0}', file: '' })
  t.equal(await readLogWatchState(join(folder, 'bad.json')), undefined)
  t.equal(await readLogWatchState(join(folder, 'old.json')), undefined)
  const { loop, clock } = await startLoop(join(folder, 'file', 'below', 'state.json'))
  clock.advance(60_000)
  await settle()
  await loop.stop()
  t.pass('it ended in order')
})

test('the thread follows a real file, posts, and ends by message with its state written', async (t) => {
  const folder = t.testdir({})
  const path = join(folder, 'real.log')
  const stateFile = join(folder, 'state', 'log-watch.json')
  writeFileSync(path, `${calm(100).join('\n')}\n`)
  let watch: LogWatch | undefined
  const overview = await new Promise<LogOverview>((resolve) => {
    const made = new LogWatch({
      sources: [{ kind: 'file', path }],
      stateFile,
      onOverview: (seen) => (seen.lines >= 100 ? resolve(seen) : undefined),
      onRecord: () => undefined,
      onAnomaly: () => undefined
    })
    watch = made
    t.same(made.overview().templates, [])
    void made.start().then(() => appendFileSync(path, 'tail\n'))
  })
  t.match(LogOverview.parse(overview), {
    sources: [{ name: path, state: 'following' }],
    templates: [{ template: 'package <*> sealed in <*> ms' }]
  })
  t.equal(watch?.overview().lines, overview.lines)
  await watch?.stop()
  await watch?.stop()
  t.ok(existsSync(stateFile))
  t.notMatch(readFileSync(stateFile, 'utf8'), /package 17 /)
})

test('a thread that dies is started again, records and anomalies are handed on', async (t) => {
  const folder = t.testdir({
    'thread.mjs': `import { parentPort } from 'node:worker_threads'
      parentPort.postMessage({ kind: 'record', record: 1 }); parentPort.postMessage({ kind: 'anomaly', anomaly: 2 })
      parentPort.postMessage({ kind: 'ready' }); setImmediate(() => { throw new Error('dies') })`,
    'stuck.mjs': `import { parentPort } from 'node:worker_threads'
      parentPort.on('message', () => {}); parentPort.postMessage({ kind: 'ready' })`
  })
  const clock = new ManualClock(T0)
  const told: unknown[] = []
  const options = {
    sources: [],
    stateFile: join(folder, 's.json'),
    clock,
    onOverview: () => undefined
  }
  const watch = new LogWatch({
    ...options,
    thread: new URL(`file://${folder}/thread.mjs`),
    onRecord: (record) => told.push(record),
    onAnomaly: (anomaly) => told.push(anomaly)
  })
  await watch.start()
  while (clock.pending === 0) await settle()
  clock.advance(10_000)
  while (told.length < 4) await settle()
  t.same(told, [1, 2, 1, 2])
  await watch.stop()

  const stuck = new LogWatch({
    ...options,
    thread: new URL(`file://${folder}/stuck.mjs`),
    onRecord: () => undefined,
    onAnomaly: () => undefined
  })
  await stuck.start()
  const ended = stuck.stop()
  clock.advance(5_000)
  await ended
  t.same(emptyOverview(5).timeline, { from: 5, binMs: 10_000, lines: [], unusual: [] })
})
