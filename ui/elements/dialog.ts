// A question or a page in front of the others, on the browser's own modal dialog: Escape closes it, focus
// stays inside and goes back where it came from.

import { html, LitElement, type PropertyValues, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import { styles } from './dialog.styles.ts'
import { shared } from './shared.styles.ts'

/** Slots: default, `acts`. Fires `ns-close` when it was closed by any means. */
@customElement('ns-dialog')
export class NsDialog extends LitElement {
  static override styles = [shared, styles]

  @property({ type: Boolean, reflect: true }) open = false
  @property() heading = ''

  /** True once it was said that it is closed. */
  #said = true

  override updated(changed: PropertyValues<this>): void {
    const dialog = this.renderRoot.querySelector('dialog')
    if (!dialog || !changed.has('open') || this.open === dialog.open) return
    if (this.open) {
      this.#said = false
      dialog.showModal()
    } else dialog.close()
  }

  /** The browser says later that it has closed: who opens again at once would be closed by that. */
  readonly #cancelled = (event: Event): void => {
    event.preventDefault()
    this.#say()
  }

  readonly #closed = ({ target }: Event): void => {
    if (target instanceof HTMLDialogElement && !target.open) this.#say()
  }

  /** By button, Escape or the app: one event for all. */
  #say(): void {
    this.open = false
    if (this.#said) return
    this.#said = true
    this.dispatchEvent(new CustomEvent('ns-close', { bubbles: true, composed: true }))
  }

  override render(): TemplateResult {
    return html`<dialog aria-labelledby="heading" @cancel=${this.#cancelled} @close=${this.#closed}>
      <h2 id="heading">${this.heading}</h2>
      <div class="content"><slot></slot></div>
      <div class="acts"><slot name="acts"></slot></div>
    </dialog>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'ns-dialog': NsDialog
  }
}
