// A labelled input, choice, text area or tick box on the browser's own controls, with hint and error.

import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import { live } from 'lit/directives/live.js'
import { shared } from '../shared.styles.ts'
import { styles } from './field.styles.ts'

export interface Choice {
  readonly value: string
  readonly label: string
}

/** Fires `ns-input` at every change of the text and `ns-change` when it is final; detail: the value. */
@customElement('ns-field')
export class NsField extends LitElement {
  static override styles = [shared, styles]
  static override shadowRootOptions: ShadowRootInit = {
    ...LitElement.shadowRootOptions,
    delegatesFocus: true
  }

  @property() label = ''
  /** `checkbox` uses the value `true` or the empty string. */
  @property() type:
    | 'text'
    | 'url'
    | 'password'
    | 'number'
    | 'search'
    | 'select'
    | 'textarea'
    | 'checkbox' = 'text'
  @property() value = ''
  /** With `type="select"`. */
  @property({ attribute: false }) choices: readonly Choice[] = []
  @property() placeholder = ''
  /** Unit or range, right of the text. */
  @property() suffix = ''
  @property() hint = ''
  @property({ reflect: true }) error = ''
  @property({ type: Boolean }) disabled = false
  @property({ type: Boolean }) required = false
  @property() min = ''
  @property() max = ''
  @property() step = ''
  /** The label is spoken but not shown. */
  @property({ type: Boolean, attribute: 'label-unseen' }) labelUnseen = false

  /** Something was typed that is no number; `value` is empty then. */
  get unreadable(): boolean {
    return this.renderRoot.querySelector('input')?.validity.badInput ?? false
  }

  /** The element keeps what was typed, so that an app may leave `value` alone. */
  #tell(name: 'ns-input' | 'ns-change', event: Event): void {
    const input = event.target as HTMLInputElement
    this.value = this.type === 'checkbox' ? (input.checked ? 'true' : '') : input.value
    this.dispatchEvent(new CustomEvent(name, { detail: this.value, bubbles: true, composed: true }))
  }
  readonly #input = (event: Event): void => this.#tell('ns-input', event)
  readonly #change = (event: Event): void => this.#tell('ns-change', event)

  /** An error takes the hint's place, also for a screen reader. */
  #described(): string | typeof nothing {
    if (this.error !== '') return 'error'
    return this.hint === '' ? nothing : 'hint'
  }

  /** The browser's own control, wired to label, hint and error. */
  #control(): TemplateResult {
    const invalid = this.error === '' ? nothing : 'true'
    if (this.type === 'select') {
      return html`<select
        id="control"
        .value=${live(this.value)}
        ?disabled=${this.disabled}
        aria-invalid=${invalid}
        aria-describedby=${this.#described()}
        @change=${this.#change}
      >
        ${this.choices.map(
          ({ value, label }) =>
            html`<option value=${value} ?selected=${value === this.value}>${label}</option>`
        )}
      </select>`
    }
    if (this.type === 'textarea') {
      return html`<textarea
        id="control"
        rows="4"
        .value=${live(this.value)}
        placeholder=${this.placeholder}
        ?disabled=${this.disabled}
        aria-invalid=${invalid}
        aria-describedby=${this.#described()}
        @input=${this.#input}
        @change=${this.#change}
      ></textarea>`
    }
    return html`<input
      id="control"
      type=${this.type}
      .value=${live(this.value)}
      placeholder=${this.placeholder}
      min=${this.min || nothing}
      max=${this.max || nothing}
      step=${this.step || nothing}
      autocomplete="off"
      ?disabled=${this.disabled}
      ?required=${this.required}
      aria-invalid=${invalid}
      aria-describedby=${this.#described()}
      @input=${this.#input}
      @change=${this.#change}
    />`
  }

  #box(): TemplateResult {
    if (this.type === 'checkbox') {
      return html`<label class="check"
        ><input
          type="checkbox"
          .checked=${live(this.value === 'true')}
          ?disabled=${this.disabled}
          aria-describedby=${this.#described()}
          @change=${this.#change}
        />${this.label}</label
      >`
    }
    return html`<label for="control" class=${this.labelUnseen ? 'unseen' : ''}>${this.label}</label>
      <div class="box">
        ${this.#control()}
        ${this.suffix === '' ? nothing : html`<span class="suffix">${this.suffix}</span>`}
        <slot name="end"></slot>
      </div>`
  }

  override render(): TemplateResult {
    return html`${this.#box()}
    ${this.error === '' ? nothing : html`<p class="error" id="error">${this.error}</p>`}
    ${this.hint === '' || this.error !== '' ? nothing : html`<p class="hint" id="hint">${this.hint}</p>`}`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'ns-field': NsField
  }
}
