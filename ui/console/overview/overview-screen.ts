// The fleet at a glance: counts, what needs attention, rollouts; beside it the versions in use and the
// alerts. It is drawn from the picture of the fleet and reads nothing itself.

import { css, html, LitElement, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import type { FleetOverview, Rollout } from '../../api/index.ts'
import { serverNow, shapeOfPriority, shared } from '../../elements/index.ts'
import { formatCount, formatWhen, keepUnits, msg, str } from '../../i18n/index.ts'
import { EMPTY_STATE, type FleetState, isLost, openAlerts } from '../fleet-state.ts'
import { waiting } from '../reads.ts'
import { railSegment } from '../rollout/index.ts'
import { screenStyles } from '../screen.styles.ts'
import { rolloutSaid } from '../words.ts'
import './attention.ts'
import './counts.ts'

/** ISA-18.2 as summarised in the guides: about one alarm in ten minutes for one person. */
const GOAL_PER_HOUR = 6
const HOUR_MS = 3_600_000
const MOST_ROLLOUTS = 4
const MOST_ALERTS = 6
const MOST_SHARES = 4

const styles = css`
  .strip {
    flex: none;
    padding: 0 var(--ns-pad) 12px;
    border-bottom: 1px solid var(--ns-rule);
  }
  .page-head {
    min-height: 52px;
    border: 0;
  }
  .panes {
    grid-template-columns: minmax(0, 1fr) minmax(300px, 37.8%);
  }
  .left {
    display: flex;
    flex-direction: column;
  }
  .left > section:first-child {
    flex: 1 0 auto;
  }
  .rollout {
    display: grid;
    grid-template-columns: 16px minmax(0, 1fr) minmax(80px, 40%);
    align-items: center;
    gap: 4px 14px;
    min-height: 56px;
    padding: 8px var(--ns-pad);
    border-top: 1px solid var(--ns-rule);
    color: var(--ns-text);
    text-decoration: none;
  }
  .rollout:hover,
  .alert:hover {
    background: var(--ns-hover);
  }
  .rollout:focus-visible,
  .alert:focus-visible {
    outline-offset: -2px;
  }
  .version {
    display: grid;
    grid-template-columns: 116px minmax(0, 1fr) 40px;
    gap: 4px 12px;
    padding: 4px var(--ns-pad) 8px;
  }
  .version > :last-child {
    text-align: right;
    color: var(--ns-muted);
  }
  .alert {
    display: grid;
    grid-template-columns: 16px 84px minmax(0, 1fr) auto;
    align-items: center;
    gap: 10px;
    min-height: 34px;
    padding: 0 var(--ns-pad);
    border-top: 1px solid var(--ns-rule);
    color: var(--ns-text);
    text-decoration: none;
  }
  .alert > :last-child {
    color: var(--ns-muted);
  }
  ns-columns {
    height: 104px;
  }
  @media (width < 1100px) {
    .panes {
      grid-template-columns: minmax(0, 1fr) 300px;
    }
    .version {
      grid-template-columns: minmax(0, 1fr) 40px;
    }
    .version ns-share-bar {
      grid-column: 1 / -1;
      grid-row: 2;
    }
    .alert {
      grid-template-columns: 16px minmax(0, 1fr) auto;
    }
    .alert > :nth-child(3) {
      grid-column: 2 / -1;
      grid-row: 2;
      padding-bottom: 6px;
      color: var(--ns-muted);
    }
  }
  @media (width < 720px) {
    .strip {
      padding: 0;
      border: 0;
      order: -1;
    }
    .page-head {
      display: none;
    }
    .rollout {
      grid-template-columns: 16px minmax(0, 1fr);
    }
    .rollout ns-rollout-rail {
      grid-column: 2;
    }
  }
`

/** Order after the mockup: counts, attention, rollouts; beside them versions and alerts. */
@customElement('console-overview')
export class ConsoleOverview extends LitElement {
  static override styles = [shared, screenStyles, styles]
  @property({ attribute: false }) data: FleetState = EMPTY_STATE

  /** The list, or in its place that all is well, or how to begin. */
  #attention({ attention, counts, now }: FleetOverview): TemplateResult {
    if (counts.devices === 0) {
      return html`<section>
        <ns-empty heading=${msg('No device belongs to this fleet yet')}>
          ${msg('Make a one-time token and give it to the device; it appears here within a minute.')}
          <ns-button slot="acts" kind="filled" href="#/enrolment">${msg('Enrol a device')}</ns-button>
        </ns-empty>
      </section>`
    }
    if (attention.length === 0) {
      const all =
        counts.devices === 1
          ? msg('The one device is well')
          : msg(str`All ${formatCount(counts.devices, '', msg('devices'))} are well`)
      return html`<section>
        <ns-empty heading=${all}>
          ${msg(str`Nothing needs attention. Last checked ${formatWhen(now, serverNow())}.`)}
        </ns-empty>
      </section>`
    }
    return html`<section>
      <div class="section-head">
        <h2>${msg('Needs attention')}<small>${attention.length}</small></h2>
        <span>${msg('most urgent first')}</span>
      </div>
      <console-attention .items=${attention}></console-attention>
    </section>`
  }

  /** One rollout as a link with its rail. */
  #rollout(rollout: Rollout): TemplateResult {
    const [shape, word] = rolloutSaid(rollout.state)
    return html`<a class="rollout" href=${`#/rollouts/${rollout.id}`}>
      <ns-status kind=${shape} label=${word}></ns-status>
      <div>
        <p class="cut"><strong>${rollout.model} ${rollout.version}</strong></p>
        <p class="cut muted">${rollout.sentence}</p>
      </div>
      <ns-rollout-rail .segments=${[railSegment(rollout)]}></ns-rollout-rail>
    </a>`
  }

  /** Those that run; else the last ones. */
  #rollouts(): TemplateResult | '' {
    const all = this.data.overview?.rollouts ?? []
    const running = all.filter(({ state }) => state === 'running')
    const shown = (running.length > 0 ? running : all).slice(0, MOST_ROLLOUTS)
    if (shown.length === 0) return ''
    return html`<section>
      <div class="section-head">
        <h2>
          ${running.length > 0 ? msg('Rollouts running') : msg('Last rollouts')}<small
            >${running.length > 0 ? running.length : ''}</small
          >
        </h2>
        <span><a class="plain" href="#/rollouts">${msg('all rollouts')}</a></span>
      </div>
      ${shown.map((rollout) => this.#rollout(rollout))}
    </section>`
  }

  /** Each model as one bar of its versions, the newest first. */
  #versions({ versions }: FleetOverview): TemplateResult {
    return html`<section>
      <div class="section-head"><h2>${msg('Versions in use')}</h2><span>${msg('devices')}</span></div>
      ${
        versions.length === 0
          ? html`<p class="body muted">${msg('No device has reported a model yet.')}</p>`
          : versions.map(({ model, versions: each }) => {
              const newest = each.toReversed().slice(0, MOST_SHARES)
              const most = Math.max(...each.map(({ devices }) => devices))
              return html`<div class="version">
                <strong class="cut">${model}</strong>
                <ns-share-bar
                  .shares=${newest.map(({ version, devices }) => ({ label: version, value: devices, strong: devices === most }))}
                ></ns-share-bar>
                <span>${each.reduce((sum, { devices }) => sum + devices, 0)}</span>
              </div>`
            })
      }
    </section>`
  }

  /** Alerts of a day against what one person can attend to. */
  #perHour({ alertsPerHour }: FleetOverview): TemplateResult {
    const total = alertsPerHour.reduce((sum, { count }) => sum + count, 0)
    return html`<section>
      <div class="section-head">
        <h2>${msg('Alerts per hour, 24 h')}</h2>
        <span>${total} ${msg('in total')}</span>
      </div>
      <div class="body">
        <ns-columns
          .columns=${alertsPerHour}
          .stepMs=${HOUR_MS}
          .goal=${GOAL_PER_HOUR}
          goal-words=${msg(str`goal, at most ${GOAL_PER_HOUR} an hour`)}
          label=${msg('Alerts per hour')}
        ></ns-columns>
      </div>
    </section>`
  }

  /** The most urgent few; the rest is behind the link. */
  #alerts(): TemplateResult {
    const now = serverNow()
    const open = openAlerts(this.data, now)
    return html`<section>
      <div class="section-head">
        <h2>${msg('Open alerts')}<small>${open.length === 0 ? '' : open.length}</small></h2>
        <span><a class="plain" href="#/alerts">${msg('all alerts')}</a></span>
      </div>
      ${
        open.length === 0
          ? html`<p class="body muted">${msg('None.')}</p>`
          : open.slice(0, MOST_ALERTS).map(
              ({ priority, device, deviceName, title, raisedAt }) => html`<a
                class="alert"
                href=${`#/devices/${device}`}
              >
                <ns-status kind=${shapeOfPriority(priority)} label=${`${msg('Priority')} ${priority}`}></ns-status>
                <strong class="cut">${deviceName}</strong>
                <span class="cut" title=${title}>${keepUnits(title)}</span>
                <span>${formatWhen(raisedAt, now)}</span>
              </a>`
            )
      }
    </section>`
  }

  override render(): TemplateResult {
    const { overview } = this.data
    if (!overview) return waiting(this.data)
    const lost = isLost(this.data)
    return html`<div class="page-head">
        <div><h1><span>${msg('Overview')}</span></h1></div>
        <div class="acts">
          ${
            overview.counts.devices === 0
              ? ''
              : html`<ns-button
                href="#/rollouts/new"
                ?disabled=${lost}
                reason=${msg('The fleet does not answer now.')}
                >${msg('New rollout')}</ns-button
              >`
          }
        </div>
      </div>
      <div class="strip"><console-counts .overview=${overview}></console-counts></div>
      <div class="panes">
        <div class="pane left">${this.#attention(overview)} ${this.#rollouts()}</div>
        <div class="side">
          ${this.#versions(overview)} ${this.#perHour(overview)} ${this.#alerts()}
        </div>
      </div>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'console-overview': ConsoleOverview
  }
}
