// Telemetry history on disk: rings of fixed size, restarts, torn and foreign bytes, bounds.

import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { scratchFolder } from '../../test/harness/fake-tool.ts'
import { ManualClock } from '../../test/harness/manual-clock.ts'
import { HISTORY_FILE_BYTES, type HistoryRow, readHistory, writeHistory } from './history-file.ts'
import { HISTORY_BYTES, TelemetryHistory } from './telemetry-history.ts'

const START = Date.UTC(2026, 0, 5, 8)
const DAY_MS = 24 * 3600_000

const row = (at: number, value: number | null): HistoryRow => ({
  ...{ at, value, low: 0, high: null, score: 0.5 }
})

/** One point a period for a while. */
const rows = (from: number, count: number, periodMs: number): HistoryRow[] =>
  Array.from({ length: count }, (_, i) => row(from + i * periodMs, i))

test('what was written is read by span, also by the next process', async (t) => {
  const folder = join(scratchFolder(t), 'history')
  const clock = new ManualClock(START)
  const history = new TelemetryHistory({ folder, clock })
  t.same(await history.read('cpu.load', { level: 'stretch', from: 0, to: START }), [])
  const stretch = rows(START, 100, 10_000)
  const minute = rows(START, 16, 60_000)
  await history.append(new Map([['cpu.load', { stretch, minute }]]))
  const next = new TelemetryHistory({ folder, clock })
  const span = { from: START + 50_000, to: START + 80_000 }
  t.same(await next.read('cpu.load', { level: 'stretch', ...span }), stretch.slice(5, 9))
  const whole = { from: START - DAY_MS, to: START + DAY_MS }
  t.same(await next.read('cpu.load', { level: 'minute', ...whole }), minute)
  t.same(await next.read('memory.used', { level: 'minute', ...whole }), [])
  t.same(
    await next.read('cpu.load', { level: 'minute', from: START + 5000, to: START }),
    [],
    'a span that ends before it begins'
  )
  await next.append(new Map([['cpu.load', { stretch: [row(START, null)], minute: [] }]]))
  t.same(await next.read('cpu.load', { level: 'stretch', from: START, to: START }), [
    row(START, null)
  ])
})

test('a month later the file is no larger, and holds the month', async (t) => {
  const path = join(scratchFolder(t), 'a.history')
  const days = 33
  for (let day = 0; day < days; day++)
    await writeHistory(path, 'a', {
      stretch: rows(START + day * DAY_MS, 8640, 10_000).filter((_, i) => i % 360 === 0),
      minute: rows(START + day * DAY_MS, 1440, 60_000).filter((_, i) => i % 60 === 0)
    })
  t.ok(statSync(path).size <= HISTORY_FILE_BYTES)
  const to = START + days * DAY_MS - 1
  const minutes = await readHistory(path, 'a', { level: 'minute', from: 0, to })
  t.equal(minutes.length, 30 * 24)
  t.equal(minutes[0]?.at, START + 3 * DAY_MS)
  t.ok(minutes.every(({ at }, i) => i === 0 || at > (minutes[i - 1]?.at ?? 0)))
  t.equal((await readHistory(path, 'a', { level: 'stretch', from: 0, to })).length, 24)
})

test('a torn point is a gap, a foreign or damaged file has none and is written anew', async (t) => {
  const path = join(scratchFolder(t), 'a.history')
  const stretch = rows(START, 3, 10_000)
  await writeHistory(path, 'a', { stretch, minute: [] })
  const bytes = readFileSync(path)
  const place = bytes.indexOf(Buffer.from(new Uint32Array([START / 1000 + 10]).buffer))
  bytes.writeUInt8(bytes.readUInt8(place + 5) ^ 1, place + 5)
  writeFileSync(path, bytes)
  const span = { level: 'stretch', from: START, to: START + DAY_MS / 2 } as const
  t.same(await readHistory(path, 'a', span), [stretch[0], stretch[2]])
  t.same(await readHistory(path, 'b', span), [], 'of another series')
  writeFileSync(path, 'short')
  t.same(await readHistory(path, 'a', span), [])
  await writeHistory(path, 'a', { stretch, minute: [] })
  t.same(await readHistory(path, 'a', span), stretch)
})

test('two hundred series are kept, and files that outlived their points go', async (t) => {
  const folder = scratchFolder(t)
  const clock = new ManualClock(Date.now())
  const old = join(folder, 'old.history')
  writeFileSync(old, '')
  utimesSync(old, (clock.now() - 31 * DAY_MS) / 1000, (clock.now() - 31 * DAY_MS) / 1000)
  writeFileSync(join(folder, 'notes.txt'), '')
  const history = new TelemetryHistory({ folder, clock })
  const points = { stretch: [row(START, 1)], minute: [] }
  const names = Array.from({ length: 230 }, (_, i) => `disk.used:/m${i}`)
  await history.append(new Map(names.map((name) => [name, points])))
  const files = readdirSync(folder).filter((name) => name.endsWith('.history'))
  t.equal(files.length, 200)
  t.notOk(files.includes('old.history'))
  t.ok(readdirSync(folder).includes('notes.txt'))
  t.ok(HISTORY_BYTES < 250e6)
  await history.append(new Map([['disk.used:/m0', points]]))
  const span = { level: 'stretch', from: START, to: START } as const
  t.equal((await history.read('disk.used:/m0', span)).length, 1)
})

test('one file that cannot be written costs only itself, and is told', async (t) => {
  const folder = scratchFolder(t)
  const clock = new ManualClock(START)
  const points = { stretch: [row(START, 1)], minute: [] }
  const probe = new TelemetryHistory({ folder, clock })
  await probe.append(new Map([['bad', points]]))
  const [bad = ''] = readdirSync(folder)
  const other = scratchFolder(t)
  mkdirSync(join(other, bad))
  const history = new TelemetryHistory({ folder: other, clock })
  await t.rejects(
    history.append(
      new Map([
        ['bad', points],
        ['good', points]
      ])
    )
  )
  const span = { level: 'stretch', from: START, to: START } as const
  t.equal((await history.read('good', span)).length, 1)
  await history.append(new Map([['good', points]]))
})
