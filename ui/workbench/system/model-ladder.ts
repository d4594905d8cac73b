// The ladder of a model: which rung serves, what each was measured at, and why the others do not serve, with
// code and library message unfolding for an engineer; below it the builds of TensorRT engines.

import { css, html, LitElement, nothing, type TemplateResult } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import { type DeviceModel, type RungStatus, runtimeApi } from '../../api/index.ts'
import { serverNow, shared, showFailure } from '../../elements/index.ts'
import { formatNumber, formatRemaining, formatWhen, msg, str } from '../../i18n/index.ts'
import { needsLook, rungWord } from '../../words/index.ts'
import { screenStyles } from '../screen.styles.ts'
import { sheetStyles } from '../sheet.styles.ts'
import {
  BUILD_STATES,
  canBuild,
  type EngineBuild,
  isBuilding,
  rungMeasure,
  rungSentence,
  rungShape
} from './model-words.ts'

@customElement('workbench-ladder')
export class ModelLadder extends LitElement {
  static override styles = [
    shared,
    screenStyles,
    sheetStyles,
    css`
      .rungs li {
        grid-template-columns: 108px minmax(0, 1fr) auto;
        align-items: start;
        gap: 4px 16px;
        padding-block: 6px;
      }
      .measure {
        color: var(--ns-muted);
        text-align: right;
        white-space: nowrap;
      }
      details {
        margin-top: 2px;
      }
      summary {
        width: fit-content;
        min-height: 24px;
        color: var(--ns-muted);
        font: 400 var(--ns-second);
        line-height: 24px;
        cursor: pointer;
      }
      .detail {
        max-width: 100%;
        padding: 6px 8px;
        background: var(--ns-well);
        overflow-wrap: anywhere;
        white-space: pre-wrap;
      }
      .build {
        display: grid;
        gap: 4px;
        padding: 8px var(--ns-pad);
        border-bottom: 1px solid var(--ns-rule);
      }
      .line {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 12px;
      }
      .line strong {
        flex: 1;
        font-weight: 600;
      }
    `
  ]
  @property({ attribute: false }) model: DeviceModel | undefined
  @property({ attribute: false }) builds: readonly EngineBuild[] = []
  @state() private asking = false

  async #ask(act: (name: string) => Promise<unknown>): Promise<void> {
    if (!this.model) return
    this.asking = true
    try {
      await act(this.model.name)
    } catch (error) {
      showFailure(error)
    }
    this.asking = false
  }

  /** What an engineer needs, folded away. */
  #detail({ code, detail, at }: RungStatus): TemplateResult | typeof nothing {
    if (code === null && detail === null) return nothing
    const tried = at === null ? '' : `, ${msg('tried')} ${formatWhen(at, serverNow())}`
    return html`<details>
      <summary>${code ?? msg('Details')}${tried}</summary>
      ${detail === null ? html`<p class="second">${msg('The library said nothing more.')}</p>` : html`<p class="code detail">${detail}</p>`}
    </details>`
  }

  #rung(rung: RungStatus, model: DeviceModel): TemplateResult {
    return html`<li>
      <ns-status class=${rung.taken ? 'taken' : ''} kind=${rungShape(rung)}>${rungWord(rung.rung)}</ns-status>
      <div>
        <span class=${rung.taken || needsLook(rung) ? '' : 'muted'}>${rungSentence(rung, model.state)}</span>
        ${this.#detail(rung)}
      </div>
      <span class="measure">${rungMeasure(rung)}</span>
    </li>`
  }

  #build(build: EngineBuild): TemplateResult {
    const [shape, word] = BUILD_STATES[build.state]()
    const { startedAt, progress } = build
    const elapsed = startedAt === null ? 0 : (serverNow() - startedAt) / 1000
    const left =
      progress > 0.05 && elapsed > 0
        ? msg(str`about ${formatRemaining((elapsed / progress) * (1 - progress))} left`)
        : ''
    const open = isBuilding(build)
    return html`<div class="build">
      <p class="line">
        <strong>TensorRT ${build.precision.toUpperCase()}, ${build.version}</strong>
        <ns-status kind=${shape} ?strong=${shape === 'failed'}>${word}</ns-status>
        ${
          open
            ? html`<ns-button label=${msg(str`Cancel the build of the ${build.precision.toUpperCase()} engine`)} ?busy=${this.asking} @click=${() => void this.#ask(runtimeApi.cancelEngine)}>${msg('Cancel the build')}</ns-button>`
            : nothing
        }
      </p>
      ${
        open
          ? html`<ns-progress
            .done=${Math.round(progress * 100)}
            .total=${100}
            label=${msg('Build of the engine')}
            start=${`${formatNumber(progress * 100)}\u00A0%`}
            end=${build.state === 'building' ? left : ''}
          ></ns-progress>`
          : nothing
      }
      <p class="muted">${build.sentence}${build.code === null ? nothing : html` <span class="code">${build.code}</span>`}</p>
    </div>`
  }

  override render(): TemplateResult | typeof nothing {
    const { model } = this
    if (!model) return nothing
    const builds = this.builds.filter((build) => build.model === model.name)
    const buildable = canBuild(model, this.builds)
    return html`<h3>${msg('Where it runs: the best rung that works and is faster than the one below')}</h3>
      <ul class="rungs">${model.ladder.map((rung) => this.#rung(rung, model))}</ul>
      ${builds.length === 0 && !buildable ? nothing : html`<h3>${msg('TensorRT engines')}</h3>`}
      ${builds.map((build) => this.#build(build))}
      ${
        buildable
          ? html`<p class="note line">
            <span>${msg('An engine made for this GPU is faster; building takes minutes, and the model serves meanwhile.')}</span>
            <ns-button ?busy=${this.asking} @click=${() => void this.#ask(runtimeApi.buildEngine)}>${msg('Build the engine')}</ns-button>
          </p>`
          : nothing
      }`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'workbench-ladder': ModelLadder
  }
}
