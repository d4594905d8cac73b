// W8, the result of machine data: series at the left, trend with normal band over the score, and every
// event in a sentence. The address names the series.

import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import { go, shared } from '../../elements/index.ts'
import { formatCount, formatNumber, keepUnits, msg, str } from '../../i18n/index.ts'
import {
  bySurprise,
  decimalsOf,
  eventMarks,
  eventsOf,
  type MachineEvent,
  type MachineSeries,
  type MachinesReport,
  scorePoints,
  valuePoints
} from './machine-model.ts'
import { styles } from './machine-report.styles.ts'

const typing = (event: KeyboardEvent): boolean => {
  const target = event.composedPath()[0]
  return target instanceof Element && target.matches('input, textarea, select')
}

@customElement('workbench-machine-report')
export class MachineReportView extends LitElement {
  static override styles = [shared, styles]
  @property({ attribute: false }) report: MachinesReport | undefined
  @property({ attribute: 'job-id' }) jobId = ''
  @property({ attribute: false }) inside: readonly string[] = []
  #series: readonly MachineSeries[] = []

  override connectedCallback(): void {
    super.connectedCallback()
    addEventListener('keydown', this.#key)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    removeEventListener('keydown', this.#key)
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('report')) this.#series = this.report ? bySurprise(this.report) : []
  }

  #open(): MachineSeries | undefined {
    const name = this.inside[0] === 'series' ? this.inside[1] : undefined
    return this.#series.find((series) => series.name === name) ?? this.#series[0]
  }

  #go(series: MachineSeries | undefined): void {
    if (series) go(['jobs', this.jobId, 'series', series.name], {}, this.inside.length > 0)
  }

  readonly #key = (event: KeyboardEvent): void => {
    const step = { j: 1, k: -1 }[event.key.toLowerCase()]
    if (step === undefined || typing(event) || event.ctrlKey || event.metaKey || event.altKey)
      return
    const open = this.#open()
    const here = open ? this.#series.indexOf(open) : -1
    this.#go(this.#series[Math.max(0, Math.min(this.#series.length - 1, here + step))])
    event.preventDefault()
  }

  #entry(series: MachineSeries, report: MachinesReport): TemplateResult {
    const events = eventsOf(report, series.name).length
    const decimals = decimalsOf(series)
    return html`<button type="button" aria-pressed=${series === this.#open()} @click=${() => this.#go(series)}>
      <span class="name">${series.name}</span>
      ${
        events > 0
          ? html`<ns-status kind="check">${formatCount(events, msg('event'), msg('events'))}</ns-status>`
          : html`<span class="second">${msg('usual')}</span>`
      }
      <span class="second">${formatNumber(series.min, decimals)} ${msg('to')} ${formatNumber(series.max, decimals)}${
        series.missing > 0 ? msg(str`, ${formatNumber(series.missing)} missing`) : nothing
      }</span>
      <span class="second number">${msg('peak')} ${formatNumber(series.peakScore, 2)}</span>
    </button>`
  }

  #charts(series: MachineSeries, events: readonly MachineEvent[]): TemplateResult {
    return html`<ns-time-series
        class="value"
        rows-axis
        timeless
        tone="p2"
        sync="machine"
        heading=${series.name}
        decimals=${decimalsOf(series)}
        .points=${valuePoints(series)}
        .events=${eventMarks(events)}
      ></ns-time-series>
      <ns-time-series
        class="score"
        rows-axis
        no-toggle
        summary-unseen
        sync="machine"
        heading=${msg('Anomaly score by row: 0 usual, 1 never seen')}
        decimals="2"
        .range=${[0, 1]}
        .points=${scorePoints(series)}
      ></ns-time-series>`
  }

  #events(events: readonly MachineEvent[]): TemplateResult {
    return html`<section>
      <h2>${msg('Events')}<span>${formatNumber(events.length)}</span></h2>
      ${
        events.length === 0
          ? html`<p class="none">${msg('Nothing in this series has no like before.')}</p>`
          : html`<ul class="events">
            ${events.map(
              ({ fromRow, toRow, fromTime, toTime, score, reason }) => html`<li>
                <span class="when">${fromTime || msg(str`Row ${formatNumber(fromRow)}`)}<br /><span class="second">${
                  toTime ? msg(str`to ${toTime}`) : msg(str`to row ${formatNumber(toRow)}`)
                }</span></span>
                <span>${keepUnits(reason)}</span>
                <span class="number">${formatNumber(score, 2)}</span>
              </li>`
            )}
          </ul>`
      }
    </section>`
  }

  override render(): TemplateResult | typeof nothing {
    const { report } = this
    const open = this.#open()
    if (!report) return nothing
    if (!open) {
      return html`<ns-empty heading=${msg('The table has no column of numbers')}>${report.limits.join(' ')}</ns-empty>`
    }
    const events = eventsOf(report, open.name)
    return html`<div class="panes">
      <nav aria-label=${msg('Series')}>
        <h2>${msg('Series')}<span>${formatCount(report.figures.rows, msg('row'), msg('rows'))}</span></h2>
        ${this.#series.map((series) => this.#entry(series, report))}
      </nav>
      <div class="main">
        <div class="charts">${this.#charts(open, events)}</div>
        ${this.#events(events)}
        <footer>${report.limits.map((limit) => html`<p>${limit}</p>`)}</footer>
      </div>
    </div>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'workbench-machine-report': MachineReportView
  }
}
