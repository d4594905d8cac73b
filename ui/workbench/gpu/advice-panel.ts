// What holds each model back, with the evidence; one recommended change that is applied, measured and kept or
// reverted; the continuous mode; and the changes so far.

import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import { type AdvisorOverview, type AppliedChange, runtimeApi } from '../../api/index.ts'
import { Loader, serverNow, shared, showFailure } from '../../elements/index.ts'
import { formatNumber, formatWhen, keepUnits, msg } from '../../i18n/index.ts'
import { screenStyles } from '../screen.styles.ts'
import { EMPTY_STATE, isLive, type WorkbenchState } from '../workbench-state.ts'
import { styles } from './advice-panel.styles.ts'
import {
  bottleneckWords,
  CHANGE_STATES,
  gainWords,
  inOrder,
  isMeasuring,
  settingTitle,
  withChange
} from './advice-words.ts'

type Advice = AdvisorOverview['advice'][number]
type Recommendation = NonNullable<Advice['recommendation']>

/** It is read so often while the device does not tell it, milliseconds. */
const REFRESH_MS = 3000

@customElement('workbench-advice')
export class AdvicePanel extends LitElement {
  static override styles = [shared, screenStyles, styles]
  @property({ attribute: false }) data: WorkbenchState = EMPTY_STATE
  /** Changes that are shown at first. */
  @property({ attribute: false }) few = 6
  @state() private applying = ''
  @state() private made: AppliedChange | undefined
  @state() private all = false
  protected readonly advice = new Loader<AdvisorOverview>(this, REFRESH_MS)

  override connectedCallback(): void {
    super.connectedCallback()
    this.advice.load(runtimeApi.advice)
  }

  protected override willUpdate(): void {
    this.advice.follow(isLive(this.data))
  }

  async #apply({ id }: Recommendation): Promise<void> {
    this.applying = id
    try {
      this.made = await runtimeApi.applyAdvice(id)
      this.advice.again()
    } catch (error) {
      showFailure(error)
    }
    this.applying = ''
  }

  async #continuous(on: boolean): Promise<void> {
    try {
      await runtimeApi.adviseContinuously(on)
    } catch (error) {
      showFailure(error)
    }
    this.advice.again()
  }

  #evidence({ evidence }: Advice): TemplateResult | typeof nothing {
    if (evidence.length === 0) return nothing
    return html`<table>
      <thead><tr><th>${msg('Evidence')}</th><th class="number">${msg('Now')}</th><th class="number">${msg('Threshold')}</th></tr></thead>
      <tbody>
        ${evidence.map(
          ({ name, value, threshold }) =>
            html`<tr><td>${name}</td><td class="number"><strong>${value}</strong></td><td class="number muted">${threshold}</td></tr>`
        )}
      </tbody>
    </table>`
  }

  #recommendation(recommendation: Recommendation, busy: AppliedChange | undefined): TemplateResult {
    const { id, setting, from, to, sentence } = recommendation
    return html`<div class="change">
      <p>${sentence}</p>
      <dl>
        <dt>${settingTitle(setting)}</dt>
        <dd>${formatNumber(from)} → <strong>${formatNumber(to)}</strong></dd>
        <dt>${msg('Expected throughput')}</dt>
        <dd>${gainWords(recommendation)}</dd>
      </dl>
      <ns-button
        kind="filled"
        ?busy=${this.applying === id}
        ?disabled=${busy !== undefined}
        reason=${msg('Another change is being measured.')}
        @click=${() => void this.#apply(recommendation)}
        >${msg('Apply and measure')}</ns-button
      >
      <p class="second">${msg('Measures before and after, and takes the change back when it does not help.')}</p>
    </div>`
  }

  #one(advice: Advice, busy: AppliedChange | undefined): TemplateResult {
    const held = advice.bottleneck !== 'none'
    return html`<section>
      <h2><ns-status kind=${held ? 'warning' : 'normal'} label=${held ? msg('Held back') : msg('Normal')}></ns-status>${bottleneckWords(advice)}</h2>
      <p class="second model">${advice.model}, ${formatWhen(advice.at, serverNow())}</p>
      <p>${keepUnits(advice.sentence)}</p>
      ${this.#evidence(advice)}
      ${
        advice.recommendation
          ? this.#recommendation(advice.recommendation, busy)
          : held
            ? html`<p class="muted">${msg('No setting of the device would change that.')}</p>`
            : nothing
      }
    </section>`
  }

  /** Before and after side by side; what is still measured is a dash. */
  #change(change: AppliedChange): TemplateResult {
    const { at, model, setting, from, to, before, after, sentence, automatic } = change
    const [shape, word] = CHANGE_STATES[change.state]()
    const pair = (of: (side: NonNullable<typeof before>) => number): string =>
      `${formatNumber(before ? of(before) : null, 1)} → ${formatNumber(after ? of(after) : null, 1)}`
    return html`<li>
      <p class="line">
        <strong>${settingTitle(setting)} ${formatNumber(from)} → ${formatNumber(to)}</strong
        ><ns-status kind=${shape} ?strong=${shape === 'failed'}>${word}</ns-status>
      </p>
      <p class="second">${model}, ${formatWhen(at, serverNow())}${automatic ? `, ${msg('by itself')}` : ''}</p>
      <dl>
        <dt>${msg('Requests a second')}</dt>
        <dd>${pair(({ throughput }) => throughput)}</dd>
        <dt>${msg('95 % within, ms')}</dt>
        <dd>${pair(({ p95Ms }) => p95Ms)}</dd>
      </dl>
      <p class="muted">${keepUnits(sentence)}</p>
    </li>`
  }

  #changes(changes: readonly AppliedChange[]): TemplateResult {
    const few = this.all ? changes : changes.slice(0, this.few)
    return html`<section>
      <h2>${msg('Changes so far')}</h2>
      ${
        changes.length === 0
          ? html`<p class="muted">${msg('None yet. What is applied here is listed with its figures before and after.')}</p>`
          : html`<ul>${few.map((change) => this.#change(change))}</ul>`
      }
      ${
        few.length === changes.length
          ? nothing
          : html`<ns-button
            @click=${() => {
              this.all = true
            }}
            >${msg('Show all')} ${formatNumber(changes.length)}</ns-button
          >`
      }
    </section>`
  }

  #content({ advice, changes, continuous }: AdvisorOverview): TemplateResult {
    const known = withChange(changes, this.made)
    const busy = known.find(isMeasuring)
    return html`${
      advice.length === 0
        ? html`<ns-empty heading=${msg('No advice yet')}
          >${msg('It comes when models have answered requests for a while.')}</ns-empty
        >`
        : inOrder(advice).map((one) => this.#one(one, busy))
    }
      <section>
        <ns-field
          type="checkbox"
          label=${msg('Adjust by itself, within limits')}
          hint=${msg('Tries one change at a time, measures it, and keeps it only when it helps.')}
          .value=${continuous ? 'true' : ''}
          @ns-change=${(event: CustomEvent<string>) => void this.#continuous(event.detail === 'true')}
        ></ns-field>
      </section>
      ${this.#changes(known)}`
  }

  override render(): TemplateResult {
    const { failure } = this.advice
    const value = this.data.advice ?? this.advice.value
    if (value) {
      return html`${failure && !this.data.advice ? html`<section><ns-status kind="stale">${msg('Not up to date')}: ${failure.sentence}</ns-status></section>` : nothing}
      ${this.#content(value)}`
    }
    return failure
      ? html`<ns-empty kind="error" heading=${msg('No advice can be read')}>${failure.sentence} <span class="code">${failure.code}</span></ns-empty>`
      : html`<ns-empty kind="skeleton"></ns-empty>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'workbench-advice': AdvicePanel
  }
}
