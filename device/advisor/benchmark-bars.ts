// Two pictures of a benchmark without script: speed-up bars with whiskers as an HTML table, and latency over
// throughput as SVG. The words beside them say the same.

import { escapeHtml as h } from '../../analysis/index.ts'
import type { BenchmarkCell, BenchmarkReport, Measured } from '../../contract/index.ts'
import { baselineOf } from './benchmark-cells.ts'
import { exact, figure } from './benchmark-figures.ts'
import { lineUpId, placeName, settingName, shareName } from './benchmark-plan.ts'
import { ratio } from './benchmark-statistics.ts'

interface Bar {
  readonly cell: BenchmarkCell
  readonly times: Measured
  readonly base: boolean
}

/** For each place and precision its best cell: the fastest within the goal, else the fastest. */
export function bestOfEach({ cells, latencyGoalMs }: BenchmarkReport): BenchmarkCell[] {
  const known = cells.filter(({ throughput }) => throughput !== null)
  const groups = Map.groupBy(known, ({ setting }) => `${placeName(setting)}/${setting.precision}`)
  return [...groups.values()].flatMap((group) => {
    const meets = ({ p95Ms }: BenchmarkCell): boolean =>
      p95Ms !== null && p95Ms.value <= latencyGoalMs
    return [...group]
      .sort(
        (a, b) =>
          Number(meets(b)) - Number(meets(a)) ||
          (b.throughput?.value ?? 0) - (a.throughput?.value ?? 0)
      )
      .slice(0, 1)
  })
}

function barsOf(report: BenchmarkReport): Bar[] {
  const base = baselineOf(report.cells.filter(({ throughput }) => throughput !== null))
  const unit = base?.throughput
  if (!base || !unit) return []
  const own = { value: 1, low: unit.low, high: unit.high }
  const relative: Measured = {
    value: 1,
    low: own.low === null ? null : own.low / unit.value,
    high: own.high === null ? null : own.high / unit.value
  }
  const others = bestOfEach(report)
    .filter(({ id }) => id !== base.id)
    .flatMap((cell) =>
      cell.throughput ? [{ cell, times: ratio(cell.throughput, unit), base: false }] : []
    )
    .sort((a, b) => a.times.value - b.times.value)
  return [{ cell: base, times: relative, base: true }, ...others]
}

/** Round steps of an axis from 0: at most six of them. */
export function axisSteps(most: number): number[] {
  const rough = most / 5
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough) ?? rough
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, at) => at * step)
}

/** Bars of how many times the single-row CPU throughput each best setting gives; empty without that baseline. */
export function speedUpBars(report: BenchmarkReport): string {
  const bars = barsOf(report)
  const [base] = bars
  if (!base || bars.length < 2) return ''
  const steps = axisSteps(Math.max(...bars.map(({ times }) => times.high ?? times.value)))
  const end = steps.at(-1) ?? 1
  const percent = (value: number): string => `${Math.round((value / end) * 10_000) / 100}%`
  const step = percent(steps[1] ?? end)
  const rows = bars.map((bar) => barRow(bar, percent, step))
  const ticks = steps.map((at) => `<span style="left:${percent(at)}">${exact(at)}</span>`)
  return (
    `<table class="bars"><caption>How many times the throughput of single rows on the CPU (${h(settingName(base.cell.setting))}) the best setting of each kind gives, with 95 % confidence.</caption>` +
    `<thead class="sr"><tr><th scope="col">Setting</th><td></td><th scope="col">Times</th></tr></thead>` +
    `<tbody>${rows.join('')}</tbody><tbody aria-hidden="true"><tr class="axis"><td></td><td><div class="ticks">${ticks.join('')}</div></td><td></td></tr></tbody></table>`
  )
}

function barRow({ cell, times, base }: Bar, percent: (value: number) => string, step: string) {
  const { setting } = cell
  const kind = base ? 'base' : setting.rung === 'cpu' ? 'cpu' : 'gpu'
  const { value, low, high } = times
  const whisker =
    low === null || high === null
      ? ''
      : `<i class="in" style="left:${percent(low)};width:${percent(value - low)}"></i><i class="ex" style="left:${percent(value)};width:${percent(high - value)}"></i>`
  const label = `${placeName(setting)}, ${setting.precision.toUpperCase()}`
  const detail = `${base ? 'single rows' : `batch ${exact(setting.batch)}`}, ${shareName(setting)}`
  const track = `<td class="track" style="--step:${step}" aria-hidden="true"><b style="width:${percent(value)}"></b>${whisker}</td>`
  return `<tr class="${kind}"><th scope="row">${h(label)}<small>${h(detail)}</small></th>${track}<td class="n"><strong>${figure(value)}</strong> <span class="muted">${spread(times)}</span></td></tr>`
}

const spread = ({ low, high }: Measured): string =>
  low === null || high === null ? '' : `${figure(low)}–${figure(high)}`

interface Line {
  readonly name: string
  readonly points: readonly { x: number; y: number; id: string }[]
}

/** For each rung the line-up that holds its best cell, over all of its batches; fastest first, at most three. */
function linesOf(report: BenchmarkReport): Line[] {
  const best = bestOfEach(report).sort(
    (a, b) => (b.throughput?.value ?? 0) - (a.throughput?.value ?? 0)
  )
  const rungs = [...Map.groupBy(best, ({ setting }) => setting.rung).values()]
  const shown = [...rungs.slice(0, 2), ...rungs.slice(-1)] // the slowest, nearly always the CPU, to compare
  return [...new Set(shown)].flatMap(([first]) => {
    if (!first) return []
    const wanted = lineUpId(first.setting)
    const points = report.cells
      .filter(({ setting }) => lineUpId(setting) === wanted)
      .sort((a, b) => a.setting.batch - b.setting.batch)
      .flatMap(({ id, throughput, p95Ms }) =>
        throughput && p95Ms ? [{ id, x: throughput.value, y: p95Ms.value }] : []
      )
    const { setting } = first
    return [{ name: `${placeName(setting)}, ${setting.precision.toUpperCase()}`, points }]
  })
}

const WIDTH = 760
const HEIGHT = 300
const BOX = { left: 56, right: 620, top: 16, bottom: 252 }

/** Powers of ten with their 2 and 5 inside a range. */
export function logTicks(least: number, most: number): number[] {
  const ticks: number[] = []
  for (let power = Math.floor(Math.log10(least)); power <= Math.ceil(Math.log10(most)); power += 1)
    for (const digit of [1, 2, 5]) {
      const tick = digit * 10 ** power
      if (tick >= least && tick <= most) ticks.push(tick)
    }
  return ticks
}

/** p95 over throughput, both by ratio, one dot a batch size; empty when there is too little to draw. */
export function latencyChart(report: BenchmarkReport): string {
  const lines = linesOf(report)
  const points = lines.flatMap((line) => line.points)
  if (points.length < 2) return ''
  const { latencyGoalMs: goal, best } = report
  const spread = (values: readonly number[]): [number, number] => [
    Math.min(...values) / 1.3,
    Math.max(...values) * 1.3
  ]
  const xs = spread(points.map(({ x }) => x))
  const ys = spread([...points.map(({ y }) => y), goal])
  const place = (value: number, [least, most]: [number, number]): number =>
    Math.log(value / least) / Math.log(most / least)
  const x = (value: number): number =>
    Math.round(BOX.left + place(value, xs) * (BOX.right - BOX.left))
  const y = (value: number): number =>
    Math.round(BOX.bottom - place(value, ys) * (BOX.bottom - BOX.top))
  const grid = [
    ...logTicks(...xs).map(
      (at) =>
        `<path class="gridline" d="M${x(at)} ${BOX.top}V${BOX.bottom}"/><text x="${x(at)}" y="${BOX.bottom + 18}" text-anchor="middle">${exact(at)}</text>`
    ),
    ...logTicks(...ys).map(
      (at) =>
        `<path class="gridline" d="M${BOX.left} ${y(at)}H${BOX.right}"/><text x="${BOX.left - 8}" y="${y(at) + 4}" text-anchor="end">${exact(at)}</text>`
    )
  ]
  const limit = `<path class="goal" d="M${BOX.left} ${y(goal)}H${BOX.right}"/><text class="name" x="${BOX.left + 6}" y="${y(goal) - 6}">goal ${exact(goal)} ms</text>`
  const labels = labelPlaces(lines.map(({ points: all }) => y(all.at(-1)?.y ?? goal)))
  const drawn = lines.map((line, at) => drawLine(line, at, { x, y, best, labelY: labels[at] ?? 0 }))
  const ends = `<text x="${BOX.right}" y="${HEIGHT - 8}" text-anchor="end">rows a second</text><text x="0" y="12">p95, ms</text>`
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img"><title>p95 of a batch over throughput, one dot a batch size</title>${grid.join('')}${limit}${drawn.join('')}${ends}</svg>`
}

interface Scales {
  readonly x: (value: number) => number
  readonly y: (value: number) => number
  readonly best: string | null
  readonly labelY: number
}

/** Moves labels down where they would lie on one another. */
function labelPlaces(ends: readonly number[]): number[] {
  const places: number[] = []
  for (const [at, end] of [...ends.entries()].sort(([, a], [, b]) => a - b)) {
    const above = Math.max(...places.filter((place) => place !== undefined), -LABEL_HEIGHT)
    places[at] = Math.max(end, above + LABEL_HEIGHT)
  }
  return places
}

const LABEL_HEIGHT = 16

function drawLine({ name, points }: Line, at: number, { x, y, best, labelY }: Scales): string {
  const last = points.at(-1)
  if (!last) return ''
  const path = points.map((point) => `${x(point.x)} ${y(point.y)}`).join('L')
  const dots = points.map(
    (point) =>
      `<circle class="d${at}" cx="${x(point.x)}" cy="${y(point.y)}" r="3.5"/>${point.id === best ? `<circle class="pick" cx="${x(point.x)}" cy="${y(point.y)}" r="7"/>` : ''}`
  )
  return `<path class="line l${at}" d="M${path}"/>${dots.join('')}<text class="name" x="${x(last.x) + 10}" y="${labelY + 4}">${h(name)}</text>`
}
