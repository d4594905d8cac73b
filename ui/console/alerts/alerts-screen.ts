// Alarms of all devices: open ones first by urgency, then those that have cleared. They are acknowledged
// and shelved at the device, by who stands before it.

import { css, html, LitElement, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import type { FleetAlert } from '../../api/index.ts'
import {
  type Column,
  go,
  Narrow,
  serverNow,
  shapeOfPriority,
  shared
} from '../../elements/index.ts'
import { formatDuration, formatWhen, keepUnits, msg } from '../../i18n/index.ts'
import { EMPTY_STATE, type FleetState, openAlerts } from '../fleet-state.ts'
import { waiting } from '../reads.ts'
import { screenStyles } from '../screen.styles.ts'
import { SOURCE_WORDS } from '../words.ts'

const PRIORITIES = [
  () => msg('Act now'),
  () => msg('This hour'),
  () => msg('This shift'),
  () => msg('Note')
] as const

/** Reads only: a row opens the device. */
@customElement('console-alerts')
export class ConsoleAlerts extends LitElement {
  static override styles = [
    shared,
    screenStyles,
    css`
      .tools {
        flex: none;
        padding: 8px var(--ns-pad) 0;
        border-bottom: 1px solid var(--ns-rule);
      }
    `
  ]
  @property({ attribute: false }) data: FleetState = EMPTY_STATE
  /** `open` or `past`. */
  @property() view = 'open'
  protected readonly narrow = new Narrow(this)

  /** Priority is a shape, a figure and a word. */
  #columns(): readonly Column<FleetAlert>[] {
    const now = serverNow()
    const past = this.view === 'past'
    const what: Column<FleetAlert> = {
      id: 'what',
      head: msg('What and where'),
      value: ({ title }) => title,
      cell: ({ title, action, cause, deviceName, raisedAt }) => html`<span
        ><strong>${keepUnits(title)}</strong><br /><span class="muted"
          >${this.narrow.on ? `${deviceName}, ${formatWhen(raisedAt, now)}` : keepUnits([cause, action].filter(Boolean).join(' '))}</span
        ></span
      >`
    }
    const priority: Column<FleetAlert> = {
      id: 'priority',
      head: this.narrow.on ? '' : msg('Priority'),
      kind: 'fit',
      value: ({ priority: level }) => level,
      cell: ({ priority: level }) =>
        this.narrow.on
          ? html`<ns-status kind=${shapeOfPriority(level)} label=${PRIORITIES[level - 1]?.() ?? ''}></ns-status>`
          : html`<ns-status kind=${shapeOfPriority(level)}>${PRIORITIES[level - 1]?.()}</ns-status>`
    }
    if (this.narrow.on) return [{ ...priority, head: msg('Prio.') }, what]
    return [
      priority,
      {
        id: 'device',
        head: msg('Device'),
        kind: 'fit',
        value: ({ deviceName }) => deviceName,
        cell: ({ deviceName }) => html`<strong>${deviceName}</strong>`
      },
      what,
      {
        id: 'source',
        head: msg('Found by'),
        kind: 'fit',
        value: ({ source }) => SOURCE_WORDS[source]()
      },
      {
        id: 'raised',
        head: msg('Since'),
        kind: 'number',
        value: ({ raisedAt }) => raisedAt,
        cell: ({ raisedAt }) => formatWhen(raisedAt, now)
      },
      past
        ? {
            id: 'lasted',
            head: msg('Lasted'),
            kind: 'number',
            value: ({ raisedAt, clearedAt }) => (clearedAt ?? now) - raisedAt,
            cell: ({ raisedAt, clearedAt }) => formatDuration((clearedAt ?? now) - raisedAt)
          }
        : {
            id: 'known',
            head: msg('Acknowledged'),
            kind: 'fit',
            value: ({ acknowledgedAt }) => acknowledgedAt,
            cell: ({ acknowledgedAt, shelvedUntil }) => this.#known(acknowledgedAt, shelvedUntil)
          }
    ]
  }

  /** Who stands before the device has seen it, or has put it off. */
  #known(acknowledgedAt: number | null, shelvedUntil: number | null): string {
    const now = serverNow()
    if (shelvedUntil !== null && shelvedUntil > now)
      return `${msg('shelved until')} ${formatWhen(shelvedUntil, now)}`
    return acknowledgedAt === null ? msg('not yet') : formatWhen(acknowledgedAt, now)
  }

  #list(rows: readonly FleetAlert[]): TemplateResult {
    if (rows.length === 0) {
      return this.view === 'past'
        ? html`<ns-empty heading=${msg('No alert has cleared yet')}></ns-empty>`
        : html`<ns-empty heading=${msg('No alert is open')}>${msg('Devices tell the fleet of an alarm within a second.')}</ns-empty>`
    }
    return html`<ns-table
      class="fill"
      label=${msg('Alerts')}
      selectable
      .columns=${this.#columns()}
      .rows=${rows}
      .key=${(alert: FleetAlert) => `${alert.device} ${alert.id}`}
      @ns-select=${(event: CustomEvent<FleetAlert>) => go(['devices', event.detail.device])}
    ></ns-table>`
  }

  override render(): TemplateResult {
    const { alerts } = this.data
    if (!alerts) return waiting(this.data)
    const open = openAlerts(this.data, serverNow())
    const shelved = alerts.filter((alert) => alert.clearedAt === null && !open.includes(alert))
    const past = alerts
      .filter(({ clearedAt }) => clearedAt !== null)
      .toSorted((a, b) => (b.clearedAt ?? 0) - (a.clearedAt ?? 0))
    const rows = { past, shelved }[this.view] ?? open
    const tabs = [
      { id: 'open', label: msg('Open'), count: open.length },
      ...(shelved.length > 0
        ? [{ id: 'shelved', label: msg('Shelved'), count: shelved.length }]
        : []),
      { id: 'past', label: msg('Cleared'), count: past.length }
    ]
    return html`<div class="page-head">
        <div>
          <h1><span>${msg('Alerts')}</span></h1>
          <p>${msg('Acknowledged and shelved at the device, by who stands before it.')}</p>
        </div>
      </div>
      <div class="tools">
        <ns-tabs
          label=${msg('Alerts')}
          .tabs=${tabs}
          selected=${this.view}
          @ns-select=${(event: CustomEvent<string>) => go(['alerts'], { view: event.detail === 'open' ? '' : event.detail }, true)}
        ></ns-tabs>
      </div>
      ${this.#list(rows)}`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'console-alerts': ConsoleAlerts
  }
}
