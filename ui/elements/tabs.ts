// Tabs, or with `switch` a row of joined buttons of which one is on. Arrow keys move; the app shows what
// belongs to the chosen one. Fires `ns-select` with its id.

import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import { shared } from './shared.styles.ts'
import { styles } from './tabs.styles.ts'

export interface Tab {
  readonly id: string
  readonly label: string
  /** How much is behind it. */
  readonly count?: number
}

/** One of `tabs` is `selected`; the element moves the selection itself and tells the app. */
@customElement('ns-tabs')
export class NsTabs extends LitElement {
  static override styles = [shared, styles]

  @property({ attribute: false }) tabs: readonly Tab[] = []
  @property() selected = ''
  /** What is chosen among; spoken. */
  @property() label = ''
  /** Joined buttons instead of tabs: for a range or a unit of one and the same view. */
  @property({ type: Boolean, reflect: true }) switch = false

  #select(id: string): void {
    if (id === this.selected) return
    this.selected = id
    this.dispatchEvent(new CustomEvent('ns-select', { detail: id, bubbles: true, composed: true }))
  }

  readonly #key = (event: KeyboardEvent): void => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
    if (step === undefined) return
    event.preventDefault()
    const here = this.tabs.findIndex(({ id }) => id === this.selected)
    const next = this.tabs[(here + step + this.tabs.length) % this.tabs.length]
    if (!next) return
    this.#select(next.id)
    this.renderRoot.querySelector<HTMLElement>(`[data-id="${CSS.escape(next.id)}"]`)?.focus()
  }

  // Tabs and radio buttons are one stop of the tab key each; arrows move inside (APG, tabs and radio).
  override render(): TemplateResult {
    const role = this.switch ? 'radio' : 'tab'
    return html`<div
      role=${this.switch ? 'radiogroup' : 'tablist'}
      aria-label=${this.label || nothing}
      @keydown=${this.#key}
    >
      ${this.tabs.map(({ id, label, count }) => {
        const on = id === this.selected
        return html`<button
          type="button"
          role=${role}
          data-id=${id}
          aria-selected=${this.switch ? nothing : on}
          aria-checked=${this.switch ? on : nothing}
          tabindex=${on ? 0 : -1}
          @click=${() => this.#select(id)}
        >
          ${label}${count === undefined ? nothing : html` <span class="count">${count}</span>`}
        </button>`
      })}
    </div>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'ns-tabs': NsTabs
  }
}
