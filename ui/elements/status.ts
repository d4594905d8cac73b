// A state: its shape and its word. The word is the slotted text; where the word stands elsewhere, `label`
// says it to those who cannot see the shape.

import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import { shared } from './shared.styles.ts'
import { styles } from './status.styles.ts'
import { SHAPES, type StatusShape } from './status-shapes.ts'

/** Shape by `kind`, word by its content: `<ns-status kind="p2">High</ns-status>`. */
@customElement('ns-status')
export class NsStatus extends LitElement {
  static override styles = [shared, styles]

  /** Which state; gives the shape. */
  @property({ reflect: true }) kind: StatusShape = 'normal'
  /** The word takes the colour of the state and is set bold. */
  @property({ type: Boolean, reflect: true }) strong = false
  /** Spoken word when nothing is slotted. */
  @property() label = ''

  override render(): TemplateResult {
    return html`<svg
        viewBox="0 0 16 16"
        role=${this.label === '' ? nothing : 'img'}
        aria-label=${this.label === '' ? nothing : this.label}
        aria-hidden=${this.label === '' ? 'true' : nothing}
      >
        ${SHAPES[this.kind]}</svg
      ><slot></slot>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'ns-status': NsStatus
  }
}
