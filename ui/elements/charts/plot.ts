// The one user of uPlot: draws band, grid, limit, events, data and the current point of one series onto a
// canvas. It is loaded when the first chart is shown. Colours come from the page's tokens.

import uPlot from 'uplot'
import styles from 'uplot/dist/uPlot.min.css?inline'
import type { ChartPoint } from './geometry.ts'

export { styles }

export interface PlotText {
  readonly unit: string
  readonly decimals: number
  /** Vertical range; free when left out. */
  readonly range?: readonly [number, number]
  /** Another chart below carries the times. */
  readonly timeless: boolean
  /** Charts with one key share their cursor. */
  readonly sync: string
  readonly axis: (value: number, decimals: number) => string
  /** Time of a grid line, milliseconds since 1970; with seconds where lines are that close. */
  readonly clock: (at: number, seconds: boolean) => string
  /** Words at the end of the limit line. */
  readonly limit: (value: number) => string
}

export interface PlotEvent {
  readonly at: number
  readonly label: string
  readonly tone: string
}

export interface PlotOptions {
  readonly text: PlotText
  readonly size: { readonly width: number; readonly height: number }
  readonly events: () => readonly PlotEvent[]
  readonly limit: () => number | null
  readonly onCursor: (index: number | null) => void
}

/** The colour that a token has on this page now. */
const token = (host: Element, name: string): string => {
  // A token holds light-dark(); only a used colour is resolved.
  const probe = document.createElement('i')
  probe.style.color = `var(${name})`
  host.append(probe)
  const colour = getComputedStyle(probe).color
  probe.remove()
  return colour
}

interface Colours {
  readonly text: string
  readonly muted: string
  readonly rule: string
  readonly band: string
  readonly select: string
  readonly tones: Readonly<Record<string, string>>
}

/** All colours of a drawing, taken once; a change of theme makes a new drawing. */
function coloursOf(host: Element): Colours {
  const tones = Object.fromEntries(
    ['p1', 'p2', 'p3-line', 'p4'].map((tone) => [tone, token(host, `--ns-${tone}`)])
  )
  return {
    text: token(host, '--ns-text'),
    muted: token(host, '--ns-muted'),
    rule: token(host, '--ns-rule'),
    band: token(host, '--ns-band'),
    select: token(host, '--ns-select'),
    tones
  }
}

/** Columns as uPlot wants them: seconds, low, high, value, and the value where it is outside; the band is drawn before the data. */
function columns(points: readonly ChartPoint[], limit: number | null): uPlot.AlignedData {
  const outside = points.map(({ value, low, high }, index) => {
    const over = (v: number | null, l: number | null, h: number | null): boolean =>
      v !== null &&
      ((h !== null && v > h) || (l !== null && v < l) || (limit !== null && v > limit))
    const next = points[index + 1]
    return over(value, low, high) || (next && over(next.value, next.low, next.high)) ? value : null
  })
  return [
    points.map(({ at }) => at / 1000),
    points.map(({ low }) => low),
    points.map(({ high }) => high),
    points.map(({ value }) => value),
    outside
  ]
}

/** Words on the drawing, right-aligned above a point. */
function write(plot: uPlot, words: string, at: { x: number; y: number; colour: string }): void {
  const { ctx } = plot
  ctx.fillStyle = at.colour
  ctx.textAlign = 'right'
  ctx.textBaseline = 'bottom'
  ctx.fillText(words, at.x, at.y - 2 * devicePixelRatio)
}

/** Limit and events are drawn after the data, so that a line never hides them. */
function drawMarks(plot: uPlot, options: PlotOptions, colours: Colours): void {
  const { ctx, bbox } = plot
  ctx.save()
  ctx.font = canvasFont(plot.root.parentElement ?? plot.root)
  ctx.lineWidth = devicePixelRatio
  ctx.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio])
  const limit = options.limit()
  if (limit !== null) {
    const y = Math.round(plot.valToPos(limit, 'y', true))
    ctx.strokeStyle = colours.text
    ctx.beginPath()
    ctx.moveTo(bbox.left, y)
    ctx.lineTo(bbox.left + bbox.width, y)
    ctx.stroke()
    write(plot, options.text.limit(limit), { x: bbox.left + bbox.width, y, colour: colours.text })
  }
  for (const { at, tone, label } of options.events()) {
    const x = Math.round(plot.valToPos(at / 1000, 'x', true))
    if (x < bbox.left || x > bbox.left + bbox.width) continue
    ctx.strokeStyle = colours.tones[tone] ?? colours.muted
    ctx.beginPath()
    ctx.moveTo(x, bbox.top)
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
    write(plot, label, { x: x - 4, y: bbox.top + 14 * devicePixelRatio, colour: colours.text })
  }
  ctx.restore()
}

/** uPlot scales the fonts of its axes to the screen by itself; a font set by hand is scaled here. */
const canvasFont = (host: Element): string =>
  fontOf(host).replace(/([\d.]+)px/, (_, size) => `${Number(size) * devicePixelRatio}px`)

const fontOf = (host: Element): string => getComputedStyle(host).font

/** Whether neighbouring times lie less than a minute apart. */
const isClose = ([first = 0, second = 60]: readonly number[]): boolean => second - first < 60

/** Decimals that tell neighbouring grid lines apart. */
function decimalsOf(values: readonly number[]): number {
  const step = Math.abs((values[1] ?? 1) - (values[0] ?? 0)) || 1
  return Math.max(0, -Math.floor(Math.log10(step) + 1e-9))
}

/** Times below, values at the left; only values have grid lines. */
function axes(host: Element, text: PlotText, colours: Colours): uPlot.Axis[] {
  const common = { stroke: colours.muted, font: fontOf(host), ticks: { show: false } }
  return [
    {
      ...common,
      grid: { show: false },
      size: text.timeless ? 6 : 26,
      space: 80,
      values: (_, at) =>
        at.map((second) => (text.timeless ? '' : text.clock(second * 1000, isClose(at))))
    },
    {
      ...common,
      grid: { stroke: colours.rule, width: 1 },
      size: 52,
      space: 26,
      values: (_, values) => values.map((value) => text.axis(value, decimalsOf(values)))
    }
  ]
}

/** Band edges first, then data, then the part outside: later ones lie on top. */
function series(colours: Colours, tone: string): uPlot.Series[] {
  const none = { stroke: 'transparent', points: { show: false }, width: 0 }
  return [
    {},
    none,
    none,
    { stroke: colours.muted, width: 1.5, points: { show: false } },
    { stroke: colours.tones[tone] ?? colours.text, width: 2.5, points: { show: false } }
  ]
}

export interface Plot {
  update(points: readonly ChartPoint[]): void
  resize(width: number, height: number): void
  destroy(): void
}

/** Draws into an element of the page; `tone` colours what is outside the band. */
export function createPlot(host: HTMLElement, tone: string, options: PlotOptions): Plot {
  const colours = coloursOf(host)
  const { text } = options
  const range = text.range
  const plot = new uPlot(
    {
      ...options.size,
      legend: { show: false },
      // At the right half of the last time of the axis, which stands in the middle of its tick.
      padding: [8, text.timeless ? 12 : 20, 0, 0],
      cursor: {
        sync: { key: text.sync },
        drag: { x: false, y: false },
        points: { fill: colours.select, size: 7 }
      },
      scales: { x: { time: true }, y: range ? { range: [range[0], range[1]] } : {} },
      bands: [{ series: [2, 1], fill: colours.band }],
      axes: axes(host, text, colours),
      series: series(colours, tone),
      hooks: {
        draw: [(drawn) => drawMarks(drawn, options, colours)],
        setCursor: [(moved) => options.onCursor(moved.cursor.idx ?? null)]
      }
    },
    [[], [], [], [], []],
    host
  )
  return {
    update: (points) => plot.setData(columns(points, options.limit())),
    resize: (width, height) => plot.setSize({ width, height }),
    destroy: () => plot.destroy()
  }
}
