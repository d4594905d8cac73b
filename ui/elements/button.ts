// A button, or a link that looks like one. Disabled buttons stay in the tab order and say why on focus.

import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import { styles } from './button.styles.ts'
import { shared } from './shared.styles.ts'
import { SHAPES } from './status-shapes.ts'

/** Outlined unless `kind` says otherwise; with `href` it is a link. A click on a disabled one is never heard. */
@customElement('ns-button')
export class NsButton extends LitElement {
  static override styles = [shared, styles]
  static override shadowRootOptions: ShadowRootInit = {
    ...LitElement.shadowRootOptions,
    delegatesFocus: true
  }

  /** `destructive` is outlined red; `destroy` is filled and stands only in the confirming dialog. */
  @property({ reflect: true }) kind: 'plain' | 'filled' | 'quiet' | 'destructive' | 'destroy' =
    'plain'
  /** Fills the height of a bar and is divided from its neighbour by a rule. */
  @property({ type: Boolean, reflect: true }) bar = false
  @property({ type: Boolean, reflect: true }) busy = false
  @property({ type: Boolean, reflect: true }) disabled = false
  /** Why it is disabled, one sentence. */
  @property() reason = ''
  /** Makes it a link. */
  @property() href = ''
  /** With `href`: saves the target under this name. */
  @property() download = ''
  /** Spoken name where the word alone is ambiguous. */
  @property() label = ''
  /** For switches: whether it is on. */
  @property() pressed: '' | 'true' | 'false' = ''

  constructor() {
    super()
    // In the capturing phase, so that a listener on the element never hears a click that must not act.
    this.addEventListener('click', this.#guard, { capture: true })
  }

  /** A disabled button stays reachable, so that its reason can be read; it only does nothing. */
  readonly #guard = (event: Event): void => {
    if (!this.disabled && !this.busy) return
    event.preventDefault()
    event.stopImmediatePropagation()
  }

  override render(): TemplateResult {
    const label = this.label === '' ? nothing : this.label
    if (this.href !== '' && !this.disabled) {
      const download = this.download === '' ? nothing : this.download
      return html`<a href=${this.href} download=${download} aria-label=${label}><slot></slot></a>`
    }
    const why = this.disabled && this.reason !== '' ? this.reason : nothing
    return html`<button
      type="button"
      aria-disabled=${this.disabled ? 'true' : nothing}
      aria-busy=${this.busy ? 'true' : nothing}
      aria-pressed=${this.pressed === '' ? nothing : this.pressed}
      aria-label=${label}
      aria-description=${why}
      title=${why}
    >
      ${this.busy ? html`<svg viewBox="0 0 16 16" aria-hidden="true">${SHAPES.running}</svg>` : nothing}<slot></slot>
    </button>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'ns-button': NsButton
  }
}
