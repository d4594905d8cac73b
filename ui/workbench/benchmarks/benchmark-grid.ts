// A benchmark as a grid of rung and precision against batch size, as bars of the best of each place, and as
// lines of latency by throughput, each with the sentence that says it. Pure.

import type { BenchmarkCell, BenchmarkReport, BenchmarkSetting, Measured } from '../../api/index.ts'
import type { Bar, DotLine, HeatCell, HeatRow } from '../../elements/index.ts'
import { formatCount, formatNumber, msg, str } from '../../i18n/index.ts'
import {
  figureWords,
  instanceWords,
  intervalWords,
  placeWords,
  settingWords
} from './benchmark-words.ts'
import { ratio } from './compare.ts'

export const MEASURES = ['throughput', 'p95', 'per-joule'] as const
export type Measure = (typeof MEASURES)[number]

export const measureWord = (measure: Measure): string =>
  ({ throughput: msg('Throughput'), p95: msg('p95'), 'per-joule': msg('Per joule') })[measure]

export const measureHead = (measure: Measure): string =>
  ({
    throughput: msg('Throughput, rows per second'),
    p95: msg('95 % of the batches within, ms'),
    'per-joule': msg('Rows per joule')
  })[measure]

/** A figure of a cell; energy comes from the mean power and has the interval of the throughput. */
export function figureOf(cell: BenchmarkCell, measure: Measure): Measured | null {
  const { throughput, p95Ms, powerW } = cell
  if (measure === 'throughput') return throughput
  if (measure === 'p95') return p95Ms
  if (throughput === null || powerW === null || powerW <= 0) return null
  const per = (value: number | null): number | null => (value === null ? null : value / powerW)
  return {
    value: throughput.value / powerW,
    low: per(throughput.low),
    high: per(throughput.high)
  }
}

/** The measures that a run has. */
export const measuresOf = ({ cells }: BenchmarkReport): readonly Measure[] =>
  MEASURES.filter((measure) => cells.some((cell) => figureOf(cell, measure) !== null))

/** Cells by a key, in the order in which the keys come. */
function grouped(
  cells: readonly BenchmarkCell[],
  key: (cell: BenchmarkCell) => string
): ReadonlyMap<string, readonly BenchmarkCell[]> {
  const groups = new Map<string, BenchmarkCell[]>()
  for (const cell of cells) groups.set(key(cell), [...(groups.get(key(cell)) ?? []), cell])
  return groups
}

/** Settings that differ in the batch only stand in one row. */
const rowKey = ({ rung, precision, gpus, instances, threads }: BenchmarkSetting): string =>
  [rung, gpus, instances, threads, precision].join('/')

const groupKey = ({ rung, gpus, instances, threads }: BenchmarkSetting): string =>
  [rung, gpus, instances, threads].join('/')

/** Instances and threads are said only where the run tried several. */
function groupWords(setting: BenchmarkSetting, cells: readonly BenchmarkCell[]): string {
  const here = cells.filter(
    ({ setting: other }) => other.rung === setting.rung && other.gpus === setting.gpus
  )
  const several = new Set(here.map((cell) => groupKey(cell.setting))).size > 1
  return several ? `${placeWords(setting)}, ${instanceWords(setting)}` : placeWords(setting)
}

function heatCell(cell: BenchmarkCell, measure: Measure, best: string | null): HeatCell {
  const figure = figureOf(cell, measure)
  if (!figure) {
    const text = cell.throughput === null ? cell.sentence : msg('not measured here')
    return { id: cell.id, value: null, text }
  }
  return {
    id: cell.id,
    value: figure.value,
    text: figureWords(figure.value),
    unsure: figure.low === null,
    strong: cell.id === best
  }
}

export interface Grid {
  /** Batch sizes. */
  readonly columns: readonly number[]
  readonly rows: readonly HeatRow[]
}

/** A place that has nothing but one and the same reason: one row says it for all of its settings. */
function refusedRow(
  place: readonly BenchmarkCell[],
  columns: readonly number[]
): HeatRow | undefined {
  const [first] = place
  const silent = place.every(
    ({ throughput, state, sentence }) =>
      throughput === null && state === 'refused' && sentence === first?.sentence
  )
  if (!first || !silent) return undefined
  const cells = columns.map((batch): HeatCell | null => {
    const cell = place.find(({ setting }) => setting.batch === batch)
    return cell ? { id: cell.id, value: null, text: cell.sentence } : null
  })
  return { group: placeWords(first.setting), label: msg('all'), cells }
}

/** The rows of a place: line-ups in the order of the run, the precisions of each together. */
function placeRows(
  place: readonly BenchmarkCell[],
  columns: readonly number[],
  shown: { readonly measure: Measure; readonly report: BenchmarkReport }
): readonly HeatRow[] {
  const refused = refusedRow(place, columns)
  if (refused) return [refused]
  const lineUps = [...grouped(place, ({ setting }) => groupKey(setting)).values()]
  return lineUps.flatMap((lineUp) =>
    [...grouped(lineUp, ({ setting }) => rowKey(setting)).values()].flatMap((row) => {
      const [first] = row
      if (!first) return []
      return [
        {
          group: groupWords(first.setting, shown.report.cells),
          label: first.setting.precision.toUpperCase(),
          cells: columns.map((batch) => {
            const cell = row.find(({ setting }) => setting.batch === batch)
            return cell ? heatCell(cell, shown.measure, shown.report.best) : null
          })
        }
      ]
    })
  )
}

/** Rows by the ladder as the run has them, columns by batch size. */
export function gridOf(report: BenchmarkReport, measure: Measure): Grid {
  const { cells } = report
  const columns = [...new Set(cells.map(({ setting }) => setting.batch))].toSorted((a, b) => a - b)
  const places = [...grouped(cells, ({ setting }) => placeWords(setting)).values()]
  return {
    columns,
    rows: places.flatMap((place) => placeRows(place, columns, { measure, report }))
  }
}

/** What the grid shows, for those who cannot see it. */
export function gridSentence(report: BenchmarkReport, measure: Measure): string {
  const figures = report.cells.flatMap((cell) => figureOf(cell, measure)?.value ?? [])
  const missing = report.cells.length - figures.length
  if (figures.length === 0)
    return report.state === 'running'
      ? msg('No setting has been measured yet.')
      : msg('No setting was measured.')
  const best = bestCell(report)
  const range = `${figureWords(Math.min(...figures))} ${msg('to')} ${figureWords(Math.max(...figures))}`
  const left = missing === 0 ? '' : msg(str` ${formatNumber(missing)} have no figure.`)
  const take = best ? msg(str`; best within the goal is ${settingWords(best.setting)}`) : ''
  return `${measureHead(measure)}: ${formatCount(figures.length, msg('setting'), msg('settings'))}, ${range}${take}.${left}`
}

const rate = ({ throughput }: BenchmarkCell): number => throughput?.value ?? 0

/** The cell that the report calls the best. */
export const bestCell = ({ cells, best }: BenchmarkReport): BenchmarkCell | undefined =>
  cells.find(({ id }) => id === best)

/** The cell that is chosen at first: the best, else the fastest, else the first. */
export const firstCell = (report: BenchmarkReport): BenchmarkCell | undefined =>
  bestCell(report) ?? fastest(report.cells) ?? report.cells[0]

function fastest(cells: readonly BenchmarkCell[]): BenchmarkCell | undefined {
  const [top] = cells
    .filter(({ throughput }) => throughput !== null)
    .toSorted((a, b) => rate(b) - rate(a))
  return top
}

/** The fastest that was measured and keeps within the latency goal. */
export const bestWithinGoal = ({
  cells,
  latencyGoalMs
}: {
  readonly cells: readonly BenchmarkCell[]
  readonly latencyGoalMs: number
}): BenchmarkCell | undefined =>
  fastest(
    cells.filter(
      ({ p95Ms, state }) => state === 'measured' && p95Ms !== null && p95Ms.value <= latencyGoalMs
    )
  )

/** The best of each place, fastest last: within the latency goal where any is. */
export function bestOfEach({ cells, latencyGoalMs }: BenchmarkReport): readonly BenchmarkCell[] {
  const places = grouped(cells, ({ setting }) => placeWords(setting))
  return [...places.values()]
    .flatMap((place) => bestWithinGoal({ cells: place, latencyGoalMs }) ?? fastest(place) ?? [])
    .toSorted((a, b) => rate(a) - rate(b))
}

const whiskers = ({ low, high }: Measured): { low?: number; high?: number } =>
  low === null || high === null ? {} : { low, high }

const bar = (label: string, figure: Measured, unit: string): Bar => ({
  label,
  value: figure.value,
  ...whiskers(figure),
  text: `${figureWords(figure.value)}${unit}`,
  note: intervalWords(figure),
  unsure: figure.low === null
})

/** The best of each place as bars; the fastest is dark. */
export function throughputBars(report: BenchmarkReport): readonly Bar[] {
  const cells = bestOfEach(report)
  return cells.flatMap((cell, index) =>
    cell.throughput
      ? [
          {
            ...bar(settingWords(cell.setting), cell.throughput, ''),
            strong: index === cells.length - 1
          }
        ]
      : []
  )
}

/**
 * What speed-up is counted from: single rows on the CPU in the precision of most bits, which is the model as it
 * was made; without a CPU the slowest best of a place.
 */
export function baseline(report: BenchmarkReport): BenchmarkCell | undefined {
  const bits = { fp32: 0, fp16: 1, int8: 2, int4: 3 } as const
  const [single] = report.cells
    .filter(
      ({ setting, throughput }) =>
        setting.rung === 'cpu' && setting.batch === 1 && throughput !== null
    )
    .toSorted(
      ({ setting: a }, { setting: b }) =>
        a.instances - b.instances || bits[a.precision] - bits[b.precision] || b.threads - a.threads
    )
  return single ?? bestOfEach(report)[0]
}

/** How many times the baseline each place answers, with the interval of both. */
export function speedUpBars(report: BenchmarkReport): readonly Bar[] {
  const base = baseline(report)
  if (!base?.throughput) return []
  const { throughput } = base
  const others = bestOfEach(report).filter(({ id }) => id !== base.id)
  return [
    // The baseline itself is exactly one, so it has no interval.
    { label: settingWords(base.setting), value: 1, text: '1\u00A0×', reference: true },
    ...others.flatMap((cell, index) =>
      cell.throughput
        ? [
            {
              ...bar(settingWords(cell.setting), ratio(cell.throughput, throughput), '\u00A0×'),
              strong: index === others.length - 1
            }
          ]
        : []
    )
  ]
}

/** One sentence on the bars. */
export function barsSentence(report: BenchmarkReport, speedUp: boolean): string {
  const cells = bestOfEach(report)
  const [slow, fast] = [cells[0], cells.at(-1)]
  const base = baseline(report)
  if (!slow?.throughput || !fast?.throughput || !base?.throughput) return ''
  if (!speedUp) {
    const most = msg(
      str`${settingWords(fast.setting)} answers most, ${figureWords(fast.throughput.value)} rows a second`
    )
    if (slow.id === fast.id) return `${most}.`
    return `${most}; ${msg(str`${settingWords(slow.setting)} least, ${figureWords(slow.throughput.value)}`)}.`
  }
  const gain = ratio(fast.throughput, base.throughput)
  return msg(
    str`${settingWords(fast.setting)} answers ${figureWords(gain.value)} times as much as ${settingWords(base.setting)}.`
  )
}

/** Latency by throughput: the fastest precision of each place, one dot for each batch. */
export function latencyLines(report: BenchmarkReport): readonly DotLine[] {
  return bestOfEach(report)
    .toReversed()
    .slice(0, 4)
    .map((top) => {
      const key = rowKey(top.setting)
      const row = report.cells
        .filter(({ setting }) => rowKey(setting) === key)
        .toSorted((a, b) => a.setting.batch - b.setting.batch)
      return {
        label: `${placeWords(top.setting)}, ${top.setting.precision.toUpperCase()}`,
        dots: row.flatMap(({ id, throughput, p95Ms }) =>
          throughput && p95Ms && throughput.value > 0 && p95Ms.value > 0
            ? [{ id, x: throughput.value, y: p95Ms.value }]
            : []
        )
      }
    })
    .filter(({ dots }) => dots.length > 0)
}
