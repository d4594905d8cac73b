// A row of columns, each of two amounts on top of one another with a number above: what a thing took and how
// long it waited, one after the other. One image with its sentence; the table of the same is the app's.

import { css, html, LitElement, nothing, svg, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import { formatNumber } from '../../i18n/index.ts'
import { Measured } from '../charts/index.ts'
import { barTicks } from '../scale.ts'
import { shared } from '../shared.styles.ts'

export interface Stack {
  /** The lower, dark part. */
  readonly base: number
  /** The upper, light part. */
  readonly top: number
  /** Printed above, where there is room. */
  readonly text: string
}

const LEFT = 36
const BOTTOM = 18
const TOP = 16
/** Columns narrower than this carry no number. */
const ROOM = 18

/** `label` is its sentence; `base-words` and `top-words` name the parts. */
@customElement('ns-stacks')
export class NsStacks extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
        position: relative;
        height: 132px;
        overflow: hidden;
        font: 400 var(--ns-axis);
      }
      svg {
        position: absolute;
        inset: 0;
        forced-color-adjust: none;
      }
      .grid {
        stroke: var(--ns-rule);
      }
      .base {
        fill: var(--ns-slate-6);
      }
      .top {
        fill: var(--ns-slate-3);
      }
      text {
        fill: var(--ns-muted);
      }
    `
  ]
  /** Oldest first. */
  @property({ attribute: false }) stacks: readonly Stack[] = []
  @property() label = ''
  @property({ attribute: 'base-words' }) baseWords = ''
  @property({ attribute: 'top-words' }) topWords = ''
  @property() unit = ''
  protected readonly size = new Measured(this)

  #legend(y: number): TemplateResult<2> {
    return svg`<rect class="base" x=${LEFT} y=${y - 8} width="8" height="8"></rect>
      <text x=${LEFT + 13} y=${y}>${this.baseWords}</text>
      <rect class="top" x=${LEFT + 113} y=${y - 8} width="8" height="8"></rect>
      <text x=${LEFT + 126} y=${y}>${this.topWords}</text>`
  }

  override render(): TemplateResult {
    const { width, height } = this.size
    if (width === 0 || this.stacks.length === 0) return html``
    const ticks = barTicks(Math.max(...this.stacks.map(({ base, top }) => base + top)), 3)
    const max = ticks.at(-1) ?? 1
    const bottom = height - BOTTOM
    const y = (value: number): number => bottom - (value / max) * (bottom - TOP)
    const step = Math.min(40, (width - LEFT) / this.stacks.length)
    return html`<svg width=${width} height=${height} role="img" aria-label=${this.label || nothing}>
      ${ticks.map(
        (tick) => svg`<path class="grid" d=${`M${LEFT} ${y(tick)}H${width}`}></path>
          <text x=${LEFT - 6} y=${y(tick) + 4} text-anchor="end">${formatNumber(tick, tick % 1 === 0 ? 0 : 1)}</text>`
      )}
      ${this.stacks.map(({ base, top, text }, index) => {
        const x = LEFT + index * step + 1
        return svg`<rect class="base" x=${x} y=${y(base)} width=${step - 2} height=${bottom - y(base)}></rect>
          <rect class="top" x=${x} y=${y(base + top)} width=${step - 2} height=${y(base) - y(base + top)}></rect>
          ${step < ROOM ? nothing : svg`<text x=${x + step / 2 - 1} y=${y(base + top) - 4} text-anchor="middle">${text}</text>`}`
      })}
      <text x=${LEFT - 6} y=${height - 4} text-anchor="end">${this.unit}</text>
      ${this.#legend(height - 4)}
    </svg>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'ns-stacks': NsStacks
  }
}
