// K3, alarms: open, shelved and past ones, each with what, since when, why and what to do; acknowledge and
// shelve from here.

import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import { repeat } from 'lit/directives/repeat.js'
import { type Alarm, deviceApi } from '../../api/index.ts'
import { serverNow, shapeOfPriority, shared, showFailure } from '../../elements/index.ts'
import { formatDuration, formatWhen, keepUnits, msg, str } from '../../i18n/index.ts'
import { openAlarms, pastAlarms, shelvedAlarms } from '../alarm-order.ts'
import { type DeviceState, EMPTY_STATE } from '../device-state.ts'
import { screenStyles } from '../screen.styles.ts'
import './shelve-dialog.ts'

type View = 'open' | 'shelved' | 'past'

/** Fires `changed` with the alarm after an act. */
@customElement('kiosk-alarms')
export class KioskAlarms extends LitElement {
  static override styles = [
    shared,
    screenStyles,
    css`
      .views {
        display: flex;
        justify-content: space-between;
        align-items: center;
        margin-bottom: 8px;
      }
      li {
        display: flex;
        align-items: stretch;
        background: var(--ns-tile);
        border-top: 1px solid var(--ns-rule);
      }
      li:first-child {
        border: 0;
        border-radius: var(--ns-radius) var(--ns-radius) 0 0;
      }
      .mark {
        flex: none;
        align-self: start;
        justify-content: center;
        width: 56px;
        padding-top: 14px;
        --ns-mark: 26px;
      }
      .words {
        flex: 1;
        min-width: 0;
        padding: 10px 12px 10px 0;
      }
      .what {
        font: 600 var(--ns-name);
      }
      .acts {
        display: flex;
        flex: none;
      }
      .seen .what {
        font-weight: 500;
      }
      @media (width < 720px) {
        li {
          flex-wrap: wrap;
        }
        .words {
          flex-basis: calc(100% - 56px);
        }
        .acts {
          flex: 1 0 100%;
          margin-left: -1px;
          border-top: 1px solid var(--ns-rule);
        }
        .acts > * {
          flex: 1;
        }
      }
    `
  ]
  @property({ attribute: false }) data: DeviceState = EMPTY_STATE
  /** The view that the address asks for. */
  @property() asked = ''
  @state() private view: View = 'open'
  @state() private shelving: Alarm | null = null

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('asked') && this.asked === 'past') this.view = 'past'
  }

  #changed(alarm: Alarm): void {
    this.dispatchEvent(new CustomEvent('changed', { detail: alarm }))
  }

  async #acknowledge({ id }: Alarm): Promise<void> {
    try {
      this.#changed(await deviceApi.acknowledge(id))
    } catch (error) {
      showFailure(error)
    }
  }

  /** The three lists; past ones end at a hundred, the fleet keeps the rest. */
  #lists(): Readonly<Record<View, readonly Alarm[]>> {
    const now = serverNow()
    const { alarms } = this.data
    return {
      open: openAlarms(alarms, now),
      shelved: shelvedAlarms(alarms, now),
      past: pastAlarms(alarms).slice(0, 100)
    }
  }

  /** Since when, how long, and what was done about it. */
  #times(alarm: Alarm): string {
    const now = serverNow()
    const since = formatWhen(alarm.raisedAt, now)
    if (alarm.clearedAt !== null) {
      const lasted = formatDuration(alarm.clearedAt - alarm.raisedAt)
      return msg(str`${since}, over after ${lasted}.`)
    }
    const lasting = `${msg(str`Since ${since}`)} (${formatDuration(now - alarm.raisedAt)}).`
    if (alarm.shelvedUntil !== null && alarm.shelvedUntil > now) {
      return `${lasting} ${msg(str`Shelved until ${formatWhen(alarm.shelvedUntil, now)}: ${alarm.shelveReason ?? ''}.`)}`
    }
    if (alarm.acknowledgedAt === null) return lasting
    return `${lasting} ${msg(str`Acknowledged ${formatWhen(alarm.acknowledgedAt, now)}.`)}`
  }

  /** Only acts that apply; a past alarm has none but its trend. */
  #acts(alarm: Alarm): TemplateResult {
    const series = alarm.source === 'machine-watch'
    return html`<div class="acts">
      ${
        this.view === 'open'
          ? html`<ns-button
              bar
              @click=${() => {
                this.shelving = alarm
              }}
              >${msg('Shelve')}</ns-button
            >`
          : nothing
      }
      ${
        this.view === 'open' && alarm.acknowledgedAt === null
          ? html`<ns-button bar @click=${() => void this.#acknowledge(alarm)}>${msg('Acknowledge')}</ns-button>`
          : nothing
      }
      ${
        series
          ? html`<ns-button bar href="#/series/${encodeURIComponent(alarm.subject)}">${msg('Open')}</ns-button>`
          : nothing
      }
    </div>`
  }

  #row(alarm: Alarm): TemplateResult {
    return html`<li class=${alarm.acknowledgedAt === null ? '' : 'seen'}>
      <ns-status
        class="mark"
        kind=${this.view === 'past' ? 'normal' : shapeOfPriority(alarm.priority)}
        label=${`P${alarm.priority}`}
      ></ns-status>
      <div class="words">
        <p class="what">${keepUnits(alarm.title)}</p>
        <p class="muted">${this.#times(alarm)}${alarm.cause === '' ? '' : ` ${alarm.cause}`}</p>
        ${this.view === 'past' ? nothing : html`<p>${alarm.action}</p>`}
      </div>
      ${this.#acts(alarm)}
    </li>`
  }

  /** An empty list says what it would hold. */
  #nothing(): TemplateResult {
    const words = {
      open: [msg('No alarm'), msg('Everything that is watched is as it should be.')],
      shelved: [msg('Nothing is shelved'), msg('A shelved alarm waits here until its end time.')],
      past: [msg('No alarm yet'), msg('Alarms that are over are listed here.')]
    } as const
    const [heading, text] = words[this.view]
    return html`<ns-empty heading=${heading}>${text}</ns-empty>`
  }

  override render(): TemplateResult {
    const lists = this.#lists()
    const shown = lists[this.view]
    const views = [
      { id: 'open', label: msg('Open'), count: lists.open.length },
      { id: 'shelved', label: msg('Shelved'), count: lists.shelved.length },
      { id: 'past', label: msg('Past') }
    ]
    return html`<div class="views">
        <ns-tabs
          switch
          .tabs=${views}
          selected=${this.view}
          label=${msg('Alarms shown')}
          @ns-select=${(event: CustomEvent<View>) => {
            this.view = event.detail
          }}
        ></ns-tabs>
      </div>
      ${
        shown.length === 0
          ? this.#nothing()
          : html`<ul>
            ${repeat(
              shown,
              ({ id }) => id,
              (alarm) => this.#row(alarm)
            )}
          </ul>`
      }
      <kiosk-shelve
        .alarm=${this.shelving}
        @changed=${(event: CustomEvent<Alarm>) => this.#changed(event.detail)}
        @ns-close=${() => {
          this.shelving = null
        }}
      ></kiosk-shelve>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'kiosk-alarms': KioskAlarms
  }
}
