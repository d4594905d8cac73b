// W11, the models: all of them with state and rung, the chosen one in full below, and what is being installed.

import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import type { DeviceModel, DeviceModels } from '../../api/index.ts'
import { type Column, go, type StatusShape, serverNow, shared } from '../../elements/index.ts'
import { formatNumber, formatValue, formatWhen, msg, str } from '../../i18n/index.ts'
import { fallOf, rungWord } from '../../words/index.ts'
import { screenStyles } from '../screen.styles.ts'
import { sheetStyles } from '../sheet.styles.ts'
import { EMPTY_STATE, type WorkbenchState } from '../workbench-state.ts'
import './model-sheet.ts'
import { MODEL_STATES } from './model-words.ts'

type Install = DeviceModels['installs'][number]

const FINAL: Readonly<Record<string, StatusShape>> = {
  committed: 'done',
  rejected: 'failed',
  failed: 'failed',
  superseded: 'off'
}

/** The rung with a mark when a better one could not be taken for a reason worth a look. */
const rungCell = (model: DeviceModel): TemplateResult | string => {
  const missed = fallOf(model)
  return missed
    ? html`<ns-status kind="warning" title=${missed.sentence}>${rungWord(model.rung)}</ns-status>`
    : rungWord(model.rung)
}

const modelColumns = (): readonly Column<DeviceModel>[] => [
  { id: 'name', head: msg('Model'), kind: 'strong', value: ({ name }) => name },
  { id: 'version', head: msg('Version'), kind: 'fit', wide: true, value: ({ version }) => version },
  {
    id: 'state',
    head: msg('State'),
    kind: 'fit',
    value: ({ state }) => MODEL_STATES[state]()[1],
    cell: ({ state }) => {
      const [shape, word] = MODEL_STATES[state]()
      return html`<ns-status kind=${shape} ?strong=${shape === 'failed'}>${word}</ns-status>`
    }
  },
  {
    id: 'rung',
    head: msg('Runs on'),
    kind: 'fit',
    value: ({ rung }) => rung,
    cell: rungCell
  },
  {
    id: 'precision',
    wide: true,
    head: msg('Precision'),
    kind: 'fit',
    value: ({ precision }) => precision.toUpperCase()
  },
  {
    id: 'requests',
    wide: true,
    head: msg('Requests'),
    kind: 'number',
    value: ({ requests }) => requests,
    cell: ({ requests }) => formatNumber(requests)
  },
  {
    id: 'p95',
    wide: true,
    head: 'p95',
    kind: 'number',
    value: ({ p95Ms }) => p95Ms,
    cell: ({ p95Ms }) => formatValue(p95Ms, 'ms', (p95Ms ?? 100) < 100 ? 1 : 0)
  }
]

const installColumns = (): readonly Column<Install>[] => [
  {
    id: 'model',
    head: msg('Model'),
    kind: 'strong',
    value: ({ model, version }) => `${model} ${version}`
  },
  {
    id: 'step',
    head: msg('Step'),
    kind: 'fit',
    value: ({ step }) => step,
    cell: ({ step, progress }) =>
      html`<ns-status kind=${FINAL[step] ?? 'running'}
        >${step.charAt(0).toUpperCase() + step.slice(1)}${step === 'downloading' ? ` ${formatNumber(progress * 100)}\u00A0%` : ''}</ns-status
      >`
  },
  {
    id: 'reason',
    head: msg('Reason'),
    cell: ({ reason, code }) => html`<span title=${code ?? ''}>${reason}</span>`
  },
  {
    id: 'at',
    head: msg('When'),
    kind: 'number',
    value: ({ at }) => at,
    cell: ({ at }) => formatWhen(at, serverNow())
  }
]

@customElement('workbench-models')
export class ModelsScreen extends LitElement {
  static override styles = [shared, screenStyles, sheetStyles]
  @property({ attribute: false }) data: WorkbenchState = EMPTY_STATE
  /** Name of the model that is shown in full, from the address. */
  @property() chosen = ''

  #models({ models, builds }: DeviceModels): TemplateResult {
    const model = models.find(({ name }) => name === this.chosen) ?? models[0]
    if (!model) {
      return html`<ns-empty heading=${msg('No model is on this device')}
        >${msg('Roles and findings of documents need one. Roll one out from the fleet’s console; logs and machine data work without.')}</ns-empty
      >`
    }
    return html`${
      models.length < 2
        ? nothing
        : html`<ns-table
          label=${msg('Models')}
          selectable
          .columns=${modelColumns()}
          .rows=${models}
          .key=${({ name }: DeviceModel) => name}
          selected=${model.name}
          @ns-select=${(event: CustomEvent<DeviceModel>) => go(['models', event.detail.name], {}, true)}
        ></ns-table>`
    }
      <workbench-model .model=${model} .series=${this.data.series} .builds=${builds}></workbench-model>`
  }

  #installs(installs: readonly Install[]): TemplateResult {
    return html`<section>
      <div class="section-head"><h2>${msg('Installs')}</h2><span>${msg('latest first')}</span></div>
      ${
        installs.length === 0
          ? html`<p class="note muted">${msg('None yet. What the fleet rolls out to this device is listed here, with the reason when it is refused.')}</p>`
          : html`<ns-table
            label=${msg('Installs')}
            .columns=${installColumns()}
            .rows=${installs.toSorted((a, b) => b.at - a.at)}
            .key=${({ gen, model, version }: Install) => `${gen} ${model} ${version}`}
          ></ns-table>`
      }
    </section>`
  }

  override render(): TemplateResult {
    const { models, failure } = this.data
    const requests = models?.models.reduce((sum, model) => sum + model.requests, 0) ?? 0
    return html`<div class="page-head">
        <div>
          <h1>${msg('Models')}</h1>
          <p>
            ${models ? msg(str`${formatNumber(models.models.length)} installed, ${formatNumber(requests)} requests since the start`) : ''}
          </p>
        </div>
      </div>
      ${
        models
          ? html`${this.#models(models)} ${this.#installs(models.installs)}`
          : failure === ''
            ? html`<ns-empty kind="skeleton"></ns-empty>`
            : html`<ns-empty kind="error" heading=${msg('The models cannot be read')}>${failure}</ns-empty>`
      }`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'workbench-models': ModelsScreen
  }
}
