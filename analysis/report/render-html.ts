// A report as one HTML file that needs nothing else: no script, no request, readable in light and dark and on
// paper. A content policy forbids what it does not need.

import type { Report } from '../../contract/index.ts'
import { escapeHtml as h } from './escape.ts'
import { count, dateTime, duration, headline, TITLES } from './format-figures.ts'
import { logsBody, machinesBody, textBody } from './html-bodies.ts'
import { section, table } from './html-parts.ts'
import { STYLE } from './html-style.ts'

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
const MOST_INPUTS = 50

/** A complete HTML document. */
export function renderHtml(report: Report): string {
  const title = TITLES[report.kind]
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`,
    '<meta name="viewport" content="width=device-width,initial-scale=1"><link rel="icon" href="data:,">',
    `<title>${h(title)}, ${h(dateTime(report.createdAt))}</title><style>${STYLE}</style></head><body><main>`,
    `<header><span class="muted">Nearside, device ${h(report.device)}, ${h(dateTime(report.createdAt))}</span>`,
    `<h1>${h(title)}</h1><p class="lead">${h(headline(report))}</p></header>`,
    bodyOf(report),
    limits(report),
    provenance(report),
    `<footer>Made on the device in ${h(duration(report.figures.durationMs))}. Nothing left it.</footer></main></body></html>\n`
  ].join('')
}

function bodyOf(report: Report): string {
  if (report.kind === 'text') return textBody(report)
  return report.kind === 'logs' ? logsBody(report) : machinesBody(report)
}

/** Limits stand in the open, not in a footnote. */
function limits(report: Report): string {
  if (report.limits.length === 0) return ''
  return section('What to know', report.limits.map((limit) => `<p>${h(limit)}</p>`).join(''))
}

/** What went in, by digest, and which model read it. */
function provenance(report: Report): string {
  const models = report.models.map((model) =>
    h(`${model.name} ${model.version}, ${model.precision} on ${model.rung}`)
  )
  const rows = report.inputs
    .slice(0, MOST_INPUTS)
    .map(({ name, bytes, sha256 }) => [h(name), count(bytes), `<code>${h(sha256)}</code>`])
  const rest = report.inputs.length - rows.length
  const more = rest > 0 ? `<p class="muted">${count(rest)} more in the JSON report.</p>` : ''
  const used = models.length > 0 ? `<p>Model: ${models.join('; ')}.</p>` : ''
  if (rows.length === 0) return used === '' ? '' : section('Sources', used)
  return section('Sources', used + table([['Input'], ['Bytes', true], ['SHA-256']], rows) + more)
}
