// One model: its state with the acts on it, its figures, where its requests go, how it is run, its ladder, accuracy, the
// last batches, and what it takes and gives, by whom it was signed.

import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import {
  type DeviceModel,
  type ModelTensors,
  runtimeApi,
  type SeriesReading
} from '../../api/index.ts'
import { Loader, shared, showFailure } from '../../elements/index.ts'
import { formatBytes, formatNumber, msg, str } from '../../i18n/index.ts'
import { rungWord } from '../../words/index.ts'
import { screenStyles } from '../screen.styles.ts'
import { sheetStyles } from '../sheet.styles.ts'
import { type AccuracyRow, accuracyColumns, accuracyRows } from './model-accuracy.ts'
import './model-ladder.ts'
import './model-remote.ts'
import './model-traces.ts'
import './model-tuning.ts'
import { type EngineBuild, figuresOf, MODEL_STATES, shapeWords } from './model-words.ts'

@customElement('workbench-model')
export class ModelSheet extends LitElement {
  static override styles = [
    shared,
    screenStyles,
    sheetStyles,
    css`
      section .section-head {
        flex-wrap: wrap;
        border-top: 0;
        min-height: 48px;
      }
      .section-head h2 {
        flex: 1 1 200px;
        overflow-wrap: anywhere;
      }
      .figures {
        grid-template-columns: repeat(auto-fit, minmax(124px, 1fr));
      }
      .figures dd {
        white-space: nowrap;
      }
      .since {
        padding-top: 0;
      }
      .long {
        display: block;
      }
      .long > div + div {
        margin-top: 8px;
      }
    `
  ]
  @property({ attribute: false }) model: DeviceModel | undefined
  @property({ attribute: false }) series: readonly SeriesReading[] = []
  @property({ attribute: false }) builds: readonly EngineBuild[] = []
  @state() private asking = false
  protected readonly tensors = new Loader<ModelTensors>(this)
  #shown = ''

  protected override willUpdate(_: PropertyValues): void {
    const name = this.model?.name ?? ''
    if (name === this.#shown) return
    this.#shown = name
    if (name !== '') this.tensors.load(() => runtimeApi.tensors(name), true)
  }

  async #ask(act: (name: string) => Promise<unknown>, name: string): Promise<void> {
    this.asking = true
    try {
      await act(name)
    } catch (error) {
      showFailure(error)
    }
    this.asking = false
  }

  #acts({ name, state: known }: DeviceModel): TemplateResult {
    const loaded = known === 'ready' || known === 'loading'
    return html`<div class="acts">
      <ns-button href=${`#/benchmarks/new?model=${encodeURIComponent(name)}`}>${msg('Measure')}</ns-button>
      ${
        loaded
          ? html`<ns-button
            ?busy=${this.asking}
            ?disabled=${known === 'loading'}
            reason=${msg('It is still loading.')}
            @click=${() => void this.#ask(runtimeApi.unloadModel, name)}
            >${msg('Unload')}</ns-button
          >`
          : html`<ns-button ?busy=${this.asking} @click=${() => void this.#ask(runtimeApi.loadModel, name)}>${msg('Load')}</ns-button>`
      }
    </div>`
  }

  #about(model: DeviceModel): TemplateResult {
    const facts = [
      model.task.charAt(0).toUpperCase() + model.task.slice(1).replaceAll('-', ' '),
      formatBytes(model.sizeBytes),
      model.licence,
      model.origin === 'builtin' ? msg('shipped with the device') : msg('installed by a rollout'),
      model.previousVersion === null
        ? ''
        : msg(str`previous version ${model.previousVersion} is kept`)
    ]
    return html`<p class="note">
        <strong>${model.precision.toUpperCase()} ${msg('on')} ${rungWord(model.rung)}.</strong>
        <span class="muted">${facts.filter(Boolean).join(', ')}.</span>
      </p>
      ${model.state === 'failed' ? html`<p class="note"><ns-status kind="failed" strong>${model.sentence}</ns-status></p>` : nothing}
      <dl class="figures">
        ${figuresOf(model, this.series).map(({ label, value }) => html`<div><dt>${label}</dt><dd class="figure">${value}</dd></div>`)}
      </dl>
      <p class="note second since">
        ${msg(str`Since the start: ${formatNumber(model.requests)} requests in ${formatNumber(model.batches)} batches.`)}
      </p>`
  }

  #signature(model: DeviceModel): TemplateResult {
    const { value } = this.tensors
    const list = (tensors: ModelTensors['inputs']): string =>
      tensors
        .map(({ name, datatype, shape }) => `${name}: ${datatype} ${shapeWords(shape)}`)
        .join('; ')
    return html`<h3>${msg('What it is')}</h3>
      <dl class="long">
        ${
          value
            ? html`<div><dt>${msg('Takes')}</dt><dd class="code">${list(value.inputs)}</dd></div>
              <div><dt>${msg('Gives')}</dt><dd class="code">${list(value.outputs)}</dd></div>`
            : nothing
        }
        <div><dt>${msg('Signed by')}</dt><dd>${model.signer}</dd></div>
        <div><dt>${msg('Digest of its manifest, SHA-256')}</dt><dd class="code">${model.manifestSha256}</dd></div>
      </dl>`
  }

  #accuracy(model: DeviceModel): TemplateResult | typeof nothing {
    if (model.accuracy.length === 0) return nothing
    return html`<h3>${msg('Accuracy, next to the same model in FP32')}</h3>
      <ns-table
        label=${msg(str`Accuracy of ${model.name}`)}
        .columns=${accuracyColumns(model)}
        .rows=${accuracyRows(model.accuracy)}
        .key=${({ dataset, metric }: AccuracyRow) => `${dataset} ${metric}`}
      ></ns-table>`
  }

  override render(): TemplateResult | typeof nothing {
    const { model } = this
    if (!model) return nothing
    const [shape, word] = MODEL_STATES[model.state]()
    return html`<section>
      <div class="section-head">
        <h2>${model.name} ${model.version}</h2>
        <ns-status kind=${shape} ?strong=${shape === 'failed'}>${word}</ns-status>
        ${this.#acts(model)}
      </div>
      ${this.#about(model)}
      <workbench-remote .model=${model}></workbench-remote>
      <workbench-tuning .model=${model}></workbench-tuning>
      <workbench-ladder .model=${model} .builds=${this.builds}></workbench-ladder>
      <workbench-traces model=${model.name}></workbench-traces>
      ${this.#accuracy(model)} ${this.#signature(model)}
    </section>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'workbench-model': ModelSheet
  }
}
