// Short messages at the edge of the page. A success goes after 8 s; a failure stays until it is closed.
// Any part of an app calls showToast; the app places one <ns-toast>.

import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { customElement, state } from 'lit/decorators.js'
import { msg } from '../i18n/index.ts'
import { shared } from './shared.styles.ts'
import { styles } from './toast.styles.ts'

export interface ToastMessage {
  readonly text: string
  readonly failure?: boolean
  /** One act, such as Undo. */
  readonly act?: { readonly label: string; readonly run: () => void }
}

const SHOWN_MS = 8000
const EVENT = 'ns-toast'

/** Shows a message in the app's <ns-toast>. */
export function showToast(message: ToastMessage): void {
  dispatchEvent(new CustomEvent<ToastMessage>(EVENT, { detail: message }))
}

/** Shows what went wrong with a call, in the server's words. */
export function showFailure(error: unknown): void {
  showToast({ text: error instanceof Error ? error.message : String(error), failure: true })
}

/** Place one in each app; showToast and showFailure speak through it. */
@customElement('ns-toast')
export class NsToast extends LitElement {
  static override styles = [shared, styles]
  @state() private messages: readonly ToastMessage[] = []

  override connectedCallback(): void {
    super.connectedCallback()
    addEventListener(EVENT, this.#show)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    removeEventListener(EVENT, this.#show)
  }

  readonly #show = (event: Event): void => {
    const message = (event as CustomEvent<ToastMessage>).detail
    // The same sentence twice is one message; three at most stay in sight.
    const others = this.messages.filter((shown) => shown.text !== message.text)
    this.messages = [...others, message].slice(-3)
    if (!message.failure) setTimeout(() => this.#close(message), SHOWN_MS)
  }

  #close(message: ToastMessage): void {
    this.messages = this.messages.filter((shown) => shown !== message)
  }

  #act(message: ToastMessage): void {
    this.#close(message)
    message.act?.run()
  }

  override render(): TemplateResult {
    return html`<div aria-live="polite" role="status" style="display: contents">
      ${this.messages.map(
        (message) => html`<div class="toast ${message.failure ? 'failure' : ''}">
          <p>${message.text}</p>
          ${
            message.act
              ? html`<button type="button" @click=${() => this.#act(message)}>${message.act.label}</button>`
              : nothing
          }
          ${
            message.failure
              ? html`<button type="button" @click=${() => this.#close(message)}>${msg('Close')}</button>`
              : nothing
          }
        </div>`
      )}
    </div>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'ns-toast': NsToast
  }
}
