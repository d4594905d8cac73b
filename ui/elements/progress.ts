// How far something is: done and failed of a total, with a line of words below. Without a total it says
// that something happens but not how far it is; nothing moves.

import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import { styles } from './progress.styles.ts'
import { shared } from './shared.styles.ts'

/** A bar with `done`, `failed` and `total`; `start` and `end` are the words below it. */
@customElement('ns-progress')
export class NsProgress extends LitElement {
  static override styles = [shared, styles]

  @property({ type: Number }) done = 0
  @property({ type: Number }) failed = 0
  /** Null while unknown. */
  @property({ type: Number }) total: number | null = null
  /** What makes progress; spoken. */
  @property() label = ''
  /** Words below, left and right. */
  @property() start = ''
  @property() end = ''

  override render(): TemplateResult {
    const total = this.total ?? 0
    const known = total > 0
    const share = (part: number): string =>
      `width:${known ? Math.min(100, (part / total) * 100) : 0}%`
    return html`<div
        class="track ${known ? '' : 'unknown'}"
        role="progressbar"
        aria-label=${this.label}
        aria-valuemin="0"
        aria-valuemax=${known ? total : nothing}
        aria-valuenow=${known ? Math.min(total, this.done + this.failed) : nothing}
      >
        <div class="done" style=${known ? share(this.done) : ''}></div>
        <div class="failed" style=${share(this.failed)}></div>
      </div>
      <div class="words"><span>${this.start}</span><span>${this.end}</span></div>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'ns-progress': NsProgress
  }
}
