// Asks why an alarm is shelved and until when. Reasons and ends are lists, so that no keyboard is needed;
// an alarm is never shelved for more than one shift (ISA-18.2: never for ever).

import { css, html, LitElement, type TemplateResult } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import { type Alarm, deviceApi } from '../../api/index.ts'
import { serverNow, shared, showFailure } from '../../elements/index.ts'
import { formatWhen, msg, str } from '../../i18n/index.ts'

const reasons = (): readonly string[] => [
  msg('Known, repair is planned'),
  msg('Being worked on'),
  msg('Test in progress'),
  msg('The reading is wrong')
]

/** Minutes; the longest is one shift. */
const ENDS = [15, 60, 240, 480] as const

/** Fires `changed` with the shelved alarm, and `ns-close`. */
@customElement('kiosk-shelve')
export class KioskShelve extends LitElement {
  static override styles = [
    shared,
    css`
      p {
        margin-bottom: 8px;
      }
      fieldset {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(200px, 1fr));
        gap: 8px;
        margin: 8px 0 0;
        padding: 0;
        border: 0;
      }
      legend {
        margin-bottom: 4px;
        color: var(--ns-muted);
        font: 400 var(--ns-second);
      }
      .ends {
        grid-template-columns: repeat(auto-fit, minmax(100px, 1fr));
      }
      label {
        display: flex;
        align-items: center;
        gap: 12px;
        min-height: 64px;
        padding: 0 16px;
        border: 1px solid var(--ns-edge);
        border-radius: var(--ns-radius);
      }
      label:has(:checked) {
        border: 2px solid var(--ns-select);
        padding: 0 15px;
        background: var(--ns-selected);
        font-weight: 600;
      }
      label:has(:focus-visible) {
        outline: 2px solid var(--ns-select);
        outline-offset: 2px;
      }
      input {
        width: 20px;
        height: 20px;
        outline: 0;
      }
    `
  ]
  @property({ attribute: false }) alarm: Alarm | null = null
  @state() private reason = ''
  @state() private minutes: number = ENDS[0]
  @state() private busy = false

  readonly #close = (): void => {
    this.reason = ''
    this.minutes = ENDS[0]
    this.dispatchEvent(new CustomEvent('ns-close'))
  }

  /** Closes only when the device has agreed. */
  async #shelve(): Promise<void> {
    const { alarm, reason, minutes } = this
    if (!alarm || reason === '') return
    this.busy = true
    try {
      const shelved = await deviceApi.shelve(alarm.id, reason, minutes)
      this.dispatchEvent(new CustomEvent('changed', { detail: shelved }))
      this.#close()
    } catch (error) {
      showFailure(error)
    }
    this.busy = false
  }

  /** A whole field of 64 px is the radio button. */
  #choice(name: string, label: string, pick: { on: boolean; choose: () => void }): TemplateResult {
    return html`<label
      ><input type="radio" name=${name} .checked=${pick.on} @change=${pick.choose} />${label}</label
    >`
  }

  override render(): TemplateResult {
    const end = (minutes: number): string => (minutes < 60 ? `${minutes} min` : `${minutes / 60} h`)
    const until = formatWhen(serverNow() + this.minutes * 60_000, serverNow())
    return html`<ns-dialog heading=${msg('Shelve this alarm?')} ?open=${this.alarm !== null} @ns-close=${this.#close}>
      <p>${this.alarm?.title}</p>
      <fieldset>
        <legend>${msg('Reason')}</legend>
        ${reasons().map((reason) =>
          this.#choice('reason', reason, {
            on: reason === this.reason,
            choose: () => {
              this.reason = reason
            }
          })
        )}
      </fieldset>
      <fieldset class="ends">
        <legend>${msg('For how long')}</legend>
        ${ENDS.map((minutes) =>
          this.#choice('end', end(minutes), {
            on: minutes === this.minutes,
            choose: () => {
              this.minutes = minutes
            }
          })
        )}
      </fieldset>
      <ns-button slot="acts" @click=${this.#close}>${msg('Keep it open')}</ns-button>
      <ns-button
        slot="acts"
        kind="filled"
        ?busy=${this.busy}
        ?disabled=${this.reason === ''}
        reason=${msg('Choose a reason first.')}
        @click=${() => void this.#shelve()}
        >${msg(str`Shelve until ${until}`)}</ns-button
      >
    </ns-dialog>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'kiosk-shelve': KioskShelve
  }
}
