// W9, a new benchmark: model, rungs, precisions, batches, instances, time and method; it says what the run
// will cost before it starts, and why a rung cannot be measured here.

import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import { type BenchmarkReport, type DeviceModel, runtimeApi } from '../../api/index.ts'
import { go, Loader, shared, showFailure } from '../../elements/index.ts'
import { formatNumber, msg } from '../../i18n/index.ts'
import { rungWord } from '../../words/index.ts'
import { formStyles } from '../form.styles.ts'
import { paneStyles } from '../pane.styles.ts'
import { screenStyles } from '../screen.styles.ts'
import { EMPTY_STATE, type WorkbenchState } from '../workbench-state.ts'
import {
  BATCHES,
  canMeasure,
  costOf,
  costWords,
  firstWish,
  INSTANCES,
  PRECISIONS,
  repeatsError,
  requestOf,
  secondsError,
  type Wish,
  wishError,
  wishOf
} from './benchmark-wish.ts'
import { styles } from './new-screen.styles.ts'

const toggled = <Item>(items: readonly Item[], item: Item, on: boolean): readonly Item[] =>
  on ? [...items, item] : items.filter((other) => other !== item)

@customElement('workbench-benchmark-new')
export class BenchmarkNewScreen extends LitElement {
  static override styles = [shared, screenStyles, paneStyles, formStyles, styles]
  @property({ attribute: false }) data: WorkbenchState = EMPTY_STATE
  /** Id of a run whose settings are taken over. */
  @property() from = ''
  @property() model = ''
  @state() private wish: Wish | undefined
  @state() private starting = false
  protected readonly earlier = new Loader<BenchmarkReport>(this)

  protected override willUpdate(changed: PropertyValues<this>): void {
    const from = this.from
    if (changed.has('from') && from !== '') this.earlier.load(() => runtimeApi.benchmark(from))
    if (this.wish) return
    if (from !== '' && !this.earlier.failure) {
      if (this.earlier.value) this.wish = wishOf(this.earlier.value)
      return
    }
    const models = this.data.models?.models ?? []
    const model = models.find(({ name }) => name === this.model) ?? models[0]
    if (model) this.wish = firstWish(model)
  }

  #set(part: Partial<Wish>): void {
    if (this.wish) this.wish = { ...this.wish, ...part }
  }

  /** The choices of one kind as tick boxes in a row. */
  #boxes<Item extends string | number>(
    legend: string,
    items: readonly (readonly [Item, string])[],
    part: { readonly on: readonly Item[]; readonly set: (items: readonly Item[]) => void }
  ): TemplateResult {
    return html`<fieldset>
      <legend>${legend}</legend>
      <div class="boxes">
        ${items.map(
          ([item, label]) => html`<label class="box choice"
            ><input
              type="checkbox"
              .checked=${part.on.includes(item)}
              @change=${(event: Event) => part.set(toggled(part.on, item, (event.target as HTMLInputElement).checked))}
            />${label}</label
          >`
        )}
      </div>
    </fieldset>`
  }

  /** A rung that cannot be measured says why instead of a tick box. */
  #rungs(wish: Wish, model: DeviceModel | undefined): TemplateResult {
    const ladder = model?.ladder ?? []
    const usable = ladder.filter(canMeasure).map(({ rung }) => [rung, rungWord(rung)] as const)
    const refused = ladder.filter((rung) => !canMeasure(rung))
    return html`${this.#boxes(msg('Rungs'), usable, { on: wish.rungs, set: (rungs) => this.#set({ rungs }) })}
      ${
        refused.length === 0
          ? nothing
          : html`<ul class="refused">
            ${refused.map(
              ({ rung, sentence, code }) =>
                html`<li title=${code ?? ''}><strong>${rungWord(rung)}</strong> ${sentence}</li>`
            )}
          </ul>`
      }`
  }

  #number(part: 'seconds' | 'repeats', label: string, error: string): TemplateResult {
    const wish = this.wish
    return html`<ns-field
      label=${label}
      type="number"
      min=${part === 'seconds' ? '0.1' : '1'}
      max=${part === 'seconds' ? '120' : '30'}
      step=${part === 'seconds' ? 'any' : '1'}
      suffix=${part === 'seconds' ? 's' : ''}
      .value=${wish?.[part] ?? ''}
      error=${error}
      @ns-input=${(event: CustomEvent<string>) => this.#set({ [part]: event.detail })}
    ></ns-field>`
  }

  #settings(wish: Wish, models: readonly DeviceModel[]): TemplateResult {
    const model = models.find(({ name }) => name === wish.model)
    return html`<div class="settings">
      <ns-field
        label=${msg('Model')}
        type="select"
        .value=${wish.model}
        .choices=${models.map(({ name, version }) => ({ value: name, label: `${name} ${version}` }))}
        @ns-change=${(event: CustomEvent<string>) => {
          const next = models.find(({ name }) => name === event.detail)
          if (next) this.wish = firstWish(next)
        }}
      ></ns-field>
      ${this.#rungs(wish, model)}
      ${this.#boxes(
        msg('Precisions'),
        PRECISIONS.map((precision) => [precision, precision.toUpperCase()] as const),
        { on: wish.precisions, set: (precisions) => this.#set({ precisions }) }
      )}
      ${this.#boxes(
        msg('Batch sizes, rows'),
        BATCHES.map((batch) => [batch, formatNumber(batch)] as const),
        {
          on: wish.batches,
          set: (batches) => this.#set({ batches: batches.toSorted((a, b) => a - b) })
        }
      )}
      ${this.#boxes(
        msg('Instances at once'),
        INSTANCES.map((count) => [count, formatNumber(count)] as const),
        {
          on: wish.instances,
          set: (instances) => this.#set({ instances: instances.toSorted((a, b) => a - b) })
        }
      )}
    </div>`
  }

  async #start(wish: Wish): Promise<void> {
    this.starting = true
    try {
      const { id } = await runtimeApi.startBenchmark(requestOf(wish))
      go(['benchmarks', id])
    } catch (error) {
      showFailure(error)
    }
    this.starting = false
  }

  #side(wish: Wish): TemplateResult {
    const gpus = this.data.gpus?.gpus.length ?? this.data.device?.gpus.length ?? 0
    const error = wishError(wish)
    const { settings } = costOf(wish, gpus)
    return html`<div class="side">
      <h2>${msg('How it measures')}</h2>
      <div class="pair">
        ${this.#number('seconds', msg('One repeat takes'), secondsError(wish))}
        ${this.#number('repeats', msg('Repeats'), repeatsError(wish))}
      </div>
      ${
        Number(wish.repeats) < 3 && repeatsError(wish) === ''
          ? html`<p class="muted"><ns-status kind="check">${msg('Fewer than 3 repeats give figures without an interval.')}</ns-status></p>`
          : nothing
      }
      <fieldset>
        <legend>${msg('Method')}</legend>
        ${(['grid', 'halving'] as const).map(
          (method) => html`<label class="box choice wide"
            ><input
              type="radio"
              name="method"
              .checked=${wish.method === method}
              @change=${() => this.#set({ method })}
            /><span
              >${method === 'grid' ? msg('Every setting') : msg('Halving')}<small
                >${method === 'grid' ? msg('all repeats of all settings; for a report') : msg('the slower half goes after each round; to find the best')}</small
              ></span
            ></label
          >`
        )}
      </fieldset>
      <div class="start">
        <p class="cost" role="status">
          ${error === '' ? html`<strong>${costWords(wish, gpus)}</strong>` : html`<ns-status kind="check">${error}</ns-status>`}
        </p>
        <p class="muted">${msg('The models keep serving; what they answer meanwhile is slower and makes the figures worse.')}</p>
        <ns-button
          kind="filled"
          ?disabled=${error !== ''}
          ?busy=${this.starting}
          reason=${error}
          @click=${() => void this.#start(wish)}
          >${msg('Start with')} ${formatNumber(settings)} ${settings === 1 ? msg('setting') : msg('settings')}</ns-button
        >
      </div>
    </div>`
  }

  override render(): TemplateResult {
    const { wish, data } = this
    const models = data.models?.models ?? []
    const waiting = html`<ns-empty kind="skeleton"></ns-empty>`
    const none = html`<ns-empty heading=${msg('No model is on this device')}
      >${msg('A benchmark needs one. Roll one out from the fleet’s console.')}</ns-empty
    >`
    return html`<div class="page-head">
        <div>
          <h1>${msg('New benchmark')}</h1>
          <p>${msg('Runs a model in every combination of what is ticked')}</p>
        </div>
        <div class="acts"><ns-button kind="quiet" href="#/benchmarks">${msg('All runs')}</ns-button></div>
      </div>
      ${
        wish
          ? html`<div class="columns">${this.#settings(wish, models)} ${this.#side(wish)}</div>`
          : data.models
            ? none
            : data.failure
              ? html`<ns-empty kind="error" heading=${msg('The device does not answer')}>${data.failure}</ns-empty>`
              : waiting
      }`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'workbench-benchmark-new': BenchmarkNewScreen
  }
}
