// The logs of this device as they come in, refreshed by the stream; and the log files that were read by
// jobs.

import { css, html, LitElement, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import type { LogOverview } from '../../api/index.ts'
import { go, HashRouter, type StatusShape, shared } from '../../elements/index.ts'
import { formatCount, formatNumber, msg, str } from '../../i18n/index.ts'
import { screenStyles } from '../screen.styles.ts'
import { EMPTY_STATE, shownJobs, type WorkbenchState } from '../workbench-state.ts'
import { modelOfWatch } from './log-model.ts'
import './log-view.ts'

const SOURCES: Readonly<Record<LogOverview['sources'][number]['state'], StatusShape>> = {
  following: 'normal',
  waiting: 'waiting',
  failed: 'failed'
}

@customElement('workbench-log-watch')
export class LogWatchScreen extends LitElement {
  static override styles = [
    shared,
    screenStyles,
    css`
      :host {
        display: flex;
        flex-direction: column;
        min-height: 0;
      }
      .page-head,
      .sources {
        flex: none;
      }
      .sources {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 24px;
        padding: 8px var(--ns-pad) 0;
      }
      .sources li {
        min-width: 0;
        overflow-wrap: anywhere;
      }
      workbench-log-view,
      workbench-results {
        flex: 1;
        min-height: 0;
      }
      @media (width < 860px) {
        :host {
          display: block;
          overflow: auto;
        }
      }
    `
  ]
  @property({ attribute: false }) data: WorkbenchState = EMPTY_STATE
  /** `watch` or `files`. */
  @property() view = 'watch'
  protected readonly router = new HashRouter(this)

  #sources({ sources }: LogOverview): TemplateResult {
    return html`<ul class="sources">
      ${sources.map(
        ({ name, state, sentence, lines }) => html`<li>
          <ns-status kind=${SOURCES[state]}>${name}, ${sentence || formatCount(lines, msg('line'), msg('lines'))}</ns-status>
        </li>`
      )}
    </ul>`
  }

  #watch(): TemplateResult {
    const { logs } = this.data
    if (!logs) return html`<ns-empty kind="skeleton" rows="8"></ns-empty>`
    if (logs.sources.length === 0) {
      return html`<ns-empty heading=${msg('No log is watched')}>
        ${msg('Name log files or journals in the settings of the device (logs, journals), then start it again. A log file can also be read once, as a job.')}
        <ns-button slot="acts" href="#/new/logs">${msg('Read a log file')}</ns-button></ns-empty
      >`
    }
    return html`${this.#sources(logs)}
      <workbench-log-view
        .model=${modelOfWatch(logs)}
        selected=${this.router.route.query['template'] ?? ''}
        @template=${(event: CustomEvent<string>) => go(['logs'], { template: event.detail })}
      ></workbench-log-view>`
  }

  #lead(): string {
    const { logs } = this.data
    if (!logs) return ''
    return msg(
      str`${formatCount(logs.lines, 'line', 'lines')} since the start, ${formatNumber(logs.linesPerSecond, 1)} a second; ${formatNumber(logs.anomalies.length)} unusual`
    )
  }

  override render(): TemplateResult {
    const files = shownJobs(this.data).filter(({ kind, hasReport }) => kind === 'logs' && hasReport)
    const tabs = [
      { id: 'watch', label: msg('Watched now') },
      { id: 'files', label: msg('Log files'), count: files.length }
    ]
    return html`<div class="page-head">
        <div>
          <h1>${msg('Logs')}</h1>
          <p>${this.#lead()}</p>
        </div>
        <div class="acts">
          <ns-tabs
            switch
            label=${msg('Which logs')}
            .tabs=${tabs}
            selected=${this.view === 'files' ? 'files' : 'watch'}
            @ns-select=${(event: CustomEvent<string>) => go(event.detail === 'files' ? ['logs', 'files'] : ['logs'])}
          ></ns-tabs>
        </div>
      </div>
      ${this.view === 'files' ? html`<workbench-results bare kind="logs" .data=${this.data}></workbench-results>` : this.#watch()}`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'workbench-log-watch': LogWatchScreen
  }
}
