// K6, the device itself: its health as lines that are grey when all is well, what it is, its models with the
// rung they run on and why not on a better one, and every series it watches.

import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import type { DeviceInfo, DeviceModel, DeviceModels, SeriesReading } from '../../api/index.ts'
import { type StatusShape, serverNow, shared } from '../../elements/index.ts'
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatNumber,
  formatValue,
  keepUnits,
  msg
} from '../../i18n/index.ts'
import { gpuNames, rungWord } from '../../words/index.ts'
import { type DeviceState, EMPTY_STATE } from '../device-state.ts'
import { screenStyles } from '../screen.styles.ts'
import { inGroupOrder, rangeWords, stateWords } from '../series-words.ts'
import { styles } from './device-screen.styles.ts'
import { type HealthLine, healthLines, healthSentence, oddLines } from './health-lines.ts'

const MODEL_STATES: Readonly<Record<DeviceModel['state'], readonly [StatusShape, () => string]>> = {
  cold: ['waiting', () => msg('Loads when needed')],
  loading: ['running', () => msg('Loading')],
  ready: ['normal', () => msg('Ready')],
  failed: ['failed', () => msg('Failed')]
}

/** Drawn from the picture of the device alone. */
@customElement('kiosk-device')
export class KioskDevice extends LitElement {
  static override styles = [shared, screenStyles, styles]
  @property({ attribute: false }) data: DeviceState = EMPTY_STATE

  /** What this machine is. */
  #facts(device: DeviceInfo): TemplateResult {
    const facts: readonly (readonly [string, string])[] = [
      [msg('Processor'), `${device.cpu}, ${formatCount(device.cores, msg('core'), msg('cores'))}`],
      [msg('Memory'), formatBytes(device.memoryBytes)],
      [msg('GPU'), gpuNames(device.gpus) || msg('none found')],
      [
        msg('Analyses'),
        `${device.jobs.running} ${msg('running')}, ${device.jobs.waiting} ${msg('waiting')}`
      ],
      [msg('Running for'), formatDuration(serverNow() - device.startedAt)],
      [msg('System'), device.platform],
      [msg('Nearside'), device.version]
    ]
    return html`<section class="panel">
      <h2>${device.name} <span>${device.id}</span></h2>
      <dl class="facts">${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
    </section>`
  }

  /** One line of the health; with more to see it is a link. */
  #line({ kind, word, odd, title, value, detail, href }: HealthLine): TemplateResult {
    const content = html`<ns-status kind=${kind} ?strong=${odd} label=${word === '' ? msg('Normal') : word}></ns-status>
      <span class="name"
        ><span>${title}${odd ? html`: <strong>${word}</strong>` : nothing}</span
        ><span class="muted">${detail}</span></span
      >
      <span class="value">${value}</span>`
    return href === undefined
      ? html`<li><div class="entry">${content}</div></li>`
      : html`<li><a class="entry" href=${href}>${content}</a></li>`
  }

  /** What needs a look stands above everything else, in whole sentences. */
  #odd(lines: readonly HealthLine[]): TemplateResult | typeof nothing {
    const odd = oddLines(lines)
    if (odd.length === 0) return nothing
    return html`<section class="panel">
      <h2>${msg('To look at')} <span>${odd.length}</span></h2>
      <ul class="rows">
        ${odd.map(
          ({ kind, word, title, sentence }) => html`<li>
            <ns-status kind=${kind} strong><span class="lead">${title}: ${word}</span></ns-status>
            <p>${keepUnits(sentence)}</p>
          </li>`
        )}
      </ul>
    </section>`
  }

  #health(lines: readonly HealthLine[]): TemplateResult {
    return html`<section class="panel list">
      <h2>${msg('Health')} <span>${healthSentence(lines)}</span></h2>
      <ul>${lines.map((line) => this.#line(line))}</ul>
    </section>`
  }

  /** Where a model runs, how fast, and why it does not run on a better rung. */
  #model(model: DeviceModel): TemplateResult {
    const [kind, word] = MODEL_STATES[model.state]
    const refused = model.ladder.filter(({ taken, sentence }) => !taken && sentence !== '')
    const speed =
      model.p95Ms === null
        ? msg('not measured yet')
        : `${formatValue(model.p95Ms, 'ms', 1)} ${msg('at the 95th percentile')}`
    return html`<li>
      <p class="line"><strong>${model.name} ${model.version}</strong><ns-status kind=${kind}>${word()}</ns-status></p>
      <p class="muted">
        ${model.precision.toUpperCase()} ${msg('on')} ${rungWord(model.rung)}, ${formatBytes(model.sizeBytes)}, ${speed},
        ${formatNumber(model.requests)} ${msg('requests')}
      </p>
      ${model.state === 'failed' ? html`<p>${model.sentence}</p>` : nothing}
      ${refused.map(
        ({ rung, sentence }) =>
          html`<p class="muted refusal"><span>${rungWord(rung)}</span> ${sentence}</p>`
      )}
    </li>`
  }

  #models(models: DeviceModels | null): TemplateResult {
    return html`<section class="panel">
      <h2>${msg('Models')} <span>${models ? models.models.length : ''}</span></h2>
      ${
        !models
          ? html`<ns-empty kind="skeleton" rows="2"></ns-empty>`
          : models.models.length === 0
            ? html`<p class="muted">${msg('No model is installed. A fleet operator rolls one out.')}</p>`
            : html`<ul class="rows">${models.models.map((model) => this.#model(model))}</ul>`
      }
    </section>`
  }

  /** Every series with its range; sensors that this machine lacks are named, not hidden. */
  #series(series: readonly SeriesReading[]): TemplateResult {
    const now = serverNow()
    const [missing, present] = [
      series.filter(({ state }) => state === 'unavailable'),
      inGroupOrder(series.filter(({ state }) => state !== 'unavailable'))
    ]
    return html`<section class="panel list">
      <h2>${msg('Watched')} <span>${formatCount(present.length, msg('series'), msg('series'))}</span></h2>
      ${present.map((reading) => {
        const words = stateWords(reading, undefined, now)
        return html`<a class="entry" href="#/series/${encodeURIComponent(reading.name)}">
          <ns-status kind=${words.kind} label=${words.word}></ns-status>
          <span class="name"><span class="cut">${reading.title}</span><span class="muted">${rangeWords(reading)}</span></span>
          <span>${formatValue(reading.value, reading.unit, reading.decimals)}</span>
        </a>`
      })}
      ${
        missing.length === 0
          ? nothing
          : html`<p class="muted missing">
              ${msg('No sensor on this machine')}: ${missing.map(({ title }) => title).join(', ')}.
            </p>`
      }
    </section>`
  }

  override render(): TemplateResult {
    const { device, series, models, failure } = this.data
    if (!device) {
      return failure === ''
        ? html`<ns-empty kind="skeleton"></ns-empty>`
        : html`<ns-empty kind="error" heading=${msg('The device does not answer')}>${failure}</ns-empty>`
    }
    const lines = healthLines(this.data, serverNow())
    return html`${this.#odd(lines)}
    <div class="columns">
      <div>${this.#health(lines)} ${this.#facts(device)}</div>
      <div>${this.#models(models)} ${this.#series(series ?? [])}</div>
    </div>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'kiosk-device': KioskDevice
  }
}
