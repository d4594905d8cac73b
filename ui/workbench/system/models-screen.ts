// W11, the models: what is loaded, on which rung and why not on a better one, how accurate each precision
// is next to FP32, how fast it answers, who signed it; and what is being installed.

import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import type { DeviceModels } from '../../api/index.ts'
import { type Column, type StatusShape, serverNow, shared } from '../../elements/index.ts'
import { formatBytes, formatNumber, formatValue, formatWhen, msg, str } from '../../i18n/index.ts'
import { rungWord } from '../problems.ts'
import { screenStyles } from '../screen.styles.ts'
import { sheetStyles } from '../sheet.styles.ts'
import { EMPTY_STATE, type WorkbenchState } from '../workbench-state.ts'

type Model = DeviceModels['models'][number]
type Accuracy = Model['accuracy'][number]
type Install = DeviceModels['installs'][number]

const STATES: Readonly<Record<Model['state'], () => readonly [StatusShape, string]>> = {
  cold: () => ['waiting', msg('Loads at first use')],
  loading: () => ['running', msg('Loading')],
  ready: () => ['normal', msg('Ready')],
  failed: () => ['failed', msg('Failed')]
}

interface Measured {
  readonly dataset: string
  readonly metric: string
  readonly fp32: number
  readonly values: ReadonlyMap<string, number>
}

/** One row for each data set and measure, with all precisions in it. */
function measured(accuracy: readonly Accuracy[]): readonly Measured[] {
  const rows = new Map<
    string,
    { dataset: string; metric: string; fp32: number; values: Map<string, number> }
  >()
  for (const { dataset, metric, fp32, precision, value } of accuracy) {
    const key = `${dataset} ${metric}`
    const row = rows.get(key) ?? { dataset, metric, fp32, values: new Map() }
    row.values.set(precision, value)
    rows.set(key, row)
  }
  return [...rows.values()]
}

const score = (
  id: string,
  head: string,
  value: (row: Measured) => number | undefined
): Column<Measured> => ({
  id,
  head,
  kind: 'number',
  value,
  cell: (row) => formatNumber(value(row), 4)
})

function accuracyColumns({ accuracy, precision }: Model): readonly Column<Measured>[] {
  const precisions = [...new Set(accuracy.map((found) => found.precision))]
  const difference = (row: Measured): number | undefined => {
    const own = row.values.get(precision)
    return own === undefined ? undefined : own - row.fp32
  }
  return [
    { id: 'dataset', head: msg('Data'), kind: 'strong', value: ({ dataset }) => dataset },
    { id: 'metric', head: msg('Measure'), value: ({ metric }) => metric },
    ...precisions.map((found) =>
      score(found, found.toUpperCase(), ({ values }) => values.get(found))
    ),
    score('fp32', 'FP32', ({ fp32 }) => fp32),
    {
      ...score('difference', msg(str`${precision.toUpperCase()} less FP32`), difference),
      cell: (row) => {
        const value = difference(row)
        return `${value !== undefined && value > 0 ? '+' : ''}${formatNumber(value, 4)}`
      }
    }
  ]
}

const FINAL: Readonly<Record<string, StatusShape>> = {
  committed: 'done',
  rejected: 'failed',
  failed: 'failed',
  superseded: 'off'
}

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

  #figures(model: Model): TemplateResult {
    const figure = (title: string, value: string, unit = ''): TemplateResult =>
      html`<div>
        <dt>${title}</dt>
        <dd class="figure">${value} <span>${unit}</span></dd>
      </div>`
    const ms = (value: number | null): string =>
      formatNumber(value, value !== null && value < 100 ? 1 : 0)
    return html`<dl>
      ${figure(msg('Requests'), formatNumber(model.requests))}
      ${figure(msg('Batches'), formatNumber(model.batches))}
      ${figure(msg('Half of the batches within'), ms(model.p50Ms), model.p50Ms === null ? '' : 'ms')}
      ${figure(msg('95 % within'), ms(model.p95Ms), model.p95Ms === null ? '' : 'ms')}
    </dl>`
  }

  #ladder({ ladder, sentence }: Model): TemplateResult {
    return html`<h3>${msg('Where it runs: the best rung that fits this machine')}</h3>
      <ul class="rungs">
        ${ladder.map(
          ({ rung, taken, code, sentence: why }) => html`<li title=${code ?? ''}>
            <ns-status class=${taken ? 'taken' : ''} kind=${taken ? 'done' : 'off'}>${rungWord(rung)}</ns-status>
            <span class=${taken ? '' : 'muted'}>${why || (taken ? sentence || msg('In use.') : '')}</span>
          </li>`
        )}
      </ul>`
  }

  #model(model: Model): TemplateResult {
    const [shape, word] = STATES[model.state]()
    const facts = [
      model.task.charAt(0).toUpperCase() + model.task.slice(1).replaceAll('-', ' '),
      formatBytes(model.sizeBytes),
      model.licence,
      msg(str`signed by ${model.signer}`),
      model.origin === 'builtin' ? msg('shipped with the device') : msg('installed by a rollout'),
      model.previousVersion === null
        ? ''
        : msg(str`previous version ${model.previousVersion} is kept`)
    ]
    return html`<section>
      <div class="section-head">
        <h2>${model.name} ${model.version}</h2>
        <ns-status kind=${shape} ?strong=${shape === 'failed'}>${word}</ns-status>
      </div>
      <p class="note">
        <strong>${model.precision.toUpperCase()} ${msg('on')} ${rungWord(model.rung)}.</strong>
        <span class="muted">${facts.filter(Boolean).join(', ')}.</span>
      </p>
      ${model.state === 'failed' ? html`<p class="note">${model.sentence}</p>` : nothing}
      ${this.#figures(model)} ${this.#ladder(model)}
      ${
        model.accuracy.length === 0
          ? nothing
          : html`<h3>${msg('Accuracy, next to the same model in FP32')}</h3>
            <ns-table
              label=${msg(str`Accuracy of ${model.name}`)}
              .columns=${accuracyColumns(model)}
              .rows=${measured(model.accuracy)}
              .key=${({ dataset, metric }: Measured) => `${dataset} ${metric}`}
            ></ns-table>`
      }
    </section>`
  }

  #content({ models, installs }: DeviceModels): TemplateResult {
    return html`${
      models.length === 0
        ? html`<ns-empty heading=${msg('No model is on this device')}
          >${msg('Roles and findings of documents need one. Roll one out from the fleet’s console; logs and machine data work without.')}</ns-empty
        >`
        : models.map((model) => this.#model(model))
    }
      <section>
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
    const { models } = this.data
    const requests = models?.models.reduce((sum, model) => sum + model.requests, 0) ?? 0
    return html`<div class="page-head">
        <div>
          <h1>${msg('Models')}</h1>
          <p>
            ${models ? msg(str`${formatValue(models.models.length, '')} installed, ${formatNumber(requests)} requests since the start`) : ''}
          </p>
        </div>
      </div>
      ${models ? this.#content(models) : html`<ns-empty kind="skeleton"></ns-empty>`}`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'workbench-models': ModelsScreen
  }
}
