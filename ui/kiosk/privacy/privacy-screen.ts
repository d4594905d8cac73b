// K7, privacy: the promise, what is stored until when, whom this device talks to, and the audit trail that
// proves it.

import { css, html, LitElement, type TemplateResult } from 'lit'
import { customElement } from 'lit/decorators.js'
import { deviceApi, type PrivacyStatus } from '../../api/index.ts'
import { serverNow, shared } from '../../elements/index.ts'
import { formatBytes, formatCount, formatWhen, msg } from '../../i18n/index.ts'
import { Loader } from '../loader.ts'
import { screenStyles } from '../screen.styles.ts'

const REFRESH_MS = 5000

/** Reads by itself every five seconds, as the stream carries no privacy events. */
@customElement('kiosk-privacy')
export class KioskPrivacy extends LitElement {
  static override styles = [
    shared,
    screenStyles,
    css`
      .promise {
        font: 600 var(--ns-name);
        max-width: 70ch;
      }
    `
  ]
  protected readonly status = new Loader<PrivacyStatus>(this, REFRESH_MS)

  override connectedCallback(): void {
    super.connectedCallback()
    this.status.load(deviceApi.privacy)
  }

  /** What is stored now, how much, until when. */
  #stored({ stored }: PrivacyStatus): TemplateResult {
    return html`<section class="panel">
      <h2>${msg('Stored now')}</h2>
      ${
        stored.length === 0
          ? html`<p class="muted">${msg('Nothing that belongs to a user.')}</p>`
          : html`<ul class="rows">
            ${stored.map(
              ({ what, items, bytes, until }) => html`<li>
                <p class="line"><strong>${what}</strong><span>${items === 0 ? msg('nothing') : `${formatCount(items, msg('item'), msg('items'))}, ${formatBytes(bytes)}`}</span></p>
                <p class="muted">${msg('kept until')} ${until}</p>
              </li>`
            )}
          </ul>`
      }
    </section>`
  }

  /** Every address that this device talks to, with the purpose. */
  #connections({ connections }: PrivacyStatus): TemplateResult {
    return html`<section class="panel">
      <h2>${msg('This device talks to')}</h2>
      ${
        connections.length === 0
          ? html`<p class="muted">${msg('Nobody.')}</p>`
          : html`<ul class="rows">
            ${connections.map(
              ({ to, purpose }) =>
                html`<li><strong>${to}</strong><p class="muted">${purpose}</p></li>`
            )}
          </ul>`
      }
    </section>`
  }

  /** The proof: what was stored and wiped, and how it ended. */
  #audit({ audit }: PrivacyStatus): TemplateResult {
    const now = serverNow()
    return html`<section class="panel">
      <h2>${msg('Audit trail')} <span>${msg('latest first')}</span></h2>
      ${
        audit.length === 0
          ? html`<p class="muted">${msg('No entry yet.')}</p>`
          : html`<ul class="rows">
            ${audit.slice(0, 50).map(
              ({ at, action, subject, outcome, detail }) => html`<li>
                <p class="line">
                  <span><strong>${action}</strong> ${subject}</span><span class="muted">${formatWhen(at, now)}</span>
                </p>
                <p class="muted">${outcome}${detail === '' ? '' : `. ${detail}`}</p>
              </li>`
            )}
          </ul>`
      }
    </section>`
  }

  override render(): TemplateResult {
    const { value, failure } = this.status
    if (!value) {
      return failure === ''
        ? html`<ns-empty kind="skeleton"></ns-empty>`
        : html`<ns-empty kind="error" heading=${msg('The record cannot be read')}>${failure}</ns-empty>`
    }
    return html`<section class="panel"><p class="promise">${value.statement}</p></section>
      <div class="columns">
        <div>${this.#stored(value)} ${this.#connections(value)}</div>
        <div>${this.#audit(value)}</div>
      </div>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'kiosk-privacy': KioskPrivacy
  }
}
