// A value with its unit, in figures that keep their width; a dash where there is none.

import { css, html, LitElement, nothing, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import { formatNumber } from '../i18n/index.ts'

/** One value in large figures; the unit is smaller and muted. */
@customElement('ns-figure')
export class NsFigure extends LitElement {
  static override styles = css`
    :host {
      display: inline-block;
      white-space: nowrap;
      font: 500 var(--ns-figure);
      color: var(--ns-text);
    }
    :host([dim]) {
      color: var(--ns-muted);
    }
    .unit {
      margin-left: 0.4em;
      font: 400 var(--ns-name);
      color: var(--ns-muted);
    }
  `
  @property({ type: Number }) value: number | null = null
  @property() unit = ''
  @property({ type: Number }) decimals = 0
  /** The value is old. */
  @property({ type: Boolean, reflect: true }) dim = false

  override render(): TemplateResult {
    const unit = this.unit === '' ? nothing : html`<span class="unit">${this.unit}</span>`
    return html`${formatNumber(this.value, this.decimals)}${unit}`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'ns-figure': NsFigure
  }
}
