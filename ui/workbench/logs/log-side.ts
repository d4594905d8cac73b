// Beside the templates: what is unusual with its reasons, or the chosen template with lines of it, in which
// the variable parts are marked.

import { css, html, LitElement, nothing, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import { icons, serverNow, shared } from '../../elements/index.ts'
import { formatNumber, formatWhen, msg, str } from '../../i18n/index.ts'
import type { LogAnomalyRow, LogModel, LogRow } from './log-model.ts'
import { kindWords, levelWord } from './log-words.ts'
import './template-text.ts'

/** Fires `choose` with a template's id; an empty one goes back to what is unusual. */
@customElement('workbench-log-side')
export class LogSide extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
        background: var(--ns-well);
      }
      .head {
        position: sticky;
        top: 0;
        z-index: 1;
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: 8px;
        min-height: 40px;
        padding: 4px 16px;
        border-bottom: 1px solid var(--ns-rule);
        background: var(--ns-tile);
      }
      h2 {
        font: 600 var(--ns-body);
      }
      .head span,
      .second {
        color: var(--ns-muted);
        font: 400 var(--ns-second);
      }
      .back {
        display: inline-flex;
        align-items: center;
        gap: 4px;
        min-height: max(32px, var(--ns-target));
        margin-left: -8px;
        padding: 0 8px 0 0;
        border: 0;
        background: none;
        cursor: pointer;
      }
      .back svg {
        width: 16px;
        height: 16px;
      }
      .odd {
        display: block;
        width: 100%;
        padding: 10px 16px;
        border: 0;
        border-bottom: 1px solid var(--ns-rule);
        background: none;
        text-align: left;
        cursor: pointer;
      }
      .odd:hover {
        background: var(--ns-hover);
      }
      .odd:focus-visible {
        outline-offset: -2px;
      }
      .odd .first {
        display: flex;
        justify-content: space-between;
        margin-bottom: 2px;
      }
      .odd p {
        margin-top: 4px;
      }
      .block {
        padding: 12px 16px;
        border-bottom: 1px solid var(--ns-rule);
      }
      .block h3 {
        margin-bottom: 8px;
        color: var(--ns-muted);
        font: 500 var(--ns-second);
      }
      dl {
        display: grid;
        grid-template-columns: auto 1fr;
        gap: 4px 16px;
      }
      dt {
        color: var(--ns-muted);
      }
      dd {
        text-align: right;
        overflow-wrap: anywhere;
      }
      .line {
        display: grid;
        grid-template-columns: minmax(32px, auto) minmax(0, 1fr);
        gap: 10px;
        padding: 4px 0;
      }
      .line > span {
        color: var(--ns-muted);
        font: 400 var(--ns-axis);
        line-height: 20px;
        text-align: right;
      }
      .reason + .reason {
        margin-top: 8px;
      }
      .none {
        padding: 16px;
        color: var(--ns-muted);
      }
    `
  ]
  @property({ attribute: false }) model: LogModel | undefined
  @property() selected = ''
  @property({ attribute: false }) limits: readonly string[] = []
  /** Only what is unusual in this bin; null for all. */
  @property({ attribute: false }) bin: number | null = null

  #choose(id: string): void {
    this.dispatchEvent(new CustomEvent('choose', { detail: id }))
  }

  #odd(anomaly: LogAnomalyRow, model: LogModel): TemplateResult {
    const [shape, word] = kindWords(anomaly.kind)
    const row = model.rows.find(({ id }) => id === anomaly.template)
    return html`<button type="button" class="odd" @click=${() => this.#choose(anomaly.template)}>
      <span class="first"><ns-status kind=${shape}>${word}</ns-status><span class="second">${formatNumber(anomaly.score, 2)}</span></span>
      <workbench-template short template=${row?.template ?? anomaly.template}></workbench-template>
      <p>${anomaly.reason}</p>
    </button>`
  }

  #unusual(model: LogModel): TemplateResult {
    const shown = model.anomalies.filter(({ bin }) => this.bin === null || bin === this.bin)
    return html`<div class="head"><h2>${msg('Unusual')}</h2><span>${formatNumber(shown.length)}</span></div>
      ${
        shown.length === 0
          ? html`<p class="none">
            ${
              this.bin === null
                ? msg('Nothing stands out: no burst, no silence, no message that was never seen.')
                : msg('Nothing stands out in this stretch.')
            }
          </p>`
          : shown.slice(0, 100).map((anomaly) => this.#odd(anomaly, model))
      }
      ${this.limits.map((limit) => html`<p class="none second">${limit}</p>`)}`
  }

  #facts(row: LogRow, live: boolean): TemplateResult {
    const now = serverNow()
    const facts: readonly (readonly [string, string])[] = live
      ? [
          [msg('Level'), levelWord(row.level)],
          [msg('Lines'), formatNumber(row.count)],
          [
            msg('A minute, usually'),
            `${formatNumber(row.rate?.now ?? 0)}, ${formatNumber(row.rate?.usual ?? 0)}`
          ],
          [msg('First and last'), `${formatWhen(row.first, now)}, ${formatWhen(row.last, now)}`],
          [msg('From'), row.source]
        ]
      : [
          [msg('Level'), levelWord(row.level)],
          [msg('Lines'), formatNumber(row.count)],
          [msg('First and last line'), `${formatNumber(row.first)}, ${formatNumber(row.last)}`]
        ]
    return html`<dl>${facts.map(([title, fact]) => html`<dt>${title}</dt><dd>${fact}</dd>`)}</dl>`
  }

  #template(row: LogRow, model: LogModel): TemplateResult {
    const reasons = model.anomalies.filter(({ template }) => template === row.id)
    return html`<div class="head">
        <button type="button" class="back" @click=${() => this.#choose('')}>${icons.back}${msg('Unusual')}</button>
        <h2>${msg('Template')}</h2>
      </div>
      <div class="block"><workbench-template template=${row.template}></workbench-template></div>
      <div class="block">${this.#facts(row, model.live)}</div>
      ${
        reasons.length === 0
          ? nothing
          : html`<div class="block">
            <h3>${msg('Why it stands out')}</h3>
            ${reasons.map(({ kind, reason }) => {
              const [shape, word] = kindWords(kind)
              return html`<div class="reason"><ns-status kind=${shape}>${word}</ns-status><p>${reason}</p></div>`
            })}
          </div>`
      }
      ${
        row.examples.length === 0
          ? model.live
            ? html`<p class="none">${msg('The live watch keeps templates and counts, no lines.')}</p>`
            : nothing
          : html`<div class="block">
            <h3>${msg('Lines of it; what differs is marked')}</h3>
            ${row.examples.map(
              ({ line, text }) => html`<div class="line">
                <span aria-label=${msg(str`Line ${line}`)}>${formatNumber(line)}</span>
                <workbench-template template=${row.template} line=${text}></workbench-template>
              </div>`
            )}
          </div>`
      }`
  }

  override render(): TemplateResult | typeof nothing {
    const { model } = this
    if (!model) return nothing
    const row = model.rows.find(({ id }) => id === this.selected)
    return row ? this.#template(row, model) : this.#unusual(model)
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'workbench-log-side': LogSide
  }
}
