// One device: why it is in its state, alarms, what it runs and what it refused, its readings, and its facts.

import { css, html, LitElement, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import type { FleetDevice, InstallReport } from '../../api/index.ts'
import { serverNow, shapeOfPriority, shared } from '../../elements/index.ts'
import {
  formatBytes,
  formatCount,
  formatDateTime,
  formatNumber,
  formatWhen,
  keepUnits,
  msg,
  str
} from '../../i18n/index.ts'
import { rungWord } from '../../words/index.ts'
import { EMPTY_STATE, type FleetState, isLost } from '../fleet-state.ts'
import { failed, waiting } from '../reads.ts'
import { screenStyles } from '../screen.styles.ts'
import { deviceSaid, isFailed, rungSaid, stepSaid } from '../words.ts'
import { missedRungs } from './missed-rungs.ts'
import './telemetry.ts'

const styles = css`
  .alarm {
    display: grid;
    grid-template-columns: 16px minmax(0, 1fr) auto;
    gap: 2px 12px;
    padding: 8px var(--ns-pad);
    border-top: 1px solid var(--ns-rule);
    background: var(--ns-tile);
  }
  .alarm p + p {
    color: var(--ns-muted);
  }
  .failed-reason {
    margin-top: 2px;
  }
`

const fact = (name: string, value: unknown): TemplateResult =>
  html`<dt>${name}</dt><dd>${value}</dd>`

/** Drawn from the picture of the fleet; only trends are read on their own. */
@customElement('console-device')
export class ConsoleDevice extends LitElement {
  static override styles = [shared, screenStyles, styles]
  @property({ attribute: false }) data: FleetState = EMPTY_STATE
  @property({ attribute: 'device-id' }) deviceId = ''
  /** Name of the series that is shown large, from the address. */
  @property() series = ''

  #head(device: FleetDevice): TemplateResult {
    const [shape, word] = deviceSaid(device.state)
    const target = `#/rollouts/new?device=${encodeURIComponent(device.id)}`
    return html`<div class="page-head">
      <div>
        <h1><span>${device.name}</span><ns-status kind=${shape}>${word}</ns-status></h1>
        ${device.sentence === `${word}.` ? '' : html`<p>${keepUnits(device.sentence)}</p>`}
      </div>
      <div class="acts">
        <ns-button href=${`#/logs?device=${encodeURIComponent(device.id)}`}>${msg('Logs')}</ns-button>
        <ns-button
          href=${target}
          ?disabled=${isLost(this.data)}
          reason=${msg('The fleet does not answer now.')}
          >${msg('Roll out to it')}</ns-button
        >
      </div>
    </div>`
  }

  /** What the device found wrong, with what to do. */
  #alarms({ alarms }: FleetDevice): TemplateResult | '' {
    if (alarms.length === 0) return ''
    return html`<section>
      <div class="section-head"><h2>${msg('Open alarms')}<small>${alarms.length}</small></h2></div>
      ${alarms
        .toSorted((a, b) => a.priority - b.priority || b.raisedAt - a.raisedAt)
        .map(
          ({ priority, title, cause, action, raisedAt, acknowledgedAt }) => html`<div class="alarm">
            <ns-status kind=${shapeOfPriority(priority)} label=${`${msg('Priority')} ${priority}`}></ns-status>
            <div>
              <p><strong>${keepUnits(title)}</strong></p>
              <p>${keepUnits([cause, action].filter(Boolean).join(' '))}</p>
            </div>
            <span class="second"
              ><ns-age .at=${raisedAt}></ns-age>${acknowledgedAt === null ? '' : html`<br />${msg('acknowledged')}`}</span
            >
          </div>`
        )}
    </section>`
  }

  /** What it runs now, at which precision and on which rung. */
  #models({ reported }: FleetDevice): TemplateResult {
    const models = reported?.models ?? []
    return html`<section>
      <div class="section-head"><h2>${msg('Models')}</h2></div>
      ${
        models.length === 0
          ? html`<p class="body muted">${msg('It has reported no model yet.')}</p>`
          : html`<ul class="rows">
            ${models.map(
              (model) => html`<li>
                <p class="line">
                  <a class="plain" href=${`#/registry/${model.name}/${model.version}`}
                    ><strong>${model.name} ${model.version}</strong></a
                  ><span>${rungSaid(model)}</span>
                </p>
                <p class="second">
                  ${model.origin === 'builtin' ? msg('came with the device') : msg('installed by a rollout')}
                </p>
                ${missedRungs(model).map(
                  ({ rung, sentence }) => html`<p class="second refused">
                    ${msg(str`Not on ${rungWord(rung)}:`)} ${sentence}
                  </p>`
                )}
              </li>`
            )}
          </ul>`
      }
    </section>`
  }

  #install({ model, version, step, reason, code, rollout, at }: InstallReport): TemplateResult {
    // It was put to use then; whether it still is, stands under Models.
    const [shape, word] =
      step === 'committed' ? (['done', msg('Installed')] as const) : stepSaid(step)
    return html`<li>
      <p class="line">
        <span
          ><a class="plain" href=${`#/rollouts/${rollout}`}><strong>${model} ${version}</strong></a></span
        ><ns-status kind=${shape} ?strong=${isFailed({ state: step })}>${word}</ns-status>
      </p>
      <p class="second">${formatWhen(at, serverNow())}</p>
      ${
        step === 'committed'
          ? ''
          : html`<p class="failed-reason">${keepUnits(reason)} ${code ? html`<span class="code muted">${code}</span>` : ''}</p>`
      }
    </li>`
  }

  /** What became of each version that it was given. */
  #installs({ reported }: FleetDevice): TemplateResult | '' {
    const installs = (reported?.installs ?? []).toSorted((a, b) => b.at - a.at)
    if (installs.length === 0) return ''
    return html`<section>
      <div class="section-head"><h2>${msg('Installs')}</h2><span>${msg('newest first')}</span></div>
      <ul class="rows">${installs.map((install) => this.#install(install))}</ul>
    </section>`
  }

  /** Who it is, what it is made of, how far behind it is. */
  #facts(device: FleetDevice): TemplateResult {
    const { hello, reported, events, enrolledAt, lastSeenAt, id } = device
    const outbox = reported?.outbox
    return html`<section>
      <div class="section-head"><h2>${msg('Facts')}</h2></div>
      <dl class="facts body">
        ${fact(msg('Id'), html`<span class="code">${id}</span>`)}
        ${fact(msg('Last seen'), lastSeenAt === null ? msg('never') : html`<ns-age .at=${lastSeenAt}></ns-age>`)}
        ${fact(msg('Enrolled'), formatDateTime(enrolledAt))}
        ${fact(msg('Events received'), formatNumber(events))}
        ${outbox ? fact(msg('Waiting to be sent'), outbox.events === 0 ? msg('nothing') : `${formatCount(outbox.events, msg('event'), msg('events'))}, ${formatBytes(outbox.bytes)}`) : ''}
        ${reported ? fact(msg('Disk free'), `${formatBytes(reported.disk.freeBytes)} ${msg('of')} ${formatBytes(reported.disk.totalBytes)}`) : ''}
        ${reported ? fact(msg('Generation'), formatNumber(reported.gen)) : ''}
        ${
          hello
            ? html`${fact('Nearside', hello.version)} ${fact(msg('Platform'), hello.platform)}
              ${fact(msg('Processor'), `${hello.cpu}, ${formatCount(hello.cores, msg('core'), msg('cores'))}`)}
              ${fact(msg('Memory'), formatBytes(hello.memoryBytes))}
              ${fact(msg('GPU'), hello.gpus.length === 0 ? msg('none') : hello.gpus.join(', '))}
              ${fact(msg('Running since'), formatDateTime(hello.startedAt))}`
            : ''
        }
        ${reported?.lastError ? fact(msg('Last error'), reported.lastError) : ''}
      </dl>
    </section>`
  }

  override render(): TemplateResult {
    const { devices } = this.data
    if (!devices) return waiting(this.data)
    const device = devices.find(({ id }) => id === this.deviceId)
    if (!device) {
      const sentence = `${msg('There is no device with this id in the fleet.')} ${this.deviceId}`
      return failed({ sentence, code: 'NS_DEVICE_UNKNOWN' })
    }
    return html`${this.#head(device)}
      <div class="panes">
        <div class="pane">
          ${this.#alarms(device)}
          <section><console-telemetry .device=${device} series=${this.series}></console-telemetry></section>
        </div>
        <div class="side">
          ${this.#models(device)} ${this.#installs(device)} ${this.#facts(device)}
        </div>
      </div>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'console-device': ConsoleDevice
  }
}
