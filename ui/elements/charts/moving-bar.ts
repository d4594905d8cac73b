// Ends a trend on the same scale: the normal band as a bar, a pointer at the value. The pointer is hollow
// when the value is old.

import { css, html, LitElement, nothing, svg, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import { shared } from '../shared.styles.ts'
import { chartStyles } from './chart.styles.ts'
import { type Domain, positionOf } from './geometry.ts'
import { Measured } from './measured.ts'

/** Takes the same `domain` as the trend that it ends. */
@customElement('ns-moving-bar')
export class NsMovingBar extends LitElement {
  static override styles = [
    shared,
    chartStyles,
    css`
      :host {
        display: block;
        position: relative;
        width: 26px;
        min-height: 24px;
      }
      svg {
        position: absolute;
        inset: 0;
      }
      .frame {
        fill: none;
        stroke: var(--ns-quiet);
      }
      .inside {
        fill: var(--ns-quiet);
      }
      .pointer {
        fill: var(--ns-text);
      }
      .pointer.abnormal {
        fill: var(--tone);
      }
      .pointer.stale {
        fill: none;
        stroke: var(--ns-muted);
      }
    `
  ]
  @property({ attribute: false }) domain: Domain = { min: 0, max: 1 }
  @property({ type: Number }) value: number | null = null
  @property({ type: Number }) low: number | null = null
  @property({ type: Number }) high: number | null = null
  @property({ reflect: true }) tone: 'p1' | 'p2' | 'p3' | 'p4' = 'p3'
  @property({ type: Boolean }) stale = false
  protected readonly size = new Measured(this)

  #pointer(height: number): TemplateResult<2> | typeof nothing {
    if (this.value === null) return nothing
    const y = positionOf(this.value, this.domain, height)
    const outside =
      (this.high !== null && this.value > this.high) || (this.low !== null && this.value < this.low)
    const kind = this.stale ? 'stale' : outside ? 'abnormal' : ''
    return svg`<path class="pointer ${kind}" d="M13 ${y}l10.5-6v12z"></path>`
  }

  override render(): TemplateResult {
    const { height } = this.size
    if (height === 0) return html``
    const { low, high } = this
    const top = high === null ? 0 : positionOf(high, this.domain, height)
    const bottom = low === null ? 0 : positionOf(low, this.domain, height)
    return html`<svg width="26" height=${height} aria-hidden="true">
      <rect class="frame" x="2.5" y="0.5" width="8" height=${height - 1}></rect>
      ${
        low === null || high === null
          ? nothing
          : svg`<rect class="inside" x="2" y=${top} width="9" height=${Math.max(2, bottom - top)}></rect>`
      }
      ${this.#pointer(height)}
    </svg>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'ns-moving-bar': NsMovingBar
  }
}
