// Horizontal bars from zero with their numbers beside them, and whiskers of 95 % confidence where known.
// The list is real text, so it needs no other table view.

import { css, html, LitElement, nothing, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import { formatValue } from '../../i18n/index.ts'
import { shared } from '../shared.styles.ts'

export interface Bar {
  readonly label: string
  readonly value: number
  /** 95 % confidence. */
  readonly low?: number
  readonly high?: number
  /** A reference to compare with: drawn hollow. */
  readonly reference?: boolean
  /** The bar that the others are compared with. */
  readonly strong?: boolean
  readonly text?: string
}

/** Compares a few amounts; more than a dozen belong into a table. */
@customElement('ns-bars')
export class NsBars extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
        font: 400 var(--ns-second);
      }
      li {
        display: grid;
        grid-template-columns: var(--ns-bars-label, minmax(72px, 30%)) 1fr auto;
        align-items: center;
        gap: 12px;
        min-height: 24px;
      }
      .label {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .track {
        position: relative;
        height: 10px;
      }
      .bar {
        height: 100%;
        background: var(--ns-slate-5);
        forced-color-adjust: none;
      }
      .strong .bar {
        background: var(--ns-slate-7);
      }
      .reference .bar {
        background: none;
        border: 1px solid var(--ns-edge);
      }
      .whisker {
        position: absolute;
        top: 1px;
        bottom: 1px;
        border: solid var(--ns-text);
        border-width: 0 1px;
        background: linear-gradient(var(--ns-text), var(--ns-text)) center / 100% 1px no-repeat;
        /* A halo in the pane's colour keeps it readable on the bar. */
        filter: drop-shadow(0 0 0.6px var(--ns-tile)) drop-shadow(0 0 0.6px var(--ns-tile));
      }
      .value {
        text-align: right;
        font-weight: 600;
      }
    `
  ]
  @property({ attribute: false }) bars: readonly Bar[] = []
  @property() unit = ''
  @property({ type: Number }) decimals = 0
  /** Right end of the scale; the largest value when left out. */
  @property({ type: Number }) max = 0

  override render(): TemplateResult {
    const max = this.max || Math.max(...this.bars.map(({ value, high }) => high ?? value), 1e-9)
    const share = (value: number): number => Math.min(100, (value / max) * 100)
    return html`<ul>
      ${this.bars.map(
        ({ label, value, low, high, reference, strong, text }) => html`<li
          class="${strong ? 'strong' : ''} ${reference ? 'reference' : ''}"
        >
          <span class="label" title=${label}>${label}</span>
          <span class="track" aria-hidden="true"
            ><span class="bar" style="display:block;width:${share(value)}%"></span>${
              low === undefined || high === undefined
                ? nothing
                : html`<span
                  class="whisker"
                  style="left:${share(low)}%;width:${share(high) - share(low)}%"
                ></span>`
            }</span
          >
          <span class="value">${text ?? formatValue(value, this.unit, this.decimals)}</span>
        </li>`
      )}
    </ul>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'ns-bars': NsBars
  }
}
