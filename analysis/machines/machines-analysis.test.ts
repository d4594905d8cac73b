// The analysis of a table: columns by content, events, chart points, report, score rows.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'tap'
import { type MachinesReport, NearsideError } from '../../contract/index.ts'
import type { AnalysisPorts, Table } from '../definition.ts'
import { ChartPoints, MOST_POINTS } from './chart-points.ts'
import { EventFinder } from './event-finder.ts'
import { eventSentence, figure } from './event-sentence.ts'
import { machinesAnalysis } from './machines-analysis.ts'
import { PUMP_FAULTS, pumpRows } from './samples/make-pump.ts'
import { scoreRows } from './score-rows.ts'
import type { Verdict } from './series-detector.ts'
import { cellNumber, classifyColumns } from './table-columns.ts'

function tableOf(lines: readonly string[], stretch = 300): Table {
  const rows = lines.map((line) => line.split(','))
  return {
    columns: rows[0] ?? [],
    rows: (async function* () {
      for (let i = 1; i < rows.length; i += stretch) yield rows.slice(i, i + stretch)
    })()
  }
}

let clock = 0
const ports: AnalysisPorts = {
  inference: { classifySentences: () => Promise.reject(new Error('not asked')) },
  now: () => {
    clock += 5
    return clock
  },
  device: 'test-device',
  inputs: () => []
}

async function analyse(
  lines: readonly string[],
  signal = new AbortController().signal
): Promise<{ report: MachinesReport; progress: number[] }> {
  const options = machinesAnalysis.options.parse({})
  const progress: number[] = []
  const request = { input: tableOf(lines), total: null, options, resumed: [] }
  for await (const step of machinesAnalysis.run(request, ports, signal)) {
    if (step.type === 'progress') progress.push(step.done)
    if (step.type === 'report')
      return { report: machinesAnalysis.report.parse(step.report), progress }
  }
  throw new Error('no report')
}

test('the sample is what its generator makes, and its planted faults are found, nothing else', async (t) => {
  const file = await readFile(join(import.meta.dirname, 'samples', 'pump.csv'), 'utf8')
  t.equal(file, `${pumpRows().join('\n')}\n`)
  const { report, progress } = await analyse(pumpRows())
  t.equal(report.figures.rows, 2400)
  t.equal(report.figures.timeColumn, 'timestamp')
  t.equal(report.figures.events.length, PUMP_FAULTS.length)
  for (const fault of PUMP_FAULTS) {
    const found = report.figures.events.find((event) => event.series === fault.series)
    t.ok(found && Math.abs(found.fromRow - fault.from) <= 5, fault.what)
    t.match(found?.reason, /\d/)
    t.match(found?.fromTime, /^2026-03-0\d/)
  }
  t.ok(report.findings.every(({ evidence }) => evidence[0]?.type === 'sample'))
  t.ok(report.figures.series.every((series) => series.missing === 5))
  t.ok(report.figures.series.every((series) => series.points.length <= MOST_POINTS))
  t.ok(progress.length > 0)
})

test('scores come for every row, highest among the series, and a prefix scores the same', async (t) => {
  const scores = async (lines: readonly string[]): Promise<string[]> => {
    const rows: string[] = []
    for await (const stretch of scoreRows(tableOf(lines)))
      for (const { index, timestamp, score } of stretch) rows.push(`${index},${timestamp},${score}`)
    return rows
  }
  const whole = await scores(pumpRows())
  t.equal(whole.length, 2400)
  t.match(whole[0], /^0,2026-03-02 06:00:00,0/)
  t.same(await scores(pumpRows().slice(0, 1301)), whole.slice(0, 1300))
})

test('columns are told apart by content, not by name', (t) => {
  const rows = (cells: (i: number) => string[]): string[][] =>
    Array.from({ length: 30 }, (_, i) => cells(i))
  const classify = (cells: (i: number) => string[]) => classifyColumns(cells(0).length, rows(cells))
  const value = (i: number): string => String(Math.sin(i).toFixed(3))
  t.same(
    classify((i) => [value(i), `2026-01-${String((i % 28) + 1).padStart(2, '0')}`]),
    {
      time: 1,
      series: [0],
      other: []
    }
  )
  t.equal(classify((i) => [`0${i % 9}.03.2026 10:00`, value(i)]).time, 0)
  t.equal(classify((i) => [`10:00:${10 + i}`, value(i)]).time, 0)
  t.equal(classify((i) => [value(i), String(1_700_000_000 + 300 * i)]).time, 1, 'unix seconds')
  t.equal(classify((i) => [value(i), String(1_700_000_000_000 + 300 * i)]).time, 1, 'milliseconds')
  t.equal(classify((i) => [String(180 * i), value(i)]).time, 0, 'an even count in front')
  t.equal(classify((i) => [value(i), String(180 * i)]).time, null, 'but not further back')
  t.equal(classify((i) => [String(180 * i)]).time, null, 'nor alone')
  t.same(classify((i) => [value(i), i % 2 ? 'open' : 'shut']).other, [1])
  t.same(classify((i) => [value(i), '']).series, [0, 1], 'an empty column may start later')
  t.same(classifyColumns(1, [['5']]), { time: null, series: [0], other: [] })
  t.equal(cellNumber(' -1.5e3 '), -1500)
  for (const cell of ['', 'NaN', 'inf', '0x10', '1,5', '1e999', undefined])
    t.equal(cellNumber(cell), null)
  t.end()
})

test('text, missing and unread cells are counted and said', async (t) => {
  const lines = [
    'a,b,note,empty',
    ...Array.from({ length: 300 }, (_, i) => {
      const b = i % 50 === 10 ? 'fault' : i % 50 === 20 ? 'NA' : String(Math.cos(i / 5))
      return `${Math.sin(i / 7)},${b},ok,`
    })
  ]
  const { report } = await analyse(lines)
  t.equal(report.figures.timeColumn, null)
  t.same(
    report.figures.series.map((series) => series.name),
    ['a', 'b', 'empty']
  )
  t.equal(report.figures.series[1]?.missing, 12)
  t.equal(report.figures.series[2]?.mean, null)
  const limits = report.limits.join(' ')
  t.match(limits, /left out: note/)
  t.match(limits, /b \(6\)/)
  t.match(limits, /without any value: empty/)
  t.match(limits, /No column reads as time/)
})

test('columns of one name are told apart, and one without a name gets its number', async (t) => {
  const { report } = await analyse(['v,v,,7', '1,2,3,4', '2,3,1,5', '4,1,2,9'])
  const names = report.figures.series.map((series) => series.name)
  t.same(names, ['v', 'v (2)', 'column 3', '7'])
})

test('a short table says how little can be told from it', async (t) => {
  const { report } = await analyse(['x', '1', '2', '3'])
  t.equal(report.figures.events.length, 0)
  t.match(report.limits.join(' '), /only gross changes/)
})

test('a table without rows or numbers, or with too many columns, is refused in one sentence', async (t) => {
  const refused = async (lines: string[], code: string): Promise<void> => {
    const error = await analyse(lines).catch((thrown: unknown) => thrown)
    t.ok(error instanceof NearsideError && error.code === code, code)
  }
  await refused(['a,b'], 'NS_INPUT_EMPTY')
  await refused(['a,b', 'x,y', 'z,w'], 'NS_INPUT_FORMAT')
  await refused(['2014-07-01 00:00:00,17', '2014-07-01 00:05:00,18'], 'NS_INPUT_FORMAT')
  const wide = Array.from({ length: 2001 }, () => '0').join(',')
  await refused([wide, wide], 'NS_INPUT_FORMAT')
})

test('many columns share the memory, and a cancelled run ends', async (t) => {
  const header = Array.from({ length: 130 }, (_, i) => `s${i}`).join(',')
  const row = (i: number): string =>
    Array.from({ length: 130 }, (_, k) => Math.sin(i + k)).join(',')
  const lines = [header, ...Array.from({ length: 40 }, (_, i) => row(i))]
  const { report } = await analyse(lines)
  t.equal(report.figures.series.length, 130)
  const controller = new AbortController()
  controller.abort()
  await t.rejects(analyse(lines, controller.signal), { name: 'AbortError' })
})

test('chart points keep every extreme in at most 600 points', (t) => {
  const chart = new ChartPoints()
  for (let row = 0; row < 10_000; row++) {
    const value = row === 7777 ? 99 : row === 3333 ? null : Math.sin(row / 50)
    chart.push({ row, value, low: -1, high: 1, score: row === 5001 ? 0.9 : 0.1 })
  }
  const points = chart.points()
  t.ok(points.length <= MOST_POINTS && points.length >= 200, `${points.length} points`)
  t.ok(points.some((point) => point.value === 99))
  t.ok(points.some((point) => point.score === 0.9))
  t.ok(points.every((point, i) => i === 0 || point.row > (points[i - 1]?.row ?? 0)))
  t.end()
})

test('events join across short pauses and end after long ones', (t) => {
  const finder = new EventFinder(0.5)
  const verdict = (score: number, surprise = score): Verdict => ({
    score,
    surprise,
    expected: 1,
    low: 0,
    high: 2,
    usualHigh: 1.5
  })
  const push = (row: number, value: number | null, seen: Verdict): void =>
    finder.push({ row, time: '' }, value, seen)
  push(10, 5, verdict(0.8))
  push(11, 6, verdict(0.4, 0.9))
  push(12, null, verdict(0))
  push(30, 4, verdict(0.3, 0.6))
  push(300, -5, verdict(0.7))
  t.same(
    finder.found.map(({ fromRow, toRow, score, peakRow }) => [fromRow, toRow, score, peakRow]),
    [
      [10, 30, 0.9, 11],
      [300, 300, 0.7, 300]
    ]
  )
  for (let i = 0; i < 600; i++) push(1000 + 200 * i, 5, verdict(0.6))
  t.equal(finder.found.length, 500)
  t.equal(finder.dropped, 102)
  t.end()
})

test('an event is said in one sentence with figures', (t) => {
  const base = {
    fromRow: 4,
    toRow: 6,
    fromTime: '',
    toTime: '',
    score: 0.9,
    peakRow: 5,
    low: 1,
    high: 2
  }
  t.match(
    eventSentence({ ...base, peakValue: 3.24159 }),
    /3\.242 at row 5 lies above .* 1 to 2 \(3 rows\)/
  )
  t.match(eventSentence({ ...base, peakValue: 0.5 }), /below/)
  t.match(eventSentence({ ...base, peakValue: 1.5 }), /stay within/)
  t.match(
    eventSentence({ ...base, toRow: 4, low: null, high: null, peakValue: 1 }),
    /no like .*one row/
  )
  t.same([12345.6, 1e9, 0.00001, 0].map(figure), ['12346', '1.000e+9', '1.000e-5', '0'])
  t.end()
})
