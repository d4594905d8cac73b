// How a model is run: executors, threads, largest batch and longest wait as they are now, each with who decides
// it, and the way to change them.

import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import { keyed } from 'lit/directives/keyed.js'
import { type DeviceModel, runtimeApi, type ModelTuning as Tuning } from '../../api/index.ts'
import { Loader, shared } from '../../elements/index.ts'
import { msg, str } from '../../i18n/index.ts'
import { screenStyles } from '../screen.styles.ts'
import { sheetStyles } from '../sheet.styles.ts'
import { deciderWords, inForceWords, SETTINGS, tuningTitle } from '../tuning-words.ts'
import { sectionStyles } from './section.styles.ts'
import './tuning-dialog.ts'

/** The load may lay the executors out anew without another word from the device. */
const REFRESH_MS = 5000

@customElement('workbench-tuning')
export class ModelTuning extends LitElement {
  static override styles = [
    shared,
    screenStyles,
    sheetStyles,
    sectionStyles,
    css`
      @media (width >= 900px) {
        /* In line with the five figures above. */
        dl {
          grid-template-columns: repeat(5, minmax(0, 1fr));
        }
      }
      dd.second {
        font-weight: 400;
      }
    `
  ]
  @property({ attribute: false }) model: DeviceModel | undefined
  protected readonly tuning = new Loader<Tuning>(this, REFRESH_MS)
  #shown = ''

  /** What changes a model's state may change how it is run. */
  protected override willUpdate(changed: PropertyValues<this>): void {
    const name = this.model?.name ?? ''
    if (!changed.has('model') || name === '') return
    this.tuning.load(() => runtimeApi.tuning(name), name !== this.#shown)
    this.#shown = name
  }

  readonly #change = (): void => {
    const dialog = this.renderRoot.querySelector('workbench-tuning-dialog')
    if (this.tuning.value) dialog?.show(this.tuning.value)
  }

  #settings(tuning: Tuning, { rung }: DeviceModel): TemplateResult {
    return html`<dl>
      ${SETTINGS.map(
        (name) => html`<div>
          <dt>${tuningTitle(name)}</dt>
          <dd>${inForceWords(name, tuning)}</dd>
          <dd class="second">${deciderWords(name, tuning, rung)}</dd>
        </div>`
      )}
    </dl>`
  }

  override render(): TemplateResult | typeof nothing {
    const { model } = this
    if (!model) return nothing
    const { value, failure } = this.tuning
    return html`<div class="over">
        <h3>${msg('How it is run')}</h3>
        ${
          value
            ? html`<ns-button kind="quiet" label=${msg(str`Change how ${model.name} is run`)} @click=${this.#change}>${msg('Change')}</ns-button>`
            : nothing
        }
      </div>
      ${value ? this.#settings(value, model) : nothing}
      ${failure ? html`<p class="note"><ns-status kind="stale">${failure.sentence}</ns-status></p>` : nothing}
      ${keyed(
        model.name,
        html`<workbench-tuning-dialog .model=${model} @ns-tuned=${() => this.tuning.again()}></workbench-tuning-dialog>`
      )}`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'workbench-tuning': ModelTuning
  }
}
