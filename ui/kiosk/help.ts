// Help, from the same corner on every screen: what the shapes mean, what to do with an alarm, and light or
// dark.

import { css, html, LitElement, type TemplateResult } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import { currentTheme, type StatusShape, setTheme, shared, type Theme } from '../elements/index.ts'
import { msg } from '../i18n/index.ts'

const shapes = (): readonly (readonly [StatusShape, string])[] => [
  ['p1', msg('Act now')],
  ['p2', msg('Act within the hour')],
  ['p3', msg('Act within the shift')],
  ['p4', msg('Note')],
  ['check', msg('Unusual, no alarm yet')],
  ['normal', msg('Normal')],
  ['learning', msg('Still learning what is normal')],
  ['stale', msg('No new value')]
]

@customElement('kiosk-help')
export class KioskHelp extends LitElement {
  static override styles = [
    shared,
    css`
      ul {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(220px, 1fr));
        gap: 4px 16px;
        margin: 12px 0;
      }
      ns-status {
        min-height: 28px;
        --ns-mark: 20px;
        gap: 12px;
        color: var(--ns-text);
      }
      p {
        margin: 8px 0;
      }
      .theme {
        display: flex;
        align-items: center;
        justify-content: space-between;
        flex-wrap: wrap;
        gap: 12px;
      }
    `
  ]
  @property({ type: Boolean }) open = false
  @state() private theme: Theme = currentTheme()

  readonly #choose = (event: CustomEvent<Theme>): void => {
    this.theme = event.detail
    setTheme(event.detail)
  }

  override render(): TemplateResult {
    const themes: readonly { id: Theme; label: string }[] = [
      { id: 'system', label: msg('Automatic') },
      { id: 'light', label: msg('Light') },
      { id: 'dark', label: msg('Dark') }
    ]
    return html`<ns-dialog heading=${msg('Help')} ?open=${this.open}>
      <p>${msg('A grey screen means that all is well. Colour only marks what is not.')}</p>
      <ul>
        ${shapes().map(([kind, word]) => html`<li><ns-status kind=${kind}>${word}</ns-status></li>`)}
      </ul>
      <p>
        ${msg('Tap a tile to see its trend and what to do. Acknowledge an alarm when you have seen it; it stays until its cause is gone. Shelve it when it may wait.')}
      </p>
      <div class="theme">
        <span id="theme">${msg('Brightness')}</span>
        <ns-tabs switch .tabs=${themes} selected=${this.theme} label=${msg('Brightness')} @ns-select=${this.#choose}></ns-tabs>
      </div>
      <ns-button
        slot="acts"
        kind="filled"
        @click=${() => this.dispatchEvent(new CustomEvent('ns-close'))}
        >${msg('Close')}</ns-button
      >
    </ns-dialog>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'kiosk-help': KioskHelp
  }
}
