// How a whole divides into parts: one bar with a legend below that says every part in words and figures.
// The first part is the darkest; which one that is, the app decides.

import { css, html, LitElement, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import { formatValue } from '../../i18n/index.ts'
import { shared } from '../shared.styles.ts'

export interface Share {
  readonly label: string
  readonly value: number
  /** Set bold. */
  readonly strong?: boolean
}

/** Up to four parts; more belong into a table. */
@customElement('ns-share-bar')
export class NsShareBar extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
        min-width: 0;
        font: 400 var(--ns-axis);
        color: var(--ns-muted);
      }
      .bar {
        display: flex;
        gap: 1px;
        height: 16px;
        margin-bottom: 4px;
        forced-color-adjust: none;
      }
      .bar i {
        min-width: 3px;
      }
      ul {
        display: flex;
        flex-wrap: wrap;
        gap: 0 12px;
      }
      li {
        display: flex;
        align-items: center;
        gap: 5px;
        white-space: nowrap;
      }
      li i {
        width: 8px;
        height: 8px;
        forced-color-adjust: none;
      }
      .strong {
        color: var(--ns-text);
        font-weight: 600;
      }
      li span {
        color: var(--ns-muted);
        font-weight: 400;
      }
      .c0 {
        background: var(--ns-slate-7);
      }
      .c1 {
        background: var(--ns-slate-5);
      }
      .c2 {
        background: var(--ns-slate-4);
      }
      .c3 {
        background: var(--ns-slate-3);
      }
    `
  ]
  @property({ attribute: false }) shares: readonly Share[] = []
  /** Behind every figure. */
  @property() unit = ''

  override render(): TemplateResult {
    const tone = (index: number): string => `c${Math.min(3, index)}`
    return html`<div class="bar" aria-hidden="true">
        ${this.shares.map(({ value }, index) => html`<i class=${tone(index)} style="flex:${value} 0 0"></i>`)}
      </div>
      <ul>
        ${this.shares.map(
          ({ label, value, strong }, index) =>
            html`<li class=${strong ? 'strong' : ''}>
              <i class=${tone(index)} aria-hidden="true"></i>${label}<span>${formatValue(value, this.unit)}</span>
            </li>`
        )}
      </ul>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'ns-share-bar': NsShareBar
  }
}
