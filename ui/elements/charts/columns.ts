// Counts in equal stretches of time as columns from zero, with a goal as a dashed line: those above it are
// dark and carry their number. For bursts that can be chosen see timeline.ts.

import { css, html, LitElement, nothing, svg, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import { formatClock, formatNumber, msg, str } from '../../i18n/index.ts'
import { shared } from '../shared.styles.ts'
import { Measured } from './measured.ts'

export interface ColumnBar {
  /** Begin of the stretch, milliseconds since 1970. */
  readonly at: number
  readonly count: number
}

const AXIS = 18
const HEAD = 16
/** Marks on the time axis. */
const MARKS = 4

/** `label` names what is counted; the drawing is one image with its sentence. */
@customElement('ns-columns')
export class NsColumns extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
        position: relative;
        height: 112px;
        overflow: hidden;
        font: 400 var(--ns-axis);
      }
      svg {
        display: block;
        position: absolute;
        inset: 0;
      }
      rect {
        fill: var(--ns-slate-5);
      }
      .over {
        fill: var(--ns-slate-7);
      }
      .base {
        stroke: var(--ns-edge);
      }
      .goal {
        stroke: var(--ns-text);
        stroke-dasharray: 4 3;
      }
      text {
        fill: var(--ns-muted);
      }
      .strong {
        fill: var(--ns-text);
      }
    `
  ]
  @property({ attribute: false }) columns: readonly ColumnBar[] = []
  /** Length of one stretch, milliseconds. */
  @property({ type: Number, attribute: 'step-ms' }) stepMs = 3_600_000
  /** Not more than this; null without a goal. */
  @property({ type: Number }) goal: number | null = null
  @property({ attribute: 'goal-words' }) goalWords = ''
  @property() label = ''

  /** Columns and, above the goal, their numbers. */
  #bars(width: number, height: number, max: number): TemplateResult<2>[] {
    return this.columns.map(({ count }, index) => {
      const tall = count === 0 ? 0 : Math.max(2, (count / max) * height)
      const over = this.goal !== null && count > this.goal
      const x = index * width
      return svg`<rect class=${over ? 'over' : ''} x=${x} y=${HEAD + height - tall} width=${Math.max(1, width - 2)} height=${tall}></rect>
        ${over ? svg`<text class="strong" x=${x + width / 2 - 1} y=${HEAD + height - tall - 4} text-anchor="middle">${formatNumber(count)}</text>` : nothing}`
    })
  }

  #axis(full: number, y: number): TemplateResult<2>[] {
    const [first] = this.columns
    if (!first) return []
    const span = this.columns.length * this.stepMs
    return Array.from({ length: MARKS + 1 }, (_, mark) => {
      const anchor = mark === 0 ? 'start' : mark === MARKS ? 'end' : 'middle'
      const time = formatClock(first.at + (span * mark) / MARKS)
      return svg`<text x=${(full * mark) / MARKS} y=${y} text-anchor=${anchor}>${time}</text>`
    })
  }

  /** The drawing in one sentence. */
  #words(): string {
    const total = this.columns.reduce((sum, { count }) => sum + count, 0)
    const most = Math.max(0, ...this.columns.map(({ count }) => count))
    return msg(str`${this.label}: ${formatNumber(total)} in all, at most ${formatNumber(most)}.`)
  }

  override render(): TemplateResult {
    const { width: full, height: total } = this.size
    if (full === 0) return html``
    const height = total - AXIS - HEAD
    const max = Math.max(1, this.goal ?? 0, ...this.columns.map(({ count }) => count))
    const line = HEAD + height - ((this.goal ?? 0) / max) * height
    return html`<svg width=${full} height=${total} role="img" aria-label=${this.#words()}>
      ${this.#bars(full / Math.max(1, this.columns.length), height, max)}
      ${
        this.goal === null
          ? nothing
          : svg`<path class="goal" d=${`M0 ${line}H${full}`}></path><text class="strong" x="0" y=${line - 5}>${this.goalWords}</text>`
      }
      <path class="base" d=${`M0 ${HEAD + height + 0.5}H${full}`}></path>
      ${this.#axis(full, total - 3)}
    </svg>`
  }

  protected readonly size = new Measured(this)
}

declare global {
  interface HTMLElementTagNameMap {
    'ns-columns': NsColumns
  }
}
