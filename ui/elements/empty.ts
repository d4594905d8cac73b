// What stands where content would: nothing yet (with the next step), a failure in words, or the shape of
// what is being loaded. The shape comes after 300 ms, so that fast answers never flicker.

import { html, LitElement, type TemplateResult } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import './status.ts'
import { msg } from '../i18n/index.ts'
import { styles } from './empty.styles.ts'
import { shared } from './shared.styles.ts'

const WIDTHS = ['46%', '62%', '38%', '55%', '43%'] as const

/** Slots: default (a sentence or two), `acts` (buttons). */
@customElement('ns-empty')
export class NsEmpty extends LitElement {
  static override styles = [shared, styles]

  /** `loading` says so in words, `skeleton` draws rows. */
  @property({ reflect: true }) kind: 'empty' | 'error' | 'loading' | 'skeleton' = 'empty'
  @property() heading = ''
  /** Rows of a skeleton. */
  @property({ type: Number }) rows = 5
  @state() private acting = false

  readonly #slotted = (event: Event): void => {
    this.acting = (event.target as HTMLSlotElement).assignedElements().length > 0
  }

  #skeleton(): TemplateResult {
    return html`<div class="late" role="status" aria-label=${this.heading || msg('Loading')}>
      ${Array.from(
        { length: this.rows },
        (_, row) =>
          html`<div class="row">
            <i style="--wide:${WIDTHS[row % WIDTHS.length]}"></i><i style="--wide:14%"></i>
          </div>`
      )}
    </div>`
  }

  override render(): TemplateResult {
    if (this.kind === 'skeleton') return this.#skeleton()
    const shape = { error: 'failed', loading: 'running', empty: undefined }[this.kind]
    return html`<div class=${this.kind === 'loading' ? 'late' : ''} role=${this.kind === 'error' ? 'alert' : 'status'}>
      <p class="heading">
        ${shape ? html`<ns-status kind=${shape}></ns-status>` : ''}${this.heading}
      </p>
      <div class="text"><slot></slot></div>
      <div class="acts ${this.acting ? 'filled' : ''}">
        <slot name="acts" @slotchange=${this.#slotted}></slot>
      </div>
    </div>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'ns-empty': NsEmpty
  }
}
