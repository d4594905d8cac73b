// The log analysis from lines to report, its signs of trouble, sessions and causes.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
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
import { levelFromWords, noisyOr, severityScore } from './severity-words.ts'

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

test('counts, examples and bins stay right when crowded messages are collapsed', async (t) => {
  const word = (i: number): string =>
    String.fromCharCode(97 + (i % 26), 97 + (Math.floor(i / 26) % 26))
  const lines = Array.from(
    { length: 600 },
    (_, i) => `${stamp(i)} WARN auth: login of user ${word(i)}q refused today`
  )
  const { templates } = collect(lines)
  t.equal(templates.length, 1)
  const [template] = templates
  t.match(template, { text: 'login of user <*> refused today', count: 600, level: 'warning' })
  t.match(template?.stats, { firstLine: 1, lastLine: 600 })
  t.same(
    template?.stats.examples.map(({ line }) => line),
    [1, 2, 3]
  )
  t.equal(
    template?.stats.bins.reduce((a, b) => a + b, 0),
    600
  )
})

test('the fullest bin of a template keeps one of its lines as evidence', async (t) => {
  const lines = Array.from({ length: 300 }, (_, i) => `${stamp(i * 60)} INFO app: cycle ${i} done`)
  for (let i = 0; i < 40; i++) lines.push(`${stamp(18_000)} INFO app: cycle ${i} done`)
  const { templates } = collect(lines)
  t.ok((templates[0]?.stats.peak?.line ?? 0) > 300)
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
