// Every kind of report in every format, with names and texts that try to become markup, links or formulas.

import { parse } from 'csv-parse/sync'
import { Parser } from 'htmlparser2'
import { test } from 'tap'
import { REPORT_KINDS, Report } from '../../contract/index.ts'
import { escapeCsv, escapeHtml, escapeMarkdown } from './escape.ts'
import { EVIL, logsSample, machinesSample, SAMPLES, textSample } from './fixtures/sample-reports.ts'
import { confidenceWord, dateTime, duration, headline, reading } from './format-figures.ts'
import { REPORT_FORMATS, REPORT_MEDIA_TYPES, renderReport } from './render-report.ts'
import { reachesSeverity, reportSeverity } from './report-severity.ts'
import { seriesChart } from './svg-charts.ts'

/** Names of all elements and attributes of a page, and whether its tags are closed. */
function elementsOf(html: string): { names: Set<string>; attributes: Set<string>; open: string[] } {
  const names = new Set<string>()
  const attributes = new Set<string>()
  const open: string[] = []
  const parser = new Parser({
    onopentag(name, given) {
      names.add(name)
      open.push(name)
      for (const key of Object.keys(given)) attributes.add(key)
    },
    onclosetag: (name) => void open.splice(open.lastIndexOf(name), 1)
  })
  parser.write(html)
  parser.end()
  return { names, attributes, open }
}

for (const kind of REPORT_KINDS) {
  test(`${kind}: no format lets a name or text become markup`, async (t) => {
    for (const format of REPORT_FORMATS) {
      const text = renderReport(SAMPLES[kind], format)
      t.ok(text.endsWith('\n'), `${format} ends its last line`)
      if (format === 'html' || format === 'md') t.notMatch(text, /<script/i, format)
    }
  })

  test(`${kind}: the page is whole, needs no script and asks nobody`, async (t) => {
    const html = renderReport(SAMPLES[kind], 'html')
    const { names, attributes, open } = elementsOf(html)
    t.strictSame(open, [])
    for (const name of ['script', 'img', 'iframe', 'object', 'form', 'a'])
      t.notOk(names.has(name), name)
    for (const name of attributes) t.notMatch(name, /^(?:on|src$)/)
    t.notMatch(html.replace(/<link[^>]*>/, ''), /url\(|@import|href=/)
    t.match(html, /<html lang="en">/)
    t.match(html, /prefers-color-scheme:dark/)
    t.match(html, /@media print/)
    t.match(html, /<title>[^<]+<\/title>/)
  })

  test(`${kind}: JSON comes back as the same report, CSV as its findings`, async (t) => {
    const report = SAMPLES[kind]
    t.strictSame(Report.parse(JSON.parse(renderReport(report, 'json'))), report)
    const rows = parse(renderReport(report, 'csv'), { columns: true }) as Record<string, string>[]
    t.equal(rows.length, report.findings.length)
    t.equal(rows[0]?.['id'], report.findings[0]?.id)
    for (const row of rows) for (const cell of Object.values(row)) t.notMatch(cell, /^[=+@\t\r]/)
  })
}

test('a text report shows summary, quoted findings with their place, and what failed', async (t) => {
  const html = renderReport(textSample, 'html')
  t.match(html, /Sentence 2, results/)
  t.match(html, /class="r-results"/)
  t.match(html, /Could not be read/)
  const markdown = renderReport(textSample, 'md')
  t.match(markdown, /It leaks &lt;script&gt;/)
  t.match(markdown, /\(sentence 2, 0\.80\)/)
  t.match(markdown, /It is damaged\./)
})

test('a log report shows its timeline, templates up to a bound, and lines as evidence', async (t) => {
  const html = renderReport(logsSample, 'html')
  t.match(html, /4 unusual lines marked/)
  t.match(html, /1 more in the JSON report/)
  t.match(html, /2 more in the JSON report/)
  t.match(html, /<code>disk error/)
  t.match(renderReport(logsSample, 'md'), /101 more in the JSON report/)
  const quiet = {
    ...logsSample,
    findings: [],
    figures: {
      ...logsSample.figures,
      anomalies: [],
      timeline: { ...logsSample.figures.timeline, axis: 'line' as const }
    }
  }
  t.match(renderReport(quiet, 'html'), /Nothing unusual was found/)
  t.match(renderReport(quiet, 'html'), /stretches of lines/)
  t.match(renderReport(quiet, 'md'), /Nothing unusual was found/)
})

test('a machine report shows charts with gaps, events and figures', async (t) => {
  const html = renderReport(machinesSample, 'html')
  t.match(html, /class="event"/)
  t.match(html, /10 more in the JSON report/)
  const [series] = machinesSample.figures.series
  if (series) t.match(seriesChart(series, []), /class="data" d="M0 [\d.]+M960/, 'a gap stays a gap')
  t.match(renderReport(machinesSample, 'md'), /input 100, bearing/)
  const calm = {
    ...machinesSample,
    limits: [],
    inputs: [],
    findings: [],
    figures: { ...machinesSample.figures, events: [] }
  }
  t.notMatch(renderReport(calm, 'html'), /What to know|Sources|>Events</)
  t.notMatch(renderReport(calm, 'md'), /What to know|Models|## Events/)
  t.match(renderReport({ ...calm, models: textSample.models }, 'html'), /Sources/)
})

test('cells that a spreadsheet would run are made text', async (t) => {
  for (const start of ['=', '+', '-', '@', '\t', '\r']) t.match(escapeCsv(`${start}1+1`), /^"?'/)
  t.equal(escapeCsv('a "b", c'), '"a ""b"", c"')
  t.equal(escapeCsv('two\nlines'), '"two\nlines"')
  t.equal(escapeCsv(-3.5), '-3.5')
  t.equal(escapeCsv(null), '')
})

test('Markdown and HTML are escaped in every place', async (t) => {
  t.equal(
    escapeMarkdown('# a *b* [c](http://d) `e` |f| <g>\n- h'),
    '\\# a \\*b\\* \\[c\\](http\u200b://d) \\`e\\` \\|f\\| &lt;g&gt; - h'
  )
  t.equal(escapeMarkdown('1. one'), '\\1. one')
  t.equal(escapeHtml(`"'&${EVIL}`), '&quot;&#39;&amp;&lt;script&gt;alert(1)&lt;/script&gt;')
  t.equal(escapeHtml('a\u202eb\u0000c\n'), 'a\ufffdb\ufffdc\n')
})

test('the gravest finding decides', async (t) => {
  t.equal(reportSeverity(logsSample), 'critical')
  t.equal(reportSeverity({ ...logsSample, findings: [] }), null)
  t.ok(reachesSeverity(textSample, 'low'))
  t.ok(reachesSeverity(textSample, 'info'))
  t.notOk(reachesSeverity(textSample, 'medium'))
  t.notOk(reachesSeverity({ ...textSample, findings: [] }, 'info'))
})

test('figures read the same everywhere', async (t) => {
  t.equal(dateTime(0), '1970-01-01 00:00 UTC')
  t.strictSame(
    [duration(90), duration(4200), duration(200_000)],
    ['90\u202fms', '4.2\u202fs', '3\u202fmin']
  )
  t.strictSame(
    [reading(null), reading(-0.5), reading(48.25), reading(6200.4)],
    ['–', '\u22120.5', '48.3', '6,200']
  )
  t.strictSame([0.9, 0.5, 0.1].map(confidenceWord), ['high', 'medium', 'low'])
  t.equal(headline(textSample), '1 finding from 2 documents with 3 sentences; 1 could not be read.')
  t.equal(headline(machinesSample), '1 finding in 100 rows of 2 series.')
  t.strictSame(Object.keys(REPORT_MEDIA_TYPES), [...REPORT_FORMATS])
})
