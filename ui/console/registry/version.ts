// One version of a model: who signed it, its variants with INT8 next to FP32, where it runs, and its card.

import { css, html, LitElement, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import type { FleetDevice, RegistryModel, SharedEngine } from '../../api/index.ts'
import { serverNow, shared } from '../../elements/index.ts'
import { formatBytes, formatDateTime, formatNumber, msg } from '../../i18n/index.ts'
import { screenStyles } from '../screen.styles.ts'
import { precisionWord } from '../words.ts'
import { type CardBlock, cardBlocks } from './card.ts'
import { engineSection, enginesOf } from './engines.ts'

const MOST_DEVICES = 12
/** Metrics between 0 and 1, where three decimals tell versions apart. */
const DECIMALS = 3

const block = (part: CardBlock): TemplateResult => {
  if (part.kind === 'list')
    return html`<ul>${part.items.map((item) => html`<li>${item}</li>`)}</ul>`
  if (part.kind === 'heading') return html`<h3>${part.text}</h3>`
  return html`<p class=${part.kind}>${part.text}</p>`
}

/** Shows what it is given; the one act is to roll the version out. */
@customElement('console-version')
export class ConsoleVersion extends LitElement {
  static override styles = [
    shared,
    screenStyles,
    css`
      :host {
        height: auto;
      }
      table {
        width: 100%;
        border-collapse: collapse;
      }
      th {
        color: var(--ns-muted);
        font: 500 var(--ns-second);
        text-align: left;
      }
      th,
      td {
        height: 28px;
        padding: 0 12px 0 0;
      }
      .number {
        padding: 0 0 0 12px;
        text-align: right;
        white-space: nowrap;
      }
      .card h3 {
        margin: 12px 0 4px;
        font: 600 var(--ns-body);
      }
      .card p,
      .card ul {
        margin-bottom: 8px;
      }
      .card li {
        padding-left: 14px;
        text-indent: -14px;
      }
      .card li::before {
        content: '–';
        display: inline-block;
        width: 14px;
        text-indent: 0;
        color: var(--ns-muted);
      }
      .card .table {
        white-space: pre-line;
      }
      .actions {
        display: flex;
        gap: 8px;
        padding: 0 var(--ns-pad) 12px;
      }
    `
  ]
  @property({ attribute: false }) model: RegistryModel | null = null
  @property({ attribute: false }) devices: readonly FleetDevice[] = []
  /** Of all versions. */
  @property({ attribute: false }) engines: readonly SharedEngine[] = []
  /** The fleet does not answer: acts wait. */
  @property({ type: Boolean }) lost = false

  #facts({
    task,
    licence,
    signer,
    manifestSha256,
    publishedAt,
    sizeBytes
  }: RegistryModel): TemplateResult {
    const fact = (name: string, value: unknown): TemplateResult =>
      html`<dt>${name}</dt><dd>${value}</dd>`
    return html`<dl class="facts body">
      ${fact(msg('Task'), task)} ${fact(msg('Licence'), licence)}
      ${fact(msg('Published'), formatDateTime(publishedAt))} ${fact(msg('Size'), formatBytes(sizeBytes))}
      ${fact(msg('Signed by key'), html`<span class="code">${signer}</span>`)}
      ${fact(msg('Manifest'), html`<span class="code" title=${manifestSha256}>${manifestSha256.slice(0, 16)}…</span>`)}
    </dl>`
  }

  /** Each precision with its file, and what it lost against full precision. */
  #variants({ variants, accuracy }: RegistryModel): TemplateResult {
    return html`<section>
      <div class="section-head"><h2>${msg('Precisions')}</h2></div>
      <div class="body">
        <table>
          <thead>
            <tr>
              <th scope="col">${msg('Precision')}</th>
              <th class="number" scope="col">${msg('File')}</th>
              <th class="number" scope="col">${msg('Memory')}</th>
            </tr>
          </thead>
          <tbody>
            ${variants.map(
              ({ precision, size, memoryMb }) => html`<tr>
                <td><strong>${precisionWord(precision)}</strong></td>
                <td class="number">${formatBytes(size)}</td>
                <td class="number">${formatNumber(memoryMb)}\u00A0MB</td>
              </tr>`
            )}
          </tbody>
        </table>
      </div>
      <div class="section-head"><h2>${msg('Accuracy')}</h2><span>${msg('beside full precision')}</span></div>
      <div class="body">
        <table>
          <thead>
            <tr>
              <th scope="col">${msg('Measure')}</th>
              <th class="number" scope="col">${msg('Value')}</th>
              <th class="number" scope="col">FP32</th>
              <th class="number" scope="col">${msg('Lost')}</th>
            </tr>
          </thead>
          <tbody>
            ${accuracy.map(
              ({ precision, dataset, metric, value, fp32 }) => html`<tr>
                <td>${precisionWord(precision)}, ${metric}<br /><span class="second">${dataset}</span></td>
                <td class="number"><strong>${formatNumber(value, DECIMALS)}</strong></td>
                <td class="number">${formatNumber(fp32, DECIMALS)}</td>
                <td class="number">${formatNumber(Math.max(0, fp32 - value), DECIMALS)}</td>
              </tr>`
            )}
          </tbody>
        </table>
      </div>
    </section>`
  }

  /** Devices by name, as links. */
  #where(): TemplateResult {
    const { devices } = this
    return html`<section>
      <div class="section-head"><h2>${msg('Runs on')}<small>${devices.length}</small></h2></div>
      <div class="body">
        ${
          devices.length === 0
            ? html`<p class="muted">${msg('No device runs it now.')}</p>`
            : html`<p>
              ${devices.slice(0, MOST_DEVICES).map(({ id, name }, index) => html`${index > 0 ? ', ' : ''}<a href=${`#/devices/${id}`}>${name}</a>`)}${devices.length > MOST_DEVICES ? `, ${msg('and')} ${devices.length - MOST_DEVICES} ${msg('more')}` : ''}
            </p>`
        }
      </div>
    </section>`
  }

  override render(): TemplateResult {
    const { model } = this
    if (!model) return html``
    const target = `#/rollouts/new?model=${model.name}&version=${model.version}`
    return html`<section>
        <div class="section-head"><h2>${model.name} ${model.version}</h2></div>
        <div class="actions">
        <ns-button
          kind="filled"
          href=${target}
          ?disabled=${this.lost}
          reason=${msg('The fleet does not answer now.')}
          >${msg('Roll this version out')}</ns-button
        >
      </div>
        ${this.#facts(model)}
      </section>
      ${this.#variants(model)} ${engineSection(enginesOf(this.engines, model), serverNow())}
      ${this.#where()}
      <section>
        <div class="section-head"><h2>${msg('Model card')}</h2></div>
        <div class="body card">${cardBlocks(model.card).map(block)}</div>
      </section>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'console-version': ConsoleVersion
  }
}
