// Horizontal bars from zero with their numbers beside them, and whiskers of 95 % confidence where known.
// The list is real text, so it needs no other table view.

import { css, html, LitElement, nothing, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import { formatNumber, formatValue } from '../../i18n/index.ts'
import { barTicks } from '../scale.ts'
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
  /** Beside the value, muted: the half of the interval. */
  readonly note?: string
  /** Too few repeats for an interval: drawn hollow, its number muted. */
  readonly unsure?: boolean
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
      /* One grid for all rows: every bar starts and ends on the same scale. */
      ul {
        display: grid;
        grid-template-columns: var(--ns-bars-label, minmax(72px, 30%)) minmax(0, 1fr) auto;
        column-gap: 12px;
      }
      li {
        display: grid;
        grid-column: 1 / -1;
        grid-template-columns: subgrid;
        align-items: center;
        min-height: 24px;
      }
      .label {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      @media (width < 720px) {
        .label {
          padding-block: 3px;
          white-space: normal;
        }
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
        white-space: nowrap;
      }
      .value i {
        color: var(--ns-muted);
        font-style: normal;
        font-weight: 400;
      }
      .unsure .value {
        color: var(--ns-muted);
        font-weight: 400;
      }
      .unsure .bar {
        background: none;
        border: 1px dashed var(--ns-edge);
      }
      .axis {
        color: var(--ns-muted);
        font: 400 var(--ns-axis);
      }
      .axis > span {
        grid-column: 2;
        display: block;
        position: relative;
        height: 16px;
      }
      .axis b {
        position: absolute;
        font-weight: 400;
        transform: translateX(-50%);
      }
      .axis b:first-child {
        transform: none;
      }
      .axis b:last-child {
        transform: translateX(-100%);
      }
    `
  ]
  @property({ attribute: false }) bars: readonly Bar[] = []
  @property() unit = ''
  @property({ type: Number }) decimals = 0
  /** Right end of the scale; the largest value when left out. */
  @property({ type: Number }) max = 0
  /** Round numbers below, to which the scale extends. */
  @property({ type: Boolean }) axis = false

  #bar(bar: Bar, share: (value: number) => number): TemplateResult {
    const { label, value, low, high, text, note } = bar
    const kinds = [
      bar.strong ? 'strong' : '',
      bar.reference ? 'reference' : '',
      bar.unsure ? 'unsure' : ''
    ]
    return html`<li class=${kinds.join(' ')}>
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
      <span class="value"
        >${text ?? formatValue(value, this.unit, this.decimals)}${note ? html` <i>${note}</i>` : nothing}</span
      >
    </li>`
  }

  override render(): TemplateResult {
    const largest = this.max || Math.max(...this.bars.map(({ value, high }) => high ?? value), 1e-9)
    const ticks = this.axis ? barTicks(largest) : []
    const max = ticks.at(-1) ?? largest
    const share = (value: number): number => Math.min(100, (value / max) * 100)
    return html`<ul>
      ${this.bars.map((bar) => this.#bar(bar, share))}
      ${
        ticks.length === 0
          ? nothing
          : html`<li class="axis" aria-hidden="true">
            <span
              >${ticks.map((tick) => html`<b style="left:${share(tick)}%">${formatNumber(tick, tick % 1 === 0 ? 0 : 1)}</b>`)}</span
            >
          </li>`
      }
    </ul>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'ns-bars': NsBars
  }
}
