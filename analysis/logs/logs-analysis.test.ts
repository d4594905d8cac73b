// The log analysis from lines to report, its signs of trouble, sessions and causes.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { test } from 'tap'
import { LogsReport } from '../../contract/index.ts'
import type { AnalysisPorts } from '../definition.ts'
import { durationText, findAnomalies, unusualPerBin } from './find-anomalies.ts'
import { type CollectedLog, LogCollector } from './log-collector.ts'
import { createLogMiner } from './log-miner.ts'
import { LogsOptions, logsAnalysis } from './logs-analysis.ts'
import { RateChange, surpriseAbove, surpriseScore } from './rate-change.ts'
import { rankCauses } from './root-cause.ts'
import { lineControllerLog } from './samples/line-controller.ts'
import { parseSession, type Session, SessionSplitter, scoreSessions } from './score-sessions.ts'
import { SessionAnomaly } from './session-anomaly.ts'
import { levelFromWords, noisyOr, severityScore } from './severity-words.ts'

const SHARED = join(import.meta.dirname, '..', '..', '..', 'shared', 'data')

const collect = (lines: readonly string[], collector = new LogCollector()): CollectedLog => {
  for (const line of lines) collector.add(line)
  return collector.finish()
}

const stamp = (second: number): string =>
  new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString()
const sample = lineControllerLog().trimEnd().split('\n')

const ports: AnalysisPorts = {
  inference: { classifySentences: () => Promise.reject(new Error('not asked for')) },
  now: (() => {
    let at = 1_700_000_000_000
    return () => {
      at += 1000
      return at
    }
  })(),
  device: 'd1',
  inputs: () => [{ name: 'a.log', sha256: 'a'.repeat(64), bytes: 10 }]
}

async function* stretches(
  lines: readonly string[],
  size: number
): AsyncGenerator<readonly string[]> {
  for (let i = 0; i < lines.length; i += size) yield lines.slice(i, i + size)
}

const reportOf = async (
  lines: readonly string[],
  options: object = {},
  given = ports
): Promise<LogsReport> => {
  const request = {
    input: stretches(lines, 1000),
    total: null,
    options: LogsOptions.parse(options),
    resumed: []
  }
  let report: LogsReport | undefined
  for await (const step of logsAnalysis.run(request, given, new AbortController().signal)) {
    if (step.type === 'report') report = step.report
  }
  return LogsReport.parse(report)
}

test('the committed sample is what its script writes', async (t) => {
  t.equal(
    readFileSync(join(import.meta.dirname, 'samples', 'line-controller.log'), 'utf8'),
    lineControllerLog()
  )
})

test('the sample gives a report with templates, timeline and the burst of errors', async (t) => {
  const { findings, figures, limits } = await reportOf(sample)
  t.equal(figures.lines, 400)
  t.equal(figures.timeline.axis, 'time')
  t.equal(
    figures.timeline.lines.reduce((a, b) => a + b, 0),
    400
  )
  t.equal(
    figures.templates.reduce((sum, template) => sum + template.count, 0),
    400
  )
  for (const template of figures.templates) {
    t.equal(
      template.timeline.reduce((a, b) => a + b, 0),
      template.count
    )
  }
  t.equal(findings[0]?.severity, 'critical')
  t.match(findings[0]?.title, /Emergency stop/)
  t.ok(
    findings.some(({ title }) => /Burst of messages: Sealing bar temperature <\*> C/.test(title))
  )
  for (const finding of findings) {
    for (const evidence of finding.evidence) {
      t.ok(
        evidence.type === 'line' && sample[evidence.line - 1] === evidence.text,
        'evidence is a line of the log'
      )
    }
  }
  t.equal(limits.length, 1)
  t.ok(figures.timeline.unusual.some((count) => count > 0))
})

test('a calm log has no findings', async (t) => {
  const lines = Array.from(
    { length: 2000 },
    (_, i) => `${stamp(i)} INFO app: request ${i} served in ${(i * 13) % 90} ms`
  )
  const { findings, figures } = await reportOf(lines)
  t.same(findings, [])
  t.same(figures.anomalies, [])
})

test('options bound the report, and what was left out is said', async (t) => {
  const two = { ...ports, inputs: () => [...ports.inputs(), ...ports.inputs()] }
  const lines = Array.from({ length: 300 }, (_, i) => `${'step '.repeat(1 + (i % 30))}done`)
  const { figures, limits } = await reportOf(lines, { maxTemplates: 10, maxFindings: 1 }, two)
  t.equal(figures.templates.length, 10)
  t.equal(figures.timeline.axis, 'line')
  t.match(limits.join(' '), /counts lines.*through all inputs.*20 rarer templates/)
})

test('progress is told on the way and a cancelled run stops', async (t) => {
  const lines = Array.from({ length: 45_000 }, (_, i) => `tick ${i}`)
  const stop = new AbortController()
  const request = {
    input: stretches(lines, 5000),
    total: 45_000,
    options: LogsOptions.parse({}),
    resumed: []
  }
  const done: number[] = []
  const run = async (): Promise<void> => {
    for await (const step of logsAnalysis.run(request, ports, stop.signal)) {
      if (step.type === 'progress') done.push(step.done)
      if (done.length === 2) stop.abort()
    }
  }
  await t.rejects(run())
  t.same(done, [20_000, 40_000])
})

test('the timeline widens, broken clocks and blank lines do no harm', async (t) => {
  const lines = Array.from({ length: 500 }, (_, i) => `${stamp(i * 3600)} INFO app: hour ${i}`)
  lines[450] = '2999-01-01T00:00:00Z INFO app: far ahead 1'
  lines[451] = '1999-01-01T00:00:00Z INFO app: far behind 1'
  lines.push('', '   ')
  const log = collect(lines)
  t.equal(log.lines, 502)
  t.ok(log.timeline.lines.length <= 120)
  t.equal(
    log.timeline.lines.reduce((a, b) => a + b, 0),
    502
  )
  t.equal(log.timeline.binSize % 1000, 0)
  t.equal(
    log.templates.reduce((sum, template) => sum + template.count, 0),
    500
  )
})

test('silence and late templates are found, usual errors are not', async (t) => {
  const lines: string[] = []
  for (let i = 0; i < 1200; i++) {
    lines.push(`${stamp(i)} INFO app: cycle ${i} complete`)
    if (i < 700) lines.push(`${stamp(i)} INFO net: heartbeat ${i} answered`)
    if (i % 4 === 0) lines.push(`${stamp(i)} ERROR disk: retry ${i} failed`)
    if (i === 1000) lines.push(`${stamp(i)} WARN fan: speed sensor drifts`)
  }
  const log = collect(lines)
  const anomalies = findAnomalies(log)
  const textOf = (id: string): string =>
    log.templates.find((template) => template.id === id)?.text ?? ''
  const kinds = anomalies.map(({ kind, template }) => `${kind} ${textOf(template)}`).sort()
  t.same(kinds, ['new-template speed sensor drifts', 'silence heartbeat <*> answered'])
  t.match(
    anomalies.find(({ kind }) => kind === 'silence')?.reason,
    /no longer seen, usually \d+ in/
  )
  t.equal(
    unusualPerBin(log, anomalies).reduce((a, b) => a + b, 0),
    1
  )
})

test('durations read well', async (t) => {
  t.same([8_000, 1_020_000, 10_800_000, 259_200_000].map(durationText), [
    '8 s',
    '17 min',
    '3 h',
    '3 d'
  ])
})

test('a rate is judged against its own past', async (t) => {
  const calm = new RateChange()
  for (let i = 0; i < 50; i++) t.equal(calm.observe(10 + (i % 3)), undefined)
  t.ok(Math.abs(calm.usual - 11) < 1)
  const burst = calm.observe(200)
  t.equal(burst?.kind, 'burst')
  t.ok((burst?.score ?? 0) > 0.9)
  const restored = RateChange.load(JSON.parse(JSON.stringify(calm.save())))
  t.equal(restored.observe(200)?.kind, 'burst')
  const silent = Array.from({ length: 6 }, () => calm.observe(0)).filter((finding) => finding)
  t.equal(silent.length, 1, 'silence is told once')
  t.equal(silent[0]?.kind, 'silence')
  calm.observe(11)
  t.ok(
    Array.from({ length: 6 }, () => calm.observe(0)).some((finding) => finding?.kind === 'silence')
  )
})

test('a slow rise is found by its drift', async (t) => {
  const rate = new RateChange()
  for (let i = 0; i < 60; i++) rate.observe(i % 2 === 0 ? 4 : 16)
  const found = Array.from({ length: 60 }, () => rate.observe(24)).find((finding) => finding)
  t.equal(found?.kind, 'burst')
  t.equal(RateChange.load([]).observe(500), undefined, 'nothing is judged before the warm-up')
})

test('surprise and its score', async (t) => {
  t.equal(surpriseAbove(3, 5), 0)
  t.ok(surpriseAbove(50, 5) > 20)
  t.equal(surpriseScore(2), 0)
  t.ok(surpriseScore(30) > 0.99)
})

test('severity comes from level and words', async (t) => {
  t.ok(severityScore('all fine', 'info') === 0)
  t.ok(severityScore('all fine', 'fatal') >= 0.9)
  t.ok(severityScore('kernel panic', 'info') >= 0.7)
  t.ok(severityScore('connection refused', 'unknown') >= 0.4)
  t.equal(severityScore('finished with 0 errors', 'info'), 0)
  t.same(['core dumped', 'java.io.IOException thrown', 'ready'].map(levelFromWords), [
    'fatal',
    'error',
    'unknown'
  ])
  t.equal(noisyOr([0.5, 0.5]), 0.75)
  t.equal(noisyOr([2, -1]), 1)
})

test('causes: what is new and early in the failing stretch comes first', async (t) => {
  const causes = rankCauses(collect(sample))
  t.match(causes[0]?.template, /Sealing bar temperature/)
  t.same(
    causes.map(({ rank }) => rank),
    causes.map((_, i) => i + 1)
  )
  t.equal(sample[(causes[0]?.evidence[0]?.line ?? 0) - 1], causes[0]?.evidence[0]?.text)
  t.same(rankCauses(collect(Array.from({ length: 100 }, (_, i) => `all well ${i}`))), [])
})

test('causes against a log of normal running', async (t) => {
  const normal = new LogCollector()
  collect(sample.slice(0, 270), normal)
  const miner = createLogMiner()
  miner.restore(normal.miner.snapshot())
  const log = collect(sample.slice(260, 330), new LogCollector(miner))
  t.equal(log.linesBefore, 270)
  const causes = rankCauses(log)
  t.match(causes[0]?.template, /Sealing bar temperature/)
  t.notOk(causes.some(({ template }) => /Label/.test(template)))
})

const session = (name: string, ...lines: string[]): Session => ({ session: name, lines })
const normalSessions = Array.from({ length: 40 }, (_, i) =>
  session(
    `n${i}`,
    `open block blk_${i}`,
    `write blk_${i} 10 bytes`,
    ...(i % 2 ? [`write blk_${i} 12 bytes`] : []),
    `close block blk_${i}`
  )
)

test('sessions: never-seen events, other counts and other orders stand out, with reasons', async (t) => {
  const scores = scoreSessions(normalSessions, [
    session('same', 'open block blk_901', 'write blk_901 11 bytes', 'close block blk_901'),
    session('new', 'open block blk_902', 'checksum error in blk_902', 'close block blk_902'),
    session(
      'many',
      'open block blk_903',
      ...Array.from({ length: 9 }, () => 'write blk_903 1 bytes'),
      'close block blk_903'
    ),
    session('order', 'close block blk_904', 'write blk_904 1 bytes', 'open block blk_904'),
    session('cut', 'open block blk_905')
  ])
  const [same, fresh, many, order, cut] = scores
  t.equal(same?.score, 0)
  t.notOk(same?.anomaly)
  t.ok(fresh?.anomaly && many?.anomaly && cut?.anomaly)
  t.ok((order?.score ?? 0) > 0.3)
  t.match(fresh?.reasons[0], 'never-seen event: checksum error in <*>')
  t.match(many?.reasons.join('; '), /9 times instead of [12]: write/)
  t.match(many?.reasons.join('; '), /unusual length of 11 events/)
  t.match(order?.reasons.join('; '), /event sequences are new/)
  t.match(cut?.reasons.join('; '), /0 times instead of 1/)
})

test('sessions need a baseline, and rows must be sessions', async (t) => {
  t.throws(() => scoreSessions([], []), { code: 'NS_INPUT_EMPTY' })
  t.equal(scoreSessions([session('a', 'one')], [session('b', 'one')])[0]?.score, 0)
  t.same(parseSession('{"session":"a","lines":["x"]}', 'in, line 1,'), session('a', 'x'))
  for (const row of ['{', '{"session":1,"lines":[]}', '{"session":"a","lines":[1]}', 'null']) {
    t.throws(() => parseSession(row, 'in, line 1,'), {
      code: 'NS_INPUT_FORMAT',
      message: /^in, line 1, is no session/
    })
  }
})

test('raw lines are gathered by the id they carry, or into windows', async (t) => {
  const lines = ['open blk_1', 'open blk_-2', 'note', 'close blk_1', 'close blk_-2']
  const splitter = new SessionSplitter(lines)
  for (const line of lines) splitter.add(line)
  t.same(splitter.finish(), [
    session('blk_1', 'open blk_1', 'close blk_1'),
    session('blk_-2', 'open blk_-2', 'close blk_-2')
  ])
  const plain = new SessionSplitter(['a', 'b'])
  for (let i = 0; i < 150; i++) plain.add(`line ${i}`)
  t.same(
    plain.finish().map(({ session: name, lines: own }) => [name, own.length]),
    [
      ['lines 1-100', 100],
      ['lines 101-200', 50]
    ]
  )
  const named = new SessionSplitter(['request=r1 a', 'request=r2 b'])
  named.add('request=r1 again')
  t.equal(named.finish()[0]?.session, 'r1')
})

/** Area under precision and recall, ties in the worst order. */
function averagePrecision(rows: readonly { score: number; bad: boolean }[]): number {
  const sorted = rows.toSorted((a, b) => b.score - a.score || Number(a.bad) - Number(b.bad))
  let hits = 0
  let sum = 0
  sorted.forEach(({ bad }, i) => {
    if (bad) sum += ++hits / (i + 1)
  })
  return sum / hits
}

const hdfs = join(SHARED, 'log-sessions-ait', 'hdfs_logdeep')

test('sessions of a real system are told apart', {
  skip: !existsSync(hdfs) && '../shared/data/log-sessions-ait is absent'
}, async (t) => {
  const read = (name: string): number[][] =>
    gunzipSync(readFileSync(join(hdfs, name)))
      .toString()
      .trimEnd()
      .split('\n')
      .map((row) => row.trim().split(' ').map(Number))
  const normal = read('hdfs_train.gz')
  const bad = read('hdfs_test_abnormal.gz').filter((_, i) => i % 40 === 0)
  const model = new SessionAnomaly(
    normal.filter((_, i) => i % 3 !== 0),
    String
  )
  const rows = [
    ...normal
      .filter((_, i) => i % 3 === 0)
      .map((events) => ({ score: model.score(events).score, bad: false })),
    ...bad.map((events) => ({ score: model.score(events).score, bad: true }))
  ]
  t.ok(averagePrecision(rows) > 0.98)
})
