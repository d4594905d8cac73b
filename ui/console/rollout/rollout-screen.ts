// One rollout: why it stands where it stands, one square a device, what became of the chosen one, and
// beside it the facts and every refusal with its reason. Square, list and timeline share one selection.

import { html, LitElement, type PropertyValues, type TemplateResult } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import { fleetApi, type RolloutDetail, type RolloutDevice } from '../../api/index.ts'
import { go, serverNow, shared, showFailure } from '../../elements/index.ts'
import {
  formatBytes,
  formatClockSeconds,
  formatCount,
  formatDuration,
  formatNumber,
  formatWhen,
  keepUnits,
  msg,
  str
} from '../../i18n/index.ts'
import { EMPTY_STATE, type FleetState, isLost } from '../fleet-state.ts'
import { failed, waiting } from '../reads.ts'
import { newRolloutKey } from '../rollout-key.ts'
import { screenStyles } from '../screen.styles.ts'
import { isFailed, isSettled, precisionWord, rolloutSaid, stepSaid } from '../words.ts'
import type { RollBack } from './roll-back-dialog.ts'
import './roll-back-dialog.ts'
import { styles } from './rollout.styles.ts'
import { legendOf, railSegment, squaresOf, versionBefore } from './rollout-words.ts'

/** Beyond this, squares say less than counts and the list of what failed. */
const MOST_SQUARES = 500
/** Rows of those on the way; the squares show all. */
const MOST_ACTIVE = 12

/** Asks for the rollout by `need-rollout`; the app's picture of the fleet brings it. */
@customElement('console-rollout')
export class ConsoleRollout extends LitElement {
  static override styles = [shared, screenStyles, styles]
  @property({ attribute: false }) data: FleetState = EMPTY_STATE
  @property({ attribute: 'rollout-id' }) rolloutId = ''
  /** Id of the chosen device, from the address. */
  @property() chosen = ''
  @state() private asking: RollBack | undefined
  @state() private busy = false
  #retryKey = newRolloutKey()

  protected override willUpdate(changed: PropertyValues<this>): void {
    const known = this.data.details.has(this.rolloutId)
    const anew =
      changed.has('rolloutId') || (changed.get('data')?.details.has(this.rolloutId) ?? false)
    if (known || !anew) return
    this.dispatchEvent(
      new CustomEvent('need-rollout', { detail: this.rolloutId, bubbles: true, composed: true })
    )
  }

  /** The choice stands in the address and leaves no trace for the back button. */
  #choose(device: string): void {
    go(['rollouts', this.rolloutId], { device }, true)
  }

  /** The same version once more to the devices that did not take it. */
  async #retry({ model, version, devices }: RolloutDetail): Promise<void> {
    this.busy = true
    try {
      const again = devices.filter(isFailed).map(({ device }) => device)
      const made = await fleetApi.createRollout({ model, version, devices: again }, this.#retryKey)
      this.#retryKey = newRolloutKey()
      this.dispatchEvent(
        new CustomEvent('rollout-made', { detail: made, bubbles: true, composed: true })
      )
      go(['rollouts', made.id])
    } catch (error) {
      showFailure(error)
    }
    this.busy = false
  }

  /** Where a roll-back would lead, or the sentence why there is none. */
  #backPlan({ model, devices }: RolloutDetail): RollBack | string {
    const version = versionBefore(devices)
    if (!version) return msg('No device has changed its version in this rollout.')
    const published = this.data.models?.some(
      (known) => known.name === model && known.version === version
    )
    if (!published) {
      return msg(
        str`Version ${version} came with the devices and is not in the registry. Publish it, then roll back.`
      )
    }
    const back = devices.filter(
      ({ state: step, previousVersion }) => step === 'committed' && previousVersion === version
    )
    return { model, version, devices: back.map(({ device }) => device) }
  }

  /** Acts that do not apply are dashed and say why. */
  #acts(detail: RolloutDetail): TemplateResult {
    const lost = isLost(this.data)
    const waits = msg('The fleet does not answer now.')
    const plan = this.#backPlan(detail)
    const again = detail.counts.failed
    return html`<div class="acts">
      <ns-button
        ?busy=${this.busy}
        ?disabled=${lost || again === 0}
        reason=${lost ? waits : msg('No device has failed.')}
        @click=${() => void this.#retry(detail)}
        >${msg('Retry failed')}${again === 0 ? '' : ` (${again})`}</ns-button
      >
      <ns-button
        kind="destructive"
        ?disabled=${lost || typeof plan === 'string'}
        reason=${lost ? waits : typeof plan === 'string' ? plan : ''}
        @click=${() => {
          if (typeof plan !== 'string') this.asking = plan
        }}
        >${typeof plan === 'string' ? msg('Roll back') : msg(str`Roll back to ${plan.version}`)}</ns-button
      >
    </div>`
  }

  #head(detail: RolloutDetail): TemplateResult {
    const [shape, word] = rolloutSaid(detail.state)
    const started = formatWhen(detail.createdAt, serverNow())
    const many = formatCount(detail.counts.total, msg('device'), msg('devices'))
    return html`<div class="page-head">
      <div>
        <h1>
          <span>${detail.model} ${detail.version}</span
          ><ns-status strong kind=${shape}>${word}</ns-status>
        </h1>
        <p>${msg(str`Rollout to ${many}, started ${started}`)}</p>
      </div>
      ${this.#acts(detail)}
    </div>`
  }

  /** Legend with counts, then a square a device. */
  #squares(detail: RolloutDetail): TemplateResult {
    const squares = squaresOf(detail, this.data.devices)
    return html`<section>
      <div class="section-head">
        <h2>${msg('Devices')}<small>${detail.counts.total}</small></h2>
        <span>${squares.length > MOST_SQUARES ? '' : msg('one square per device, in order of update')}</span>
      </div>
      <div class="body">
        <ul class="legend">
          ${legendOf(squares).map(
            ({ state: kind, word, count }) =>
              html`<li><i class=${kind} aria-hidden="true">${kind === 'failed' || kind === 'offline' ? '×' : kind === 'waiting' ? '·' : ''}</i>${word} ${formatNumber(count)}</li>`
          )}
        </ul>
        ${
          squares.length > MOST_SQUARES
            ? ''
            : html`<ns-squares
              .squares=${squares}
              selected=${this.#selected(detail)?.device ?? ''}
              @ns-select=${(event: CustomEvent<string>) => this.#choose(event.detail)}
            ></ns-squares>`
        }
      </div>
    </section>`
  }

  /** The chosen device; else the first that failed, else the only one. */
  #selected({ devices }: RolloutDetail): RolloutDevice | undefined {
    return (
      devices.find(({ device }) => device === this.chosen) ??
      devices.find(isFailed) ??
      (devices.length === 1 ? devices[0] : undefined)
    )
  }

  /** What happened, to the chosen device or to all. */
  #timeline(detail: RolloutDetail): TemplateResult {
    const selected = this.#selected(detail)
    const lines = selected
      ? detail.timeline.filter(({ device }) => device === null || device === selected.device)
      : detail.timeline.toReversed()
    const [shape, word] = selected ? stepSaid(selected.state) : (['normal', ''] as const)
    return html`<section>
      <div class="section-head">
        <h2>
          ${
            selected
              ? html`<a class="plain" href=${`#/devices/${selected.device}`}>${selected.name}</a
                ><small>${selected.previousVersion ? msg(str`from ${selected.previousVersion}`) : ''}</small>`
              : msg('What happened')
          }
        </h2>
        ${selected ? html`<ns-status kind=${shape}>${word}</ns-status>` : html`<span>${msg('newest first')}</span>`}
      </div>
      <div class="body">
        ${selected?.state === 'downloading' ? html`<ns-progress done=${Math.round(selected.progress * 100)} total="100" label=${msg('Download')} start=${msg('Download')} end="${Math.round(selected.progress * 100)} %"></ns-progress>` : ''}
        <ol class="steps">
          ${lines.map(
            ({ at, sentence }) =>
              html`<li><span>${formatClockSeconds(at)}</span><p>${keepUnits(sentence)}</p></li>`
          )}
        </ol>
        ${selected && !isSettled(selected.state) ? html`<p class="muted">${selected.reason}</p>` : ''}
      </div>
    </section>`
  }

  /** Every refusal with its sentence and code, in full. */
  #failures(detail: RolloutDetail): TemplateResult | '' {
    const bad = detail.devices.filter(isFailed)
    if (bad.length === 0) return ''
    const selected = this.#selected(detail)?.device
    return html`<section>
      <div class="section-head"><h2>${msg('Refused or failed')}<small>${bad.length}</small></h2></div>
      ${bad.map(
        ({ device, name, reason, code, at, state: step }) => html`<button
          type="button"
          class="device"
          aria-pressed=${device === selected}
          @click=${() => this.#choose(device)}
        >
          <ns-status kind="failed" label=${stepSaid(step)[1]}></ns-status>
          <span class="line"><strong>${name}</strong><span class="second">${formatWhen(at, serverNow())}</span></span>
          <span>${keepUnits(reason)}${code ? html` <span class="code">${code}</span>` : ''}</span>
        </button>`
      )}
    </section>`
  }

  /** Who is on the way, so that a rollout that hangs shows where. */
  #active(detail: RolloutDetail): TemplateResult | '' {
    const active = detail.devices.filter(({ state: step }) => !isSettled(step))
    if (active.length === 0) return ''
    return html`<section>
      <div class="section-head"><h2>${msg('On the way')}<small>${active.length}</small></h2></div>
      ${active.slice(0, MOST_ACTIVE).map(({ device, name, state: step, progress, reason }) => {
        const [shape, word] = stepSaid(step)
        const share = step === 'downloading' ? ` ${Math.round(progress * 100)}\u00A0%` : ''
        return html`<button
          type="button"
          class="device one"
          title=${reason}
          aria-pressed=${device === this.#selected(detail)?.device}
          @click=${() => this.#choose(device)}
        >
          <strong>${name}</strong><ns-status kind=${shape}>${word}${share}</ns-status>
        </button>`
      })}
    </section>`
  }

  /** What was planned, and how it went. */
  #facts(detail: RolloutDetail): TemplateResult {
    const model = this.data.models?.find(
      ({ name, version }) => name === detail.model && version === detail.version
    )
    const { counts, endedAt, createdAt } = detail
    const fact = (name: string, value: unknown): TemplateResult =>
      html`<dt>${name}</dt><dd>${value}</dd>`
    return html`<section>
      <div class="section-head"><h2>${msg('Plan')}</h2></div>
      <dl class="facts body">
        ${fact(msg('Version'), html`<a class="plain" href=${`#/registry/${detail.model}/${detail.version}`}>${detail.model} ${detail.version}</a>`)}
        ${fact(msg('Devices'), formatNumber(counts.total))}
        ${counts.already > 0 ? fact(msg('Ran it before'), formatNumber(counts.already)) : ''}
        ${fact(msg('On failure'), msg('the device keeps its version'))}
        ${fact(msg('Took'), endedAt === null ? msg('not ended') : formatDuration(Math.max(1000, endedAt - createdAt)))}
        ${model ? fact(msg('Size'), `${formatBytes(model.sizeBytes)}, ${model.variants.map(({ precision }) => precisionWord(precision)).join(' and ')}`) : ''}
        ${model ? fact(msg('Signed by'), html`<span class="code">${model.signer.slice(0, 16)}</span>`) : ''}
      </dl>
    </section>`
  }

  override render(): TemplateResult {
    const detail = this.data.details.get(this.rolloutId)
    if (!detail) {
      const known = this.data.rollouts?.some(({ id }) => id === this.rolloutId)
      if (this.data.rollouts && !known) {
        const sentence = msg('There is no rollout with this id. It may have been mistyped.')
        return failed({ sentence, code: 'NS_ROLLOUT_UNKNOWN' })
      }
      return waiting(this.data)
    }
    return html`${this.#head(detail)}
      <div class="panes">
        <div class="pane">
          <section class="why" role="status">
            <p class="lead">${keepUnits(detail.sentence)}</p>
            ${detail.counts.failed > 0 ? html`<p>${msg('Where it was refused or failed, the version before keeps serving.')}</p>` : ''}
            <ns-rollout-rail .segments=${[railSegment(detail)]}></ns-rollout-rail>
          </section>
          ${this.#squares(detail)} ${this.#timeline(detail)}
        </div>
        <div class="side">${this.#failures(detail)} ${this.#active(detail)} ${this.#facts(detail)}</div>
      </div>
      <console-roll-back
        .plan=${this.asking}
        @ns-close=${() => {
          this.asking = undefined
        }}
      ></console-roll-back>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'console-rollout': ConsoleRollout
  }
}
