// Placeholder of the console until its screens are here: the frame alone.

import { html, LitElement, type TemplateResult } from 'lit'
import { customElement } from 'lit/decorators.js'
import '../elements/index.ts'
import '../elements/desk/index.ts'

@customElement('ns-console')
export class NsConsole extends LitElement {
  override render(): TemplateResult {
    return html`<ns-desk-frame product="console"><ns-empty heading="Nothing here yet"></ns-empty></ns-desk-frame>`
  }
}
