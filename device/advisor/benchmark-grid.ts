// The heat grid of a benchmark as an HTML table: a row for each setting but the batch, a column for each batch,
// shaded by a logarithmic slate scale. Every number is printed; a cell that could not run says why in its place.

import { escapeHtml as h } from '../../analysis/index.ts'
import type { BenchmarkCell, BenchmarkReport, Measured } from '../../contract/index.ts'
import { exact, figure } from './benchmark-figures.ts'
import { lineUpId, placeName, rungName, shareName } from './benchmark-plan.ts'

export interface GridOptions {
  readonly title: string
  /** HTML. */
  readonly caption: string
  /** Figure of a cell; null where it was not measured. */
  readonly value: (cell: BenchmarkCell) => Measured | null
  /** Figures above this are marked; for latencies. */
  readonly goal?: number
  /** Leaves out the rows in which nothing was measured; for a second grid of the same cells. */
  readonly brief?: boolean
}

const STEPS = 7

/** Step of the slate scale for a value between the ends, by ratio; 0 to 6. */
export function slateStep(value: number, least: number, most: number): number {
  if (!(least > 0) || !(most > least)) return 0
  const place = Math.log(value / least) / Math.log(most / least)
  return Math.min(STEPS - 1, Math.max(0, Math.floor(place * STEPS)))
}

interface Grid extends GridOptions {
  readonly least: number
  readonly most: number
  readonly batches: readonly number[]
  readonly best: string | null
}

/** A table with its caption, in a frame that scrolls by itself on a narrow screen. */
export function heatGrid(report: BenchmarkReport, options: GridOptions): string {
  const values = report.cells.flatMap((cell) => options.value(cell)?.value ?? [])
  const columns = columnsOf(report.cells, options)
  const grid: Grid = {
    ...options,
    least: Math.min(...values),
    most: Math.max(...values),
    batches: columns.batches,
    best: report.cells.some((cell) => cell.id === report.best && options.value(cell) !== null)
      ? report.best
      : null
  }
  const shown = report.cells.filter(({ setting }) => columns.batches.includes(setting.batch))
  const places = Map.groupBy(shown, (cell) => placeOf(cell, shown))
  const bodies = [...places].map(([place, cells]) => placeRows(place, cells, grid))
  const heads = columns.batches.map((batch) => `<th scope="col" class="n">${exact(batch)}</th>`)
  const caption = `${options.caption}${columns.notes.map((note) => ` ${h(note)}`).join('')}`
  return (
    `<p class="muted">${caption}</p><div class="wide" tabindex="0" role="region" aria-label="${h(options.title)}"><table class="grid" aria-label="${h(options.title)}">` +
    `<thead><tr><th scope="col">Runs on</th><th scope="col">Executors</th>${heads.join('')}</tr></thead>${bodies.join('')}</table></div>${legend(grid)}`
  )
}

/** Batches that get a column; one that ran nowhere is said in a sentence instead. */
function columnsOf(cells: readonly BenchmarkCell[], { value, brief }: GridOptions) {
  const byBatch = [...Map.groupBy(cells, ({ setting }) => setting.batch)].sort(([a], [b]) => a - b)
  const ran = byBatch.filter(([, column]) => column.some((cell) => value(cell) !== null))
  const kept = ran.length > 0 ? ran : byBatch
  const lost = byBatch.filter((column) => !kept.includes(column))
  const notes = lost.map(([batch, column]) => {
    const reasons = [...new Set(column.map(({ sentence }) => sentence))]
    // Where a rung has no figure at all, its row says why; what is left is the reason of the batch.
    const own = reasons.find((reason) => /batch/.test(reason)) ?? reasons[0] ?? ''
    return `Batch ${exact(batch)} is left out: ${own}`
  })
  return { batches: kept.map(([batch]) => batch), notes: brief ? [] : notes }
}

/** The rung and the number of GPUs; the rung alone where all of it was refused for one reason. */
function placeOf({ setting }: BenchmarkCell, cells: readonly BenchmarkCell[]): string {
  const rung = cells.filter((cell) => cell.setting.rung === setting.rung)
  return onlyReason(rung) === undefined ? placeName(setting) : rungName(setting.rung)
}

function onlyReason(cells: readonly BenchmarkCell[]): string | undefined {
  const [first] = cells
  const same = cells.every(
    ({ state, sentence }) => state === 'refused' && sentence === first?.sentence
  )
  return same ? first?.sentence : undefined
}

/** The rows of one place; a place, or a precision of it, where nothing ran for one reason is a single row. */
function placeRows(place: string, all: readonly BenchmarkCell[], grid: Grid): string {
  const cells = grid.brief ? withFigures(all, grid) : all
  if (cells.length === 0) return ''
  const reason = onlyReason(cells)
  if (reason !== undefined) {
    const none = `<td class="none" colspan="${grid.batches.length + 1}">${h(reason)}</td>`
    return `<tbody><tr><th scope="rowgroup" class="one">${h(place)}</th>${none}</tr></tbody>`
  }
  const rows = [...Map.groupBy(cells, ({ setting }) => setting.precision).values()].flatMap(
    (precision) => precisionRows(precision, grid)
  )
  const kind = rows.length < 3 ? ' class="one"' : ''
  const head = `<th scope="rowgroup" rowspan="${rows.length}"${kind}>${h(place)}</th>`
  return `<tbody>${rows.map((row, at) => `<tr>${at === 0 ? head : ''}${row}</tr>`).join('')}</tbody>`
}

/** Cells of the line-ups that have a figure at all. */
function withFigures(cells: readonly BenchmarkCell[], { value }: Grid): BenchmarkCell[] {
  const lineUps = Map.groupBy(cells, ({ setting }) => lineUpId(setting))
  return [...lineUps.values()].filter((one) => one.some((cell) => value(cell) !== null)).flat()
}

function precisionRows(cells: readonly BenchmarkCell[], grid: Grid): string[] {
  const name = cells[0]?.setting.precision.toUpperCase() ?? ''
  const reason = onlyReason(cells)
  if (reason !== undefined)
    return [
      `<th scope="row"><span>${name}</span></th><td class="none" colspan="${grid.batches.length}">${h(reason)}</td>`
    ]
  return [...Map.groupBy(cells, ({ setting }) => lineUpId(setting)).values()].map((lineUp) => {
    const share = lineUp[0] ? shareName(lineUp[0].setting) : ''
    return `<th scope="row"><span>${name}</span> ${h(share)}</th>${lineUpCells(lineUp, grid)}`
  })
}

/** Neighbours that could not run for one reason share one wide cell, in which the reason has room. */
function lineUpCells(lineUp: readonly BenchmarkCell[], grid: Grid): string {
  const byBatch = new Map(lineUp.map((cell) => [cell.setting.batch, cell]))
  const parts: { html: string; reason?: string; span: number }[] = []
  for (const batch of grid.batches) {
    const cell = byBatch.get(batch)
    const value = cell ? grid.value(cell) : null
    if (cell && value) {
      parts.push({ html: valueCell(cell, value, grid), span: 1 })
      continue
    }
    const reason = cell?.sentence || 'Not measured.'
    const last = parts.at(-1)
    if (last?.reason === reason) last.span += 1
    else parts.push({ html: '', reason, span: 1 })
  }
  return parts
    .map(({ html, reason, span }) =>
      reason === undefined ? html : `<td class="none" colspan="${span}">${h(reason)}</td>`
    )
    .join('')
}

function valueCell(cell: BenchmarkCell, value: Measured, grid: Grid): string {
  const { least, most, goal, best } = grid
  const over = goal !== undefined && value.value > goal
  const classes = [
    'n',
    `s${slateStep(value.value, least, most)}`,
    ...(cell.id === best ? ['best'] : []),
    ...(over ? ['over'] : []),
    ...(value.low === null || cell.state === 'dropped' ? ['few'] : [])
  ]
  const said = [
    ...(cell.id === best ? ['<span class="sr">, the best setting</span>'] : []),
    ...(over ? ['<span class="sr">, over the goal</span>'] : []),
    ...(cell.state === 'dropped' ? ['<span class="sr">, dropped</span>'] : [])
  ]
  return `<td class="${classes.join(' ')}">${figure(value.value)}${said.join('')}</td>`
}

/** What shade, frames and slant mean; only those that the grid shows. */
function legend({ least, most, goal, best }: Grid): string {
  if (!Number.isFinite(least)) return ''
  const steps = Array.from({ length: STEPS }, (_, step) => `<i class="s${step}"></i>`).join('')
  const notes = [
    ...(best === null ? [] : ['Blue frame: the best setting.']),
    ...(goal !== undefined && most > goal ? ['Dashed frame: over the goal.'] : []),
    'Italics: fewer than 3 repeats, or dropped on the way.'
  ]
  const spans = notes.map((note) => `<span>${note}</span>`).join('')
  return `<div class="keyline muted"><span>${figure(least)}<span class="ramp" aria-hidden="true">${steps}</span>${figure(most)}, by ratio</span>${spans}</div>`
}
