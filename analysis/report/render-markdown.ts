// A report as Markdown, for tickets, mails and version control.

import type {
  Finding,
  LogsReport,
  MachinesReport,
  Report,
  TextReport
} from '../../contract/index.ts'
import { escapeMarkdown as e } from './escape.ts'
import {
  count,
  counted,
  dateTime,
  duration,
  headline,
  placeOf,
  reading,
  saidBy,
  TITLES
} from './format-figures.ts'

/** Rows of a long table that are printed; the JSON report holds all. */
const MOST_ROWS = 200

/** Markdown (CommonMark with tables). */
export function renderMarkdown(report: Report): string {
  const parts = [
    `# ${TITLES[report.kind]}`,
    headline(report),
    `*${dateTime(report.createdAt)}, device ${e(report.device)}*`,
    ...(report.kind === 'text' ? documents(report) : findings(report.findings, report)),
    ...(report.kind === 'logs' ? templates(report) : []),
    ...(report.kind === 'machines' ? series(report) : []),
    ...list('What to know', report.limits.map(e)),
    ...list(
      'Models',
      report.models.map((m) => e(`${m.name} ${m.version}, ${m.precision} on ${m.rung}`))
    )
  ]
  return `${parts.join('\n\n')}\n`
}

function list(title: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : [`## ${title}`, items.map((item) => `- ${item}`).join('\n')]
}

/** Each document with its summary and quoted findings, then what could not be read. */
function documents(report: TextReport): string[] {
  const { documents: results, failures } = report.figures
  return [
    ...results.flatMap((document) => [
      `## ${e(document.title)}`,
      `*${e(report.inputs[document.input]?.name ?? document.title)}, ${counted(document.words, 'word')}*`,
      e(document.summaryText),
      document.keyFindings
        .map(
          ({ text, sentence, score }) =>
            `- ${e(text)} *(sentence ${count(sentence + 1)}, ${score.toFixed(2)})*`
        )
        .join('\n')
    ]),
    ...list(
      'Could not be read',
      failures.map(({ name, sentence }) => `${e(name)}: ${e(sentence)}`)
    )
  ]
}

/** Findings with up to three pieces of evidence each. */
function findings(all: readonly Finding[], report: Report): string[] {
  if (all.length === 0) return ['## Findings', 'Nothing unusual was found.']
  return [
    '## Findings',
    ...all.map((finding) => {
      const proof = finding.evidence.slice(0, 3)
      const quotes = proof.map((piece) => `> ${e(placeOf(piece, report))}: ${e(saidBy(piece))}`)
      const head = `**${finding.severity}: ${e(finding.title)}.** ${e(finding.text)}`
      return [head, ...(quotes.length > 0 ? [quotes.join('\n>\n')] : [])].join('\n\n')
    })
  ]
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const shown = rows.slice(0, MOST_ROWS)
  const more =
    rows.length > shown.length
      ? `\n\n${count(rows.length - shown.length)} more in the JSON report.`
      : ''
  return [line(head), line(head.map(() => '---')), ...shown.map(line)].join('\n') + more
}

/** Templates in the order of the report. */
function templates({ figures }: LogsReport): string[] {
  const rows = figures.templates.map((t) => [
    count(t.count),
    t.level,
    e(t.template),
    `${t.firstLine}–${t.lastLine}`
  ])
  return [
    '## Templates',
    `${counted(figures.lines, 'line')} in ${duration(figures.durationMs)}.`,
    table(['Lines', 'Level', 'Template', 'From–to line'], rows)
  ]
}

/** Events first, then the figures of every series. */
function series({ figures }: MachinesReport): string[] {
  const rows = figures.series.map((one) => [
    e(one.name),
    reading(one.min),
    reading(one.mean),
    reading(one.max),
    count(one.missing),
    one.peakScore.toFixed(2)
  ])
  const events = figures.events.map((event) => [
    e(event.series),
    `${e(event.fromTime)} – ${e(event.toTime)}`,
    event.score.toFixed(2),
    e(event.reason)
  ])
  return [
    ...(events.length > 0
      ? ['## Events', table(['Series', 'Time', 'Score', 'Reason'], events)]
      : []),
    '## Series',
    table(['Series', 'Minimum', 'Mean', 'Maximum', 'Missing', 'Highest score'], rows)
  ]
}
