// Enrolment: a one-time token with the command to run on the device, and the devices that came in. The
// token is shown once; the fleet keeps its digest only.

import { css, html, LitElement, type TemplateResult } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import { type FleetDevice, fleetApi } from '../../api/index.ts'
import {
  type Column,
  go,
  serverNow,
  shared,
  showFailure,
  showToast,
  Ticker
} from '../../elements/index.ts'
import { formatDateTime, formatRemaining, msg, str } from '../../i18n/index.ts'
import { copyText } from '../copy-text.ts'
import { EMPTY_STATE, type FleetState, isLost } from '../fleet-state.ts'
import { waiting } from '../reads.ts'
import { screenStyles } from '../screen.styles.ts'
import { deviceSaid } from '../words.ts'
import { enrolCommand, isLoopback } from './enrol-command.ts'

interface Token {
  readonly token: string
  readonly expiresAt: number
  /** Devices that were enrolled before it was made. */
  readonly before: ReadonlySet<string>
}

/** Watches the list of devices to tell when the token was used. */
@customElement('console-enrolment')
export class ConsoleEnrolment extends LitElement {
  static override styles = [
    shared,
    screenStyles,
    css`
      .make {
        padding: 16px var(--ns-pad);
        border-bottom: 1px solid var(--ns-rule);
      }
      .make > p {
        max-width: 72ch;
        margin-bottom: 12px;
      }
      .made {
        display: grid;
        grid-template-columns: 260px minmax(0, 1fr);
        gap: 16px 24px;
        align-items: start;
      }
      pre {
        margin: 0;
        padding: 10px 12px;
        border: 1px solid var(--ns-edge);
        border-radius: var(--ns-radius);
        background: var(--ns-well);
        font: var(--ns-code);
        overflow-wrap: anywhere;
        white-space: pre-wrap;
      }
      .below {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px 16px;
        margin-top: 8px;
      }
      .label {
        margin-bottom: 4px;
        color: var(--ns-muted);
        font: 400 var(--ns-second);
      }
      @media (width < 720px) {
        .made {
          grid-template-columns: minmax(0, 1fr);
        }
      }
    `
  ]
  @property({ attribute: false }) data: FleetState = EMPTY_STATE
  @state() private token: Token | undefined
  @state() private busy = false
  @state() private name = ''
  protected readonly ticker = new Ticker(this)

  async #make(): Promise<void> {
    this.busy = true
    try {
      const made = await fleetApi.enrolmentToken()
      const before = new Set((this.data.devices ?? []).map(({ id }) => id))
      this.token = { ...made, before }
    } catch (error) {
      showFailure(error)
    }
    this.busy = false
  }

  async #copy(text: string): Promise<void> {
    const done = await copyText(text)
    showToast(
      done
        ? { text: msg('The command is on the clipboard.') }
        : { text: msg('The browser did not allow it. Select the text and copy it.'), failure: true }
    )
  }

  /** The device that came in by the token that is shown. */
  #newcomer(): FleetDevice | undefined {
    const { token } = this
    return token && this.data.devices?.find(({ id }) => !token.before.has(id))
  }

  /** The token as a command; or that it was used, or has expired. */
  #made(token: Token): TemplateResult {
    const left = token.expiresAt - serverNow()
    const newcomer = this.#newcomer()
    if (newcomer) {
      return html`<p role="status">
          <ns-status kind="done"
            ><strong>${newcomer.name}</strong> ${msg('is enrolled; the token is used up.')}</ns-status
          >
        </p>
        <ns-button href=${`#/devices/${newcomer.id}`}>${msg('Open the device')}</ns-button>`
    }
    if (left <= 0) {
      return html`<p role="status">
        <ns-status kind="stale">${msg('The token has expired. Make a new one.')}</ns-status>
      </p>`
    }
    const command = enrolCommand({ fleet: location.origin, token: token.token, name: this.name })
    return html`<div class="made">
      <ns-field
        label=${msg('Name of the device')}
        placeholder=${msg('Press 7')}
        hint=${msg('Optional; the name of its machine otherwise.')}
        value=${this.name}
        @ns-input=${(event: CustomEvent<string>) => {
          this.name = event.detail
        }}
      ></ns-field>
      <div>
        <p class="label" id="command">${msg('Run this on the device')}</p>
        <pre tabindex="0" role="region" aria-labelledby="command">${command}</pre>
        <div class="below">
          <ns-button kind="filled" @click=${() => void this.#copy(command)}>${msg('Copy the command')}</ns-button>
          <ns-status kind="waiting">${msg(str`Valid for ${formatRemaining(left / 1000)}, for one device`)}</ns-status>
        </div>
        ${
          isLoopback(location.hostname)
            ? html`<p class="second" style="margin-top:8px">
              ${msg('This address reaches the fleet from this machine only. For other machines start it with --host and a name that they can reach.')}
            </p>`
            : ''
        }
      </div>
    </div>`
  }

  #columns(): readonly Column<FleetDevice>[] {
    return [
      { id: 'name', head: msg('Device'), kind: 'strong', value: ({ name }) => name },
      {
        id: 'state',
        head: msg('State'),
        value: ({ state: now }) => deviceSaid(now)[1],
        cell: ({ state: now }) => {
          const [shape, word] = deviceSaid(now)
          return html`<ns-status kind=${shape}>${word}</ns-status>`
        }
      },
      {
        id: 'enrolled',
        head: msg('Enrolled'),
        kind: 'number',
        value: ({ enrolledAt }) => enrolledAt,
        cell: ({ enrolledAt }) => formatDateTime(enrolledAt)
      }
    ]
  }

  #enrolled(devices: readonly FleetDevice[]): TemplateResult {
    return html`<section>
      <div class="section-head"><h2>${msg('Enrolled devices')}<small>${devices.length}</small></h2></div>
      ${
        devices.length === 0
          ? html`<p class="body muted">${msg('None yet.')}</p>`
          : html`<ns-table
            label=${msg('Enrolled devices')}
            selectable
            .columns=${this.#columns()}
            .rows=${devices}
            .key=${(device: FleetDevice) => device.id}
            .order=${{ column: 'enrolled', descending: true }}
            @ns-select=${(event: CustomEvent<FleetDevice>) => go(['devices', event.detail.id])}
          ></ns-table>`
      }
    </section>`
  }

  override render(): TemplateResult {
    const { devices } = this.data
    if (!devices) return waiting(this.data)
    return html`<div class="page-head">
        <div><h1><span>${msg('Enrolment')}</span></h1></div>
        <div class="acts">
          <ns-button
            kind=${this.token ? 'plain' : 'filled'}
            ?busy=${this.busy}
            ?disabled=${isLost(this.data)}
            reason=${msg('The fleet does not answer now.')}
            @click=${() => void this.#make()}
            >${this.token ? msg('Make another token') : msg('Make a token')}</ns-button
          >
        </div>
      </div>
      <div class="fill">
        <div class="make">
          <p>
            ${msg('A token lets one device in, within an hour. The device makes its own key, which never leaves it, and gets a certificate; all it sends afterwards is encrypted.')}
          </p>
          ${this.token ? this.#made(this.token) : ''}
        </div>
        ${this.#enrolled(devices)}
      </div>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'console-enrolment': ConsoleEnrolment
  }
}
