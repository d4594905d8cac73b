// The strip that always shows the most urgent alarm, or quietly that there is none. Which alarm that is,
// and what its buttons do, is the app's business.

import { html, LitElement, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import './status.ts'
import { styles } from './alarm-strip.styles.ts'
import { shared } from './shared.styles.ts'
import type { StatusShape } from './status-shapes.ts'

/** Slot: the buttons of the strip, each `<ns-button bar>`. */
@customElement('ns-alarm-strip')
export class NsAlarmStrip extends LitElement {
  static override styles = [shared, styles]

  /** Shape of the alarm's priority; `normal` when there is none. */
  @property() kind: StatusShape = 'normal'
  /** What and where. */
  @property() heading = ''
  /** Since when, and what to do. */
  @property() detail = ''
  /** No alarm: drawn as part of the chrome. */
  @property({ type: Boolean, reflect: true }) quiet = false

  override render(): TemplateResult {
    return html`<div class="strip" role="status">
      <ns-status kind=${this.kind}></ns-status>
      <div class="words">
        <p class="what">${this.heading}</p>
        <p class="more">${this.detail}</p>
      </div>
      <div class="acts"><slot></slot></div>
    </div>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'ns-alarm-strip': NsAlarmStrip
  }
}
