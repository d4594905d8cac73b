// Asks before devices go back to an older version. The number of devices is typed, so that the size of the
// act is read; the rollout itself is an ordinary one, to the older version.

import { css, html, LitElement, type TemplateResult } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import { fleetApi } from '../../api/index.ts'
import { go, shared, showFailure } from '../../elements/index.ts'
import { formatCount, msg, str } from '../../i18n/index.ts'
import { newRolloutKey } from '../rollout-key.ts'

export interface RollBack {
  readonly model: string
  readonly version: string
  readonly devices: readonly string[]
}

/** Fires `rollout-made` and opens the new rollout, or `ns-close`. */
@customElement('console-roll-back')
export class ConsoleRollBack extends LitElement {
  static override styles = [
    shared,
    css`
      p {
        margin-bottom: 12px;
      }
      ns-field {
        max-width: 200px;
      }
    `
  ]
  /** What is asked; undefined while nothing is. */
  @property({ attribute: false }) plan: RollBack | undefined
  @state() private typed = ''
  @state() private busy = false
  #key = newRolloutKey()

  readonly #close = (): void => {
    this.typed = ''
    this.dispatchEvent(new CustomEvent('ns-close'))
  }

  async #run({ model, version, devices }: RollBack): Promise<void> {
    this.busy = true
    try {
      const request = { model, version, devices: [...devices] }
      const made = await fleetApi.createRollout(request, this.#key)
      this.#key = newRolloutKey()
      this.dispatchEvent(
        new CustomEvent('rollout-made', { detail: made, bubbles: true, composed: true })
      )
      this.#close()
      go(['rollouts', made.id])
    } catch (error) {
      showFailure(error)
    }
    this.busy = false
  }

  #form(plan: RollBack): TemplateResult {
    const { devices } = plan
    const count = String(devices.length)
    const many = formatCount(devices.length, msg('device'), msg('devices'))
    return html`<p>
        ${msg('Each device switches between two batches and fails no request. Devices that are away follow when they are back. The rollout that is undone stays in the list.')}
      </p>
      <ns-field
        label=${msg(str`Type ${count} to confirm`)}
        value=${this.typed}
        @ns-input=${(event: CustomEvent<string>) => {
          this.typed = event.detail
        }}
      ></ns-field>
      <ns-button slot="acts" @click=${this.#close}>${msg('Keep as it is')}</ns-button>
      <ns-button
        slot="acts"
        kind="destroy"
        ?busy=${this.busy}
        ?disabled=${this.typed.trim() !== count}
        reason=${msg('Type the number of devices first.')}
        @click=${() => void this.#run(plan)}
        >${msg(str`Roll back ${many}`)}</ns-button
      >`
  }

  override render(): TemplateResult {
    const { plan } = this
    const many = formatCount(plan?.devices.length ?? 0, msg('device'), msg('devices'))
    const heading = plan ? msg(str`Roll back ${many} to ${plan.model} ${plan.version}?`) : ''
    return html`<ns-dialog heading=${heading} ?open=${plan !== undefined} @ns-close=${this.#close}>
      ${plan ? this.#form(plan) : ''}
    </ns-dialog>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'console-roll-back': ConsoleRollBack
  }
}
