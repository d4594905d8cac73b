// A benchmark as one HTML file that needs nothing else: no script, no request, readable in light and dark, on a
// phone and on paper. It answers what the GPU gains and from which setting.

import { escapeHtml as h } from '../../analysis/index.ts'
import type { BenchmarkCell, BenchmarkReport, Measured } from '../../contract/index.ts'
import { latencyChart, speedUpBars } from './benchmark-bars.ts'
import { baselineOf, withinGoal } from './benchmark-cells.ts'
import type { ComparedCell, Comparison } from './benchmark-compare.ts'
import { dateTime, exact, figure, gigabytes, plusMinus, range } from './benchmark-figures.ts'
import { heatGrid } from './benchmark-grid.ts'
import { settingName } from './benchmark-plan.ts'
import { ratio } from './benchmark-statistics.ts'
import { BENCHMARK_STYLE } from './benchmark-style.ts'

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
/** U+202F between a figure and its unit. */
const THIN = '\u202f'

/**
 * A complete HTML document.
 * @public
 */
export function benchmarkHtml(report: BenchmarkReport, comparison?: Comparison): string {
  const title = titleOf(report)
  const sections = [
    comparison ? compared(comparison) : '',
    grids(report),
    section('Speed-up', speedUpBars(report)),
    curve(report),
    everyFigure(report),
    machineFacts(report)
  ]
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`,
    '<meta name="viewport" content="width=device-width,initial-scale=1"><link rel="icon" href="data:,">',
    `<title>${h(title)}, ${h(dateTime(report.startedAt))}</title><style>${BENCHMARK_STYLE}</style></head><body><main>`,
    header(title, report),
    sections.join(''),
    '<footer>Measured on this machine. Nothing left it.</footer></main></body></html>\n'
  ].join('')
}

const onGpu = ({ setting }: BenchmarkCell): boolean => setting.rung !== 'cpu'

function titleOf({ model, version, cells }: BenchmarkReport): string {
  const name = `${model} ${version}`
  return cells.some((cell) => onGpu(cell) && cell.throughput !== null)
    ? `What ${name} gains from the GPU`
    : `How fast ${name} runs here`
}

const section = (title: string, body: string, kind = ''): string =>
  body === '' ? '' : `<section${kind}><h2>${h(title)}</h2>${body}</section>`

function header(title: string, report: BenchmarkReport): string {
  const [lead = '', ...rest] = report.findings
  const measuredCells = report.cells.filter(({ throughput }) => throughput !== null).length
  const state = {
    running: ', still running',
    cancelled: ', cancelled',
    failed: ', failed',
    done: ''
  }
  const facts = `${dateTime(report.startedAt)}, ${exact(measuredCells)} of ${exact(report.cells.length)} settings measured${state[report.state]}`
  const items = rest.map((finding) => `<li>${h(finding)}</li>`).join('')
  return (
    `<header><span class="muted">Nearside benchmark, ${h(facts)}</span><h1>${h(title)}</h1>` +
    `<p class="lead">${h(lead)}</p>${keyFigures(report)}<ul class="found">${items}</ul></header>`
  )
}

/** The best setting in figures, and what it gains. */
function keyFigures(report: BenchmarkReport): string {
  const best = report.cells.find(({ id }) => id === report.best)
  if (!best?.throughput || !best.p95Ms) return ''
  const base = baselineOf(report.cells.filter(({ throughput }) => throughput !== null))
  const cpu = withinGoal(report).find((cell) => !onGpu(cell))
  const gains: [string, Measured | null][] = [
    ['against the best CPU setting', onGpu(best) ? (cpu?.throughput ?? null) : null],
    ['against single rows on the CPU', base && base.id !== cpu?.id ? base.throughput : null]
  ]
  const keys = [
    key('rows a second', figure(best.throughput.value), plusMinus(best.throughput)),
    key('p95 of a batch', `${figure(best.p95Ms.value)}${THIN}ms`, plusMinus(best.p95Ms)),
    ...gains.flatMap(([name, other]) => {
      if (!other || !best.throughput || other === best.throughput) return []
      const gain = ratio(best.throughput, other)
      return [key(name, `${figure(gain.value)}${THIN}×`, gain.low === null ? '' : rangeOf(gain))]
    }),
    ...(best.joulesPer1000 === null
      ? []
      : [key('for 1,000 rows', `${figure(best.joulesPer1000)}${THIN}J`, '')])
  ]
  return `<dl class="keys">${keys.join('')}</dl>`
}

const rangeOf = ({ low, high }: Measured): string => `${figure(low ?? 0)}–${figure(high ?? 0)}`

const key = (name: string, value: string, spread: string): string =>
  `<div><dt>${h(name)}</dt><dd>${h(value)} <small>${h(spread)}</small></dd></div>`

function grids(report: BenchmarkReport): string {
  const { latencyGoalMs } = report
  const energy = report.cells.some(({ joulesPer1000 }) => joulesPer1000 !== null)
  return [
    section(
      'Throughput',
      heatGrid(report, {
        title: 'Throughput by setting and batch size',
        caption: 'Rows a second by setting and batch size; stronger is more.',
        value: ({ throughput }) => throughput
      })
    ),
    section(
      'Latency',
      heatGrid(report, {
        title: 'Latency by setting and batch size',
        caption: `Time within which 95 of 100 batches were answered, ms; stronger is slower. The goal is ${exact(latencyGoalMs)}${THIN}ms.`,
        brief: true,
        value: ({ p95Ms }) => p95Ms,
        goal: latencyGoalMs
      })
    ),
    energy
      ? section(
          'Energy',
          heatGrid(report, {
            title: 'Energy by setting and batch size',
            caption: 'Energy of 1,000 rows, J; stronger is more.',
            brief: true,
            value: ({ joulesPer1000: value, throughput }) =>
              value === null ? null : { value, low: throughput?.low ?? null, high: null }
          })
        )
      : ''
  ].join('')
}

function curve(report: BenchmarkReport): string {
  const chart = latencyChart(report)
  if (chart === '') return ''
  const caption =
    'For each rung the executors of its best setting; dots are batch sizes, the smallest at the left. Both axes by ratio.'
  return section(
    'Latency over throughput',
    `<figure><div class="wide" tabindex="0" role="region" aria-label="Latency over throughput">${chart}</div><figcaption>${caption}</figcaption></figure>`
  )
}

type Column = readonly [head: string, isFigure?: boolean]

/** A table of cells that are HTML already; a column without any content is left out. */
function table(
  title: string,
  columns: readonly Column[],
  rows: readonly (readonly string[])[]
): string {
  const cls = (at: number): string => (columns[at]?.[1] ? ' class="n"' : '')
  const empty = new Set(
    columns.flatMap((_, at) => (rows.every((row) => (row[at] ?? '') === '') ? at : []))
  )
  if (empty.size > 0) {
    const without = <Item>(list: readonly Item[]) => list.filter((_, at) => !empty.has(at))
    return table(title, without(columns), rows.map(without))
  }
  const head = columns.map(([name], at) => `<th scope="col"${cls(at)}>${h(name)}</th>`).join('')
  const body = rows.map(
    (cells) =>
      `<tr>${cells.map((cell, at) => (at === 0 ? `<th scope="row">${cell}</th>` : `<td${cls(at)}>${cell}</td>`)).join('')}</tr>`
  )
  return `<div class="wide" tabindex="0" role="region" aria-label="${h(title)}"><table class="figures"><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table></div>`
}

const interval = (value: Measured | null): string =>
  value ? `${figure(value.value)} <span class="muted">${plusMinus(value)}</span>` : '–'
const plain = (value: number | null): string => (value === null ? '' : figure(value))
const percent = (value: number): string => `${exact(Math.round(value * 100))}${THIN}%`

/** The table view without the columns that this machine cannot fill: every measured figure, then what was not measured and why. */
function everyFigure(report: BenchmarkReport): string {
  const rows = report.cells
    .filter(({ throughput }) => throughput !== null)
    .map((cell) => [
      h(settingName(cell.setting)) + (cell.id === report.best ? ' <strong>(best)</strong>' : ''),
      interval(cell.throughput),
      interval(cell.p50Ms),
      interval(cell.p95Ms),
      interval(cell.p99Ms),
      cell.shares ? percent(cell.shares.compute) : '–',
      plain(cell.memoryMb),
      plain(cell.gpuMemoryMb),
      plain(cell.powerW),
      plain(cell.joulesPer1000),
      exact(cell.repeats),
      h(cell.sentence)
    ])
  if (rows.length === 0) return ''
  const names = ['rows/s', 'p50, ms', 'p95, ms', 'p99, ms', 'computing', 'MB', 'GPU MB', 'W']
  const more = ['J per 1,000', 'repeats']
  const columns: Column[] = [
    ['Setting'],
    ...[...names, ...more].map((name): Column => [name, true]),
    ['Note']
  ]
  const note = `<p class="muted">Means over repeats; ± is half of the 95 % confidence interval by Student's t. Each repeat ran in fresh executors, all settings in turn and in an order of its own, after a warm-up that does not count. Percentiles are by nearest rank: with fewer than 20 batches in a repeat, its p95 is its slowest batch. Latencies are those of a whole batch, asked one after the other by as many askers as there are executors. Computing is the share of the time inside the session; the rest is carrying tensors.</p>`
  return section('Every figure', note + table('Every figure', columns, rows), ' class="long"')
}

function compared({ sentence, cells }: Comparison): string {
  const columns: Column[] = [
    ['Setting'],
    ['before, rows/s', true],
    ['now, rows/s', true],
    ['times', true],
    ['p95 before, ms', true],
    ['p95 now, ms', true],
    ['Throughput']
  ]
  const row = (cell: ComparedCell): string[] => [
    h(settingName(cell.setting)),
    interval(cell.before),
    interval(cell.after),
    range(cell.change),
    interval(cell.p95BeforeMs),
    interval(cell.p95AfterMs),
    `<span class="${cell.verdict}">${cell.verdict}</span>`
  ]
  const decided = cells.filter(({ verdict }) => verdict !== 'undecided')
  const open = cells.filter(({ verdict }) => verdict === 'undecided')
  const part = (title: string, list: readonly ComparedCell[]): string =>
    list.length === 0 ? '' : table(title, columns, list.map(row))
  // What did not change is there for who asks, and no wall in front of the rest.
  const folded = part('Settings that are undecided', open)
  const body = `${part('Settings that changed', decided)}${folded === '' ? '' : `<details><summary>Undecided settings (${exact(open.length)})</summary>${folded}</details>`}`
  return section('Compared with the earlier run', `<p>${h(sentence)}</p>${body}`)
}

function machineFacts({ machine, shape }: BenchmarkReport): string {
  const facts: [string, string][] = [
    ['Processor', `${machine.cpu}, ${exact(machine.cores)} cores`],
    ['Memory', gigabytes(machine.memoryBytes)],
    ['GPUs', machine.gpus.join('; ') || 'none'],
    ['Driver', machine.driver ?? 'none'],
    ['Runtime', machine.runtime],
    ['System', machine.platform],
    ['Shape of a row', shape]
  ]
  const list = facts.map(([name, value]) => `<dt>${h(name)}</dt><dd>${h(value)}</dd>`).join('')
  return section('Machine and model', `<dl class="facts">${list}</dl>`)
}
