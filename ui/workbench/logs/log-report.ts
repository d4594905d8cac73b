// The result of a log analysis: what was read, then the log view. The address names the chosen template.

import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import { go, shared } from '../../elements/index.ts'
import {
  formatClock,
  formatCount,
  formatDateTime,
  formatNumber,
  keepUnits,
  msg,
  str
} from '../../i18n/index.ts'
import { type LogModel, type LogsReport, modelOfReport } from './log-model.ts'
import './log-view.ts'

/** `9 Mar, 06:00–06:52`, with both days where they differ. */
const spanWords = (from: number, to: number): string =>
  new Date(from).toDateString() === new Date(to).toDateString()
    ? `${formatDateTime(from)}–${formatClock(to)}`
    : `${formatDateTime(from)} – ${formatDateTime(to)}`

@customElement('workbench-log-report')
export class LogReportView extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: flex;
        flex-direction: column;
        min-height: 0;
      }
      p {
        flex: none;
        padding: 8px var(--ns-pad) 0;
        color: var(--ns-muted);
      }
      p strong {
        color: var(--ns-text);
        font-weight: 600;
      }
      workbench-log-view {
        flex: 1;
      }
    `
  ]
  @property({ attribute: false }) report: LogsReport | undefined
  @property({ attribute: 'job-id' }) jobId = ''
  @property({ attribute: false }) inside: readonly string[] = []
  #model: LogModel | undefined

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('report')) this.#model = this.report ? modelOfReport(this.report) : undefined
  }

  #lead({ figures }: LogsReport): TemplateResult {
    const { axis, from, binSize, lines } = figures.timeline
    const span =
      axis === 'time' && lines.length > 0
        ? `, ${spanWords(from, from + binSize * lines.length)}`
        : ''
    const counts = `${formatCount(figures.lines, msg('line'), msg('lines'))}${span}`
    const found = `${formatCount(figures.templates.length, msg('template'), msg('templates'))}, ${formatNumber(figures.anomalies.length)} ${msg('unusual')}`
    const rate = keepUnits(msg(str`${formatNumber(figures.linesPerSecond)} lines/s.`))
    return html`<p><strong>${counts}.</strong> ${found}, ${rate}</p>`
  }

  override render(): TemplateResult | typeof nothing {
    if (!this.report) return nothing
    const selected = this.inside[0] === 'templates' ? (this.inside[1] ?? '') : ''
    return html`${this.#lead(this.report)}
      <workbench-log-view
        .model=${this.#model}
        .limits=${this.report.limits}
        selected=${selected}
        @template=${(event: CustomEvent<string>) =>
          go(['jobs', this.jobId, ...(event.detail === '' ? [] : ['templates', event.detail])])}
      ></workbench-log-view>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'workbench-log-report': LogReportView
  }
}
