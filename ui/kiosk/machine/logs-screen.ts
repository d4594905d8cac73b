// What the log watch sees, for an operator: how much is written, when it was unusual, and what was. The
// workbench shows templates and lines.

import { html, LitElement, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import type { LogOverview } from '../../api/index.ts'
import { serverNow, shared } from '../../elements/index.ts'
import { formatCount, formatNumber, formatWhen, msg } from '../../i18n/index.ts'
import { type DeviceState, EMPTY_STATE } from '../device-state.ts'
import { screenStyles } from '../screen.styles.ts'

const KINDS = {
  'new-template': () => msg('Never seen before'),
  burst: () => msg('Far more than usual'),
  silence: () => msg('Fell silent'),
  'error-words': () => msg('Speaks of a failure')
} as const

/** Reads nothing itself: the overview of the logs comes with the picture of the device. */
@customElement('kiosk-logs')
export class KioskLogs extends LitElement {
  static override styles = [shared, screenStyles]
  @property({ attribute: false }) data: DeviceState = EMPTY_STATE

  /** Which logs are followed, and why one is not. */
  #sources({ sources }: LogOverview): TemplateResult {
    return html`<section class="panel">
      <h2>${msg('Logs followed')}</h2>
      <ul class="rows">
        ${sources.map(
          (source) => html`<li>
            <p class="line">
              <ns-status kind=${source.state === 'following' ? 'normal' : source.state === 'waiting' ? 'waiting' : 'failed'}>
                <span class="cut">${source.name}</span></ns-status
              >
              <span class="muted">${formatCount(source.lines, msg('line'), msg('lines'))}</span>
            </p>
            ${source.sentence === '' ? '' : html`<p class="muted">${source.sentence}</p>`}
          </li>`
        )}
      </ul>
    </section>`
  }

  /** What stood out, in the watch's own sentence; the template, never a line. */
  #unusual({ anomalies }: LogOverview): TemplateResult {
    const now = serverNow()
    const latest = anomalies.toSorted((a, b) => b.at - a.at).slice(0, 20)
    return html`<section class="panel">
      <h2>${msg('Unusual lines')} <span>${msg('latest first')}</span></h2>
      ${
        latest.length === 0
          ? html`<p class="muted">${msg('None. Lines look as they always did.')}</p>`
          : html`<ul class="rows">
            ${latest.map(
              ({ kind, reason, template, at }) => html`<li>
                <p class="line"><strong>${KINDS[kind]()}</strong><span class="muted">${formatWhen(at, now)}</span></p>
                <p>${reason}</p>
                <p class="muted cut">${template}</p>
              </li>`
            )}
          </ul>`
      }
    </section>`
  }

  override render(): TemplateResult {
    const { logs } = this.data
    if (!logs) return html`<ns-empty kind="skeleton"></ns-empty>`
    return html`<section class="panel">
        <h2>
          ${msg('Log lines')}
          <span>${formatNumber(logs.linesPerSecond, 1)} ${msg('lines/s')}, ${formatNumber(logs.lines)} ${msg('in all')}</span>
        </h2>
        <ns-timeline
          .from=${logs.timeline.from}
          .binMs=${logs.timeline.binMs}
          .counts=${logs.timeline.lines}
          .unusual=${logs.timeline.unusual}
          one=${msg('line')}
          many=${msg('lines')}
        ></ns-timeline>
      </section>
      <div class="columns">
        <div>${this.#unusual(logs)}</div>
        <div>${this.#sources(logs)}</div>
      </div>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'kiosk-logs': KioskLogs
  }
}
