// Two amounts of the same settings against each other, both logarithmic: a line for each series with a dot
// for each setting, a goal as a dashed line, the selected dot ringed. Its table is the app's.

import { css, html, LitElement, nothing, svg, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import { formatNumber } from '../../i18n/index.ts'
import { Measured } from '../charts/index.ts'
import { logTicks } from '../scale.ts'
import { shared } from '../shared.styles.ts'
import { type Box, freeSpot } from './label-spots.ts'

export interface DotLine {
  readonly label: string
  /** In the order in which they are joined. */
  readonly dots: readonly { readonly id: string; readonly x: number; readonly y: number }[]
}

const LEFT = 40
const BOTTOM = 18
const TOP = 8
const RIGHT = 12
/** A line of words, and about how wide a letter is. */
const WORDS = 14
const LETTER = 5.8

/** A line with its dots in pixels. */
interface Placed {
  readonly label: string
  readonly dots: readonly { readonly id: string; readonly left: number; readonly top: number }[]
}

/** What the dots of a line and the way between them cover. */
function obstacles(dots: Placed['dots']): readonly Box[] {
  return dots.flatMap(({ left, top }, index) => {
    const next = dots[index + 1] ?? { left, top }
    return [0, 0.25, 0.5, 0.75].map((part) => ({
      left: left + (next.left - left) * part - 4,
      top: top + (next.top - top) * part - 4,
      width: 8,
      height: 8
    }))
  })
}

interface Scale {
  readonly ticks: readonly number[]
  readonly of: (value: number) => number
}

/** A logarithmic scale with a little air; ticks are those inside. */
function scale(values: readonly number[], from: number, to: number): Scale {
  const [low, high] = [Math.min(...values) * 0.6, Math.max(...values) * 1.3]
  const span = Math.log(high / low)
  return {
    ticks: logTicks(low, high).filter((tick) => tick >= low && tick <= high),
    of: (value) => from + (Math.log(value / low) / span) * (to - from)
  }
}

/** `label` is its sentence; the drawing is one image. */
@customElement('ns-dot-lines')
export class NsDotLines extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
        position: relative;
        height: 208px;
        overflow: hidden;
        font: 400 var(--ns-axis);
      }
      svg {
        position: absolute;
        inset: 0;
      }
      .grid {
        stroke: var(--ns-rule);
      }
      .goal {
        stroke: var(--ns-text);
        stroke-dasharray: 4 3;
      }
      .line {
        fill: none;
        stroke: var(--tone);
        stroke-width: 1.5;
      }
      .dot {
        fill: var(--tone);
      }
      .ring {
        fill: none;
        stroke: var(--ns-select);
        stroke-width: 2;
      }
      .t0 {
        --tone: var(--ns-slate-7);
      }
      .t1 {
        --tone: var(--ns-slate-6);
      }
      .t2 {
        --tone: var(--ns-slate-5);
      }
      .t3 {
        --tone: var(--ns-slate-4);
      }
      text {
        fill: var(--ns-muted);
      }
      .words {
        fill: var(--ns-text);
        paint-order: stroke;
        stroke: var(--ns-tile);
        stroke-width: 3px;
        stroke-linejoin: round;
      }
    `
  ]
  /** Up to four; darkest first. */
  @property({ attribute: false }) lines: readonly DotLine[] = []
  @property({ type: Number }) goal: number | null = null
  @property({ attribute: 'goal-words' }) goalWords = ''
  @property() selected = ''
  @property() label = ''
  protected readonly size = new Measured(this)

  #axes(x: Scale, y: Scale): TemplateResult<2>[] {
    const { width, height } = this.size
    return [
      ...y.ticks.map((tick) => {
        const at = y.of(tick)
        return svg`<path class="grid" d=${`M${LEFT} ${at}H${width - RIGHT}`}></path>
          <text x=${LEFT - 6} y=${at + 4} text-anchor="end">${formatNumber(tick, tick < 1 ? 1 : 0)}</text>`
      }),
      ...x.ticks.map((tick, index) => {
        const anchor = index === 0 ? 'start' : index === x.ticks.length - 1 ? 'end' : 'middle'
        return svg`<text x=${x.of(tick)} y=${height - 3} text-anchor=${anchor}>${formatNumber(tick, tick < 1 ? 1 : 0)}</text>`
      })
    ]
  }

  /** Where the words of each line stand: beside one of its dots, clear of dots, lines and other words. */
  #spots(lines: readonly Placed[], words: Box[]): readonly Box[] {
    const { width, height } = this.size
    const frame = { left: LEFT, top: 0, width: width - LEFT, height: height - BOTTOM }
    const taken = [...words, ...lines.flatMap(({ dots }) => obstacles(dots))]
    return lines.map(({ label, dots }) => {
      const wide = label.length * LETTER
      const boxes = dots.flatMap(({ left, top }) =>
        [left + 7, left - wide - 7, left - wide / 2].flatMap((x) =>
          [top + 5, top - WORDS - 5, top - WORDS / 2].map((y) => ({
            left: x,
            top: y,
            width: wide,
            height: WORDS
          }))
        )
      )
      const spot = freeSpot(boxes, taken, frame)
      taken.push(spot)
      return spot
    })
  }

  #line({ label, dots }: Placed, tone: number, spot: Box | undefined): TemplateResult<2> {
    const path = dots.map(({ left, top }, index) => `${index === 0 ? 'M' : 'L'}${left} ${top}`)
    const chosen = dots.find(({ id }) => id === this.selected)
    return svg`<g class=${`t${Math.min(3, tone)}`}>
      <path class="line" d=${path.join('')}></path>
      ${dots.map(({ left, top }) => svg`<circle class="dot" cx=${left} cy=${top} r="2.5"></circle>`)}
      ${chosen ? svg`<circle class="ring" cx=${chosen.left} cy=${chosen.top} r="6"></circle>` : nothing}
      ${spot ? svg`<text class="words" x=${spot.left} y=${spot.top + WORDS - 3}>${label}</text>` : nothing}
    </g>`
  }

  override render(): TemplateResult {
    const { width, height } = this.size
    const dots = this.lines.flatMap((line) => line.dots)
    if (width === 0 || dots.length === 0) return html``
    const goal = this.goal
    const ys = dots.map((dot) => dot.y)
    const x = scale(
      dots.map((dot) => dot.x),
      LEFT,
      width - RIGHT
    )
    const y = scale(goal === null ? ys : [...ys, goal], height - BOTTOM, TOP)
    const lines = this.lines.map(({ label, dots: own }) => ({
      label,
      dots: own.map((dot) => ({ id: dot.id, left: x.of(dot.x), top: y.of(dot.y) }))
    }))
    const goalTop = goal === null ? 0 : y.of(goal)
    const taken =
      goal === null
        ? []
        : [
            { left: LEFT, top: goalTop - WORDS, width: 84, height: WORDS },
            { left: LEFT, top: goalTop - 1, width, height: 2 }
          ]
    const spots = this.#spots(lines, taken)
    return html`<svg width=${width} height=${height} role="img" aria-label=${this.label}>
      ${this.#axes(x, y)}
      ${
        goal === null
          ? nothing
          : svg`<path class="goal" d=${`M${LEFT} ${goalTop}H${width - RIGHT}`}></path>
            <text class="words" x=${LEFT + 4} y=${goalTop - 4}>${this.goalWords}</text>`
      }
      ${lines.map((line, index) => this.#line(line, index, spots[index]))}
    </svg>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'ns-dot-lines': NsDotLines
  }
}
