// The middle of an HTML report, one function a kind.

import {
  type DocumentResult,
  type LogsReport,
  type MachinesReport,
  SENTENCE_ROLES,
  type TextReport
} from '../../contract/index.ts'
import { escapeHtml as h } from './escape.ts'
import { count, counted, duration, reading } from './format-figures.ts'
import { confidenceMeter, findingList, section, table } from './html-parts.ts'
import { roleStrip, seriesChart, sparkline, timelineBars } from './svg-charts.ts'

/** Series that get a chart; the others stand in the table. */
const MOST_CHARTS = 24

/** What failed comes first: a reader must not take silence for an answer. */
export function textBody(report: TextReport): string {
  const { documents, failures } = report.figures
  const failed = failures.map(({ name, code, sentence }) => [
    h(name),
    h(sentence),
    `<code>${h(code)}</code>`
  ])
  return [
    ...(failed.length > 0
      ? [section('Could not be read', table([['Document'], ['Why'], ['Code']], failed))]
      : []),
    ...documents.map((document) => documentSection(document, report))
  ].join('')
}

/** What the shades of the strip mean; words beside colours. */
const LEGEND = [
  ...SENTENCE_ROLES.map((role) => `<i class="key k-${role}"></i>${role}`),
  '<i class="key k-tick"></i>finding'
].join('')

/** Summary, quoted findings with their place, and the roles along the document. */
function documentSection(document: DocumentResult, report: TextReport): string {
  const name = report.inputs[document.input]?.name ?? document.title
  const facts = `${name}, ${counted(document.words, 'word')}, ${counted(document.sentences.length, 'sentence')}`
  const findings = document.keyFindings.map(({ sentence, score, text }) => {
    const { role = 'other' } = document.sentences[sentence] ?? {}
    const place = `Sentence ${count(sentence + 1)}, ${role}`
    return `<li><div>${confidenceMeter(Math.min(1, Math.max(0, score)))}</div><div><q><mark>${h(text)}</mark></q><div class="muted">${place}</div></div></li>`
  })
  return section(
    document.title,
    `<p class="muted">${h(facts)}</p><h3>Summary</h3><p class="source">${h(document.summaryText)}</p>` +
      `<h3>Key findings, quoted from the source</h3><ul class="found">${findings.join('')}</ul>` +
      `<figure class="strip">${roleStrip(document)}<figcaption>${LEGEND}</figcaption></figure>`
  )
}

/** The timeline first, since bursts are seen before they are read. */
export function logsBody(report: LogsReport): string {
  const { lines, linesPerSecond, durationMs, timeline, templates, anomalies } = report.figures
  const odd = timeline.unusual.reduce((sum, value) => sum + value, 0)
  const caption = `${counted(lines, 'line')} in ${count(timeline.lines.length)} equal stretches of ${timeline.axis === 'time' ? 'time' : 'lines'}; the fullest has ${count(Math.max(0, ...timeline.lines))}. ${counted(odd, 'unusual line')} marked.`
  const bars = timelineBars({ values: timeline.lines, marked: timeline.unusual, title: caption })
  const ranked = templates.map((template) => [
    count(template.count),
    sparkline(template.timeline, `Lines of ${template.id} over the whole log`),
    h(template.level),
    `<code>${h(template.template)}</code>`,
    `${count(template.firstLine)}–${count(template.lastLine)}`
  ])
  const unusual = anomalies.map(({ kind, template, score, reason, lines: at }) => [
    h(kind),
    score.toFixed(2),
    `${h(reason)}<br><code>${h(template)}</code>`,
    at.slice(0, 3).map(count).join(', ')
  ])
  return [
    section('Timeline', `<figure>${bars}<figcaption>${h(caption)}</figcaption></figure>`),
    section('Findings', findingList(report.findings, report)),
    ...(unusual.length > 0
      ? [section('Unusual', table([['Kind'], ['Score', true], ['What'], ['Lines', true]], unusual))]
      : []),
    section(
      'Templates',
      `<p class="muted">${h(`${counted(templates.length, 'template')}, read at ${count(Math.round(linesPerSecond))} lines a second in ${duration(durationMs)}.`)}</p>` +
        table(
          [['Lines', true], ['Over the log'], ['Level'], ['Template'], ['From–to', true]],
          ranked
        )
    )
  ].join('')
}

/** Charts in the order of their highest score. */
export function machinesBody(report: MachinesReport): string {
  const { series, events } = report.figures
  const charts = [...series]
    .sort((a, b) => b.peakScore - a.peakScore)
    .slice(0, MOST_CHARTS)
    .map((one) => {
      const own = events.filter((event) => event.series === one.name)
      const caption = `${one.name}: ${reading(one.min)} to ${reading(one.max)}, ${counted(own.length, 'event')}, highest score ${one.peakScore.toFixed(2)}`
      return `<figure>${seriesChart(one, own)}<figcaption>${h(caption)}</figcaption></figure>`
    })
  const rows = series.map((one) => [
    h(one.name),
    reading(one.min),
    reading(one.mean),
    reading(one.max),
    count(one.missing),
    one.peakScore.toFixed(2)
  ])
  const told = events.map((event) => [
    h(event.series),
    `${h(event.fromTime)}<br>${h(event.toTime)}`,
    event.score.toFixed(2),
    h(event.reason)
  ])
  return [
    section('Findings', findingList(report.findings, report)),
    ...(told.length > 0
      ? [section('Events', table([['Series'], ['From, to'], ['Score', true], ['Why']], told))]
      : []),
    section('Series', charts.join('')),
    section(
      'Figures',
      table(
        [
          ['Series'],
          ['Minimum', true],
          ['Mean', true],
          ['Maximum', true],
          ['Missing', true],
          ['Highest score', true]
        ],
        rows
      )
    )
  ].join('')
}
