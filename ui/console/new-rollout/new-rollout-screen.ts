// New rollout: which version, to which devices, and a review that counts live before anything starts.

import { css, html, LitElement, type PropertyValues, type TemplateResult } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import { ApiError, type FleetDevice, fleetApi, type RegistryModel } from '../../api/index.ts'
import { type Failure, go, shared } from '../../elements/index.ts'
import { formatBytes, formatCount, msg, str } from '../../i18n/index.ts'
import { EMPTY_STATE, type FleetState, isLost } from '../fleet-state.ts'
import { waiting } from '../reads.ts'
import { newRolloutKey } from '../rollout-key.ts'
import { screenStyles } from '../screen.styles.ts'
import { deviceSaid } from '../words.ts'
import { reviewOf, runs } from './review.ts'

const styles = css`
  .form {
    padding: 16px var(--ns-pad);
  }
  .form > * + * {
    margin-top: 16px;
  }
  .form ns-field {
    max-width: 420px;
  }
  .label {
    margin-bottom: 6px;
    color: var(--ns-muted);
    font: 400 var(--ns-second);
  }
  .find {
    margin: 8px 0;
  }
  .choices {
    max-width: 640px;
    max-height: 360px;
    overflow: auto;
    border: 1px solid var(--ns-rule);
    border-radius: var(--ns-radius);
    background: var(--ns-well);
  }
  label {
    display: grid;
    grid-template-columns: 16px minmax(0, 1fr) auto 92px;
    align-items: center;
    gap: 12px;
    min-height: max(var(--ns-row), 32px);
    padding: 0 12px;
    cursor: pointer;
  }
  label + label {
    border-top: 1px solid var(--ns-rule);
  }
  label:hover {
    background: var(--ns-hover);
  }
  label input {
    width: 16px;
    height: 16px;
  }
  .side .body {
    padding-top: 8px;
  }
  .side li {
    padding: 2px 0;
  }
  .side .acts {
    margin-top: 16px;
  }
  .refused {
    margin-top: 12px;
    padding: 10px 12px;
    border-left: 3px solid var(--ns-p1);
    background: var(--ns-tile);
  }
  @media (width < 720px) {
    label {
      grid-template-columns: 16px minmax(0, 1fr) auto;
      min-height: 44px;
    }
    label > :last-child {
      display: none;
    }
  }
`

const keyOf = ({ name, version }: RegistryModel): string => `${name} ${version}`

/** Fires `rollout-made` and opens the rollout when the fleet has taken it. */
@customElement('console-new-rollout')
export class ConsoleNewRollout extends LitElement {
  static override styles = [shared, screenStyles, styles]
  @property({ attribute: false }) data: FleetState = EMPTY_STATE
  /** From the address: `model`, `version`, `device`. */
  @property({ attribute: false }) asked: Readonly<Record<string, string>> = {}
  @state() private chosen = ''
  @state() private some = false
  @state() private picked: ReadonlySet<string> = new Set()
  @state() private words = ''
  @state() private busy = false
  @state() private refused: Failure | undefined
  #key = newRolloutKey()

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('asked')) return
    const { model, version, device } = this.asked
    if (model && version) this.chosen = `${model} ${version}`
    if (device) {
      this.some = true
      this.picked = new Set([device])
    }
  }

  /** Devices that take part, by what is chosen now. */
  #taking(devices: readonly FleetDevice[]): readonly FleetDevice[] {
    return this.some ? devices.filter(({ id }) => this.picked.has(id)) : devices
  }

  async #start(model: RegistryModel, devices: readonly FleetDevice[]): Promise<void> {
    this.busy = true
    this.refused = undefined
    try {
      const made = await fleetApi.createRollout(
        {
          model: model.name,
          version: model.version,
          ...(this.some ? { devices: devices.map(({ id }) => id) } : {})
        },
        this.#key
      )
      this.dispatchEvent(
        new CustomEvent('rollout-made', { detail: made, bubbles: true, composed: true })
      )
      go(['rollouts', made.id])
    } catch (error) {
      const code = error instanceof ApiError ? error.code : ''
      this.refused = { sentence: error instanceof Error ? error.message : String(error), code }
      this.#key = newRolloutKey()
    }
    this.busy = false
  }

  #pick(id: string, on: boolean): void {
    const picked = new Set(this.picked)
    if (on) picked.add(id)
    else picked.delete(id)
    this.picked = picked
  }

  /** Every device can be found by name; ticks outlive a search. */
  #devices(devices: readonly FleetDevice[], model: RegistryModel): TemplateResult {
    const words = this.words.trim().toLowerCase()
    // Who came from a device finds that device on top; ticking others moves nothing.
    const first = this.asked['device']
    const shown = devices
      .filter(({ name, id }) => `${name} ${id}`.toLowerCase().includes(words))
      .toSorted((a, b) => Number(b.id === first) - Number(a.id === first))
    return html`<ns-field
        class="find"
        type="search"
        label=${msg('Find a device')}
        label-unseen
        placeholder=${msg('Find a device')}
        value=${this.words}
        @ns-input=${(event: CustomEvent<string>) => {
          this.words = event.detail
        }}
      ></ns-field>
      <div class="choices" role="group" aria-label=${msg('Devices that take part')}>
        ${shown.map((device) => {
          const [shape, word] = deviceSaid(device.state)
          return html`<label>
            <input
              type="checkbox"
              .checked=${this.picked.has(device.id)}
              @change=${(event: Event) => this.#pick(device.id, (event.target as HTMLInputElement).checked)}
            />
            <span class="cut">${device.name}</span>
            <span class="muted">${runs(device, model.name) || msg('none')}</span>
            <ns-status kind=${shape}>${word}</ns-status>
          </label>`
        })}
        ${shown.length === 0 ? html`<p class="body muted">${msg('No device has these words.')}</p>` : ''}
      </div>`
  }

  /** Version first, then devices: both have a sensible start. */
  #form(devices: readonly FleetDevice[], model: RegistryModel): TemplateResult {
    const versions = (this.data.models ?? []).map((known) => ({
      value: keyOf(known),
      label: `${keyOf(known)} (${formatBytes(known.sizeBytes)})`
    }))
    const many = formatCount(devices.length, msg('device'), msg('devices'))
    const tabs = [
      { id: 'all', label: msg(str`All ${many}`) },
      { id: 'some', label: msg('Chosen devices') }
    ]
    return html`<div class="form">
      <ns-field
        type="select"
        label=${msg('Version')}
        value=${keyOf(model)}
        .choices=${versions}
        hint=${`${msg('Signed by key')} ${model.signer.slice(0, 16)}. ${msg('A device that does not trust this key refuses the version and keeps its own.')}`}
        @ns-change=${(event: CustomEvent<string>) => {
          this.chosen = event.detail
        }}
      ></ns-field>
      <div>
        <p class="label">${msg('Devices')}</p>
        <ns-tabs
          switch
          label=${msg('Devices')}
          .tabs=${tabs}
          selected=${this.some ? 'some' : 'all'}
          @ns-select=${(event: CustomEvent<string>) => {
            this.some = event.detail === 'some'
          }}
        ></ns-tabs>
        ${this.some ? this.#devices(devices, model) : ''}
      </div>
    </div>`
  }

  /** What would happen, counted from what devices report now. */
  #review(devices: readonly FleetDevice[], model: RegistryModel): TemplateResult {
    const { total, from, already, away } = reviewOf(devices, model.name, model.version)
    const many = formatCount(total, msg('device'), msg('devices'))
    const lost = isLost(this.data)
    const line = (count: number, words: string): TemplateResult =>
      html`<li class="line"><span>${words}</span><strong>${count}</strong></li>`
    return html`<div class="section-head"><h2>${msg('Review')}</h2><span>${msg('counts are live')}</span></div>
      <div class="body">
        <p class="lead">${msg(str`${keyOf(model)} to ${many}`)}</p>
        <ul>
          ${from.map(({ version, devices: count }) =>
            line(
              count,
              version === '' ? msg('run no version of it yet') : msg(str`change from ${version}`)
            )
          )}
          ${already > 0 ? line(already, msg('run it already')) : ''}
          ${away > 0 ? line(away, msg('are away and follow when they are back')) : ''}
        </ul>
        <p class="second" style="margin-top:12px">
          ${msg('Each device downloads the version, checks signature and digests, runs its golden inputs and switches between two batches. Where one of these fails, the old version keeps serving.')}
        </p>
        ${
          this.refused
            ? html`<p class="refused" role="alert">
              <strong>${msg('Refused.')}</strong> ${this.refused.sentence}
              <span class="code muted">${this.refused.code}</span>
            </p>`
            : ''
        }
        <div class="acts">
          <ns-button
            kind="filled"
            ?busy=${this.busy}
            ?disabled=${lost || total === 0}
            reason=${lost ? msg('The fleet does not answer now.') : msg('Choose at least one device.')}
            @click=${() => void this.#start(model, devices)}
            >${total === 0 ? msg('Roll out') : msg(str`Roll out to ${many}`)}</ns-button
          >
          <ns-button kind="quiet" href="#/rollouts">${msg('Cancel')}</ns-button>
        </div>
      </div>`
  }

  #content(devices: readonly FleetDevice[], models: readonly RegistryModel[]): TemplateResult {
    const model = models.find((known) => keyOf(known) === this.chosen) ?? models[0]
    if (!model) {
      return html`<ns-empty heading=${msg('There is no version to roll out')}>
        ${msg('Publish a signed version first.')}
        <ns-button slot="acts" kind="filled" href="#/registry">${msg('Open the registry')}</ns-button>
      </ns-empty>`
    }
    if (devices.length === 0) {
      return html`<ns-empty heading=${msg('There is no device to roll out to')}>
        ${msg('Enrol a device first.')}
        <ns-button slot="acts" kind="filled" href="#/enrolment">${msg('Enrol a device')}</ns-button>
      </ns-empty>`
    }
    return html`<div class="panes">
      <div class="pane">${this.#form(devices, model)}</div>
      <div class="side">${this.#review(this.#taking(devices), model)}</div>
    </div>`
  }

  override render(): TemplateResult {
    const { devices, models } = this.data
    if (!devices || !models) return waiting(this.data)
    return html`<div class="page-head">
        <div><h1><span>${msg('New rollout')}</span></h1></div>
      </div>
      ${this.#content(devices, models)}`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'console-new-rollout': ConsoleNewRollout
  }
}
