// The act that lets the device run a model with the setting that a benchmark found best, after it said what
// changes; or the reason why the device cannot.

import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import {
  type BenchmarkCell,
  type BenchmarkReport,
  type DeviceInfo,
  type DeviceModel,
  type DeviceModels,
  type ModelTuning,
  runtimeApi
} from '../../api/index.ts'
import { Loader, routeTo, shared, showToast } from '../../elements/index.ts'
import { msg, str } from '../../i18n/index.ts'
import { ChangeForm } from '../change-form.ts'
import { refusedPart, refusedStyles } from '../refused.ts'
import { screenStyles } from '../screen.styles.ts'
import { settingWords } from './benchmark-words.ts'
import { changesOf, isInUse, type Offer, offerOf, wishOf } from './usable-setting.ts'

type Act = Extract<Offer, { kind: 'act' }>
type Reason = Extract<Offer, { kind: 'reason' }>

@customElement('workbench-use-setting')
export class UseSetting extends LitElement {
  static override styles = [
    shared,
    screenStyles,
    refusedStyles,
    css`
      .offer {
        margin-top: 12px;
      }
      .acts:not([slot]) {
        margin-top: 8px;
      }
      table {
        width: 100%;
        margin: 12px 0;
        border-collapse: collapse;
      }
      th,
      td {
        padding: 6px 12px 6px 0;
        border-bottom: 1px solid var(--ns-rule);
        font: 400 var(--ns-body);
        text-align: left;
        vertical-align: top;
      }
      th:first-child {
        width: 36%;
      }
      :is(th, td):last-child {
        padding-right: 0;
      }
      thead th {
        color: var(--ns-muted);
        font: 400 var(--ns-second);
      }
      td > * {
        display: block;
      }
      td strong {
        font-weight: 600;
      }
      .caveat {
        margin-top: 8px;
      }
    `
  ]
  @property({ attribute: false }) report: BenchmarkReport | undefined
  @property({ attribute: false }) cell: BenchmarkCell | undefined
  /** Id of the run that this one is compared with; stays in links. */
  @property() with = ''
  /** This device and what it has; null until it is known. */
  @property({ attribute: false }) device: DeviceInfo | null = null
  @property({ attribute: false }) models: DeviceModels | null = null
  protected readonly form = new ChangeForm<BenchmarkCell, 'use'>(this)
  protected readonly tuning = new Loader<ModelTuning>(this)
  #offer: Offer = { kind: 'nothing' }
  #shown = ''

  protected override willUpdate(changed: PropertyValues<this>): void {
    const { report, cell } = this
    this.#offer = report && cell ? offerOf(report, cell, this) : { kind: 'nothing' }
    if (this.#offer.kind !== 'act') {
      if (this.form.opened) this.form.close()
      return
    }
    const { name } = this.#offer.model
    // What changes a model's state may change how it is run.
    if (changed.has('models') || name !== this.#shown)
      this.tuning.load(() => runtimeApi.tuning(name), name !== this.#shown)
    this.#shown = name
  }

  #show(cell: BenchmarkCell): void {
    this.form.open(cell)
    this.tuning.again()
  }

  #use(name: string, cell: BenchmarkCell): void {
    const known = this.tuning.value
    if (!known) return
    void this.form.ask('use', async () => {
      await runtimeApi.tune(name, { ...known.set, ...wishOf(cell) })
      this.tuning.again()
      showToast({ text: msg(str`${name} runs with the setting of the benchmark.`) })
    })
  }

  #changes(tuning: ModelTuning, { rung }: DeviceModel, cell: BenchmarkCell): TemplateResult {
    return html`<table>
      <thead>
        <tr>
          <th scope="col">${msg('Setting')}</th>
          <th scope="col">${msg('Now')}</th>
          <th scope="col">${msg('Then')}</th>
        </tr>
      </thead>
      <tbody>
        ${changesOf(tuning, wishOf(cell), rung).map(
          ({ title, now, by, next }) => html`<tr>
            <th scope="row">${title}</th>
            <td><span>${now}</span><span class="second">${by}</span></td>
            <td>
              ${
                next === ''
                  ? html`<span class="muted">${msg('stays')}</span>`
                  : html`<strong>${next}</strong><span class="second">${msg('set')}</span>`
              }
            </td>
          </tr>`
        )}
      </tbody>
    </table>`
  }

  #caveats({ caveats }: Act): TemplateResult[] {
    return caveats.map(
      (sentence) => html`<p class="caveat"><ns-status kind="check">${sentence}</ns-status></p>`
    )
  }

  #question(offer: Act, cell: BenchmarkCell): TemplateResult {
    const { model } = offer
    const { form } = this
    const { value, failure } = this.tuning
    const waiting = form.asking
      ? msg('The device is still changing it.')
      : (failure?.sentence ?? msg('The present settings are being read.'))
    return html`<ns-dialog heading=${msg(str`Use this setting for ${model.name}?`)} ?open=${form.opened !== undefined} @ns-close=${form.close}>
      <p>${settingWords(cell.setting)}.</p>
      ${this.#caveats(offer)}
      ${value ? this.#changes(value, model, cell) : nothing}
      ${failure ? html`<p class="caveat"><ns-status kind="stale">${failure.sentence}</ns-status></p>` : nothing}
      <p class="muted">
        ${msg('New instances are loaded and checked first, then they take over between two batches; no request fails. The setting outlives a restart and holds for every version of the model.')}
      </p>
      ${refusedPart(form.refused)}
      <ns-button slot="acts" @click=${form.close}>${form.asking ? msg('Close') : msg('Cancel')}</ns-button>
      <ns-button
        slot="acts"
        kind="filled"
        ?busy=${form.asking !== undefined}
        ?disabled=${!value || failure !== undefined}
        reason=${waiting}
        @click=${() => this.#use(model.name, cell)}
        >${msg('Use it')}</ns-button
      >
    </ns-dialog>`
  }

  #act(offer: Act, cell: BenchmarkCell): TemplateResult {
    const { model } = offer
    const known = this.tuning.value
    const used = known !== undefined && isInUse(known, wishOf(cell))
    const best = cell.id === this.report?.best
    return html`<div class="offer">
      ${best ? nothing : html`<p class="muted">${msg('The best within the goal of what this device runs.')}</p>`}
      ${this.#caveats(offer)}
      ${used ? html`<p><ns-status kind="done">${msg(str`${model.name} is run with this setting.`)}</ns-status></p>` : nothing}
      <div class="acts">
        <ns-button
          ?disabled=${used && !this.form.opened}
          reason=${msg(str`${model.name} is run with this setting.`)}
          @click=${() => this.#show(cell)}
          >${msg('Use this setting')}</ns-button
        >
        <ns-button kind="quiet" href=${routeTo(['models', model.name])}>${msg('How it is run')}</ns-button>
      </div>
      ${this.#question(offer, cell)}
    </div>`
  }

  #reason({ sentence, instead }: Reason): TemplateResult {
    const { report } = this
    return html`<div class="offer">
      <p>${sentence}</p>
      ${
        report && instead
          ? html`<div class="acts">
            <ns-button href=${routeTo(['benchmarks', report.id], { with: this.with, cell: instead.cell.id })}
              >${msg(str`Show the best for ${instead.place}`)}</ns-button
            >
          </div>`
          : nothing
      }
    </div>`
  }

  override render(): TemplateResult | typeof nothing {
    const { cell } = this
    const offer = this.#offer
    if (!cell || offer.kind === 'nothing') return nothing
    return offer.kind === 'act' ? this.#act(offer, cell) : this.#reason(offer)
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'workbench-use-setting': UseSetting
  }
}
