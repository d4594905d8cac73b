// The table of devices: filter, words, order, and the same as a file. Filter and words stand in the address.

import { css, html, LitElement, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import type { FleetDevice } from '../../api/index.ts'
import { type Column, go, Narrow, shapeOfPriority, shared } from '../../elements/index.ts'
import { formatCount, formatNumber, msg, str } from '../../i18n/index.ts'
import { EMPTY_STATE, type FleetState } from '../fleet-state.ts'
import { waiting } from '../reads.ts'
import { screenStyles } from '../screen.styles.ts'
import { deviceSaid } from '../words.ts'
import {
  type DeviceFilter,
  devicesCsv,
  filterDevices,
  isIn,
  modelsOf,
  STATES
} from './device-rows.ts'

/** Older than this is bold, milliseconds. */
const STALE_MS = 3 * 60_000

const worst = ({ alarms }: FleetDevice): number =>
  alarms.reduce<number>((least, { priority }) => Math.min(least, priority), 4)

/** A row opens its device. */
@customElement('console-devices')
export class ConsoleDevices extends LitElement {
  static override styles = [
    shared,
    screenStyles,
    css`
      .tools {
        flex: none;
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px 16px;
        padding: 8px var(--ns-pad);
        border-bottom: 1px solid var(--ns-rule);
      }
      .tools ns-tabs {
        flex: 1 1 320px;
        min-width: 0;
      }
      .tools ns-field {
        flex: 0 1 260px;
      }
      @media (width < 720px) {
        .tools > :is(ns-field, ns-tabs) {
          flex: 1 1 100%;
        }
      }
    `
  ]
  @property({ attribute: false }) data: FleetState = EMPTY_STATE
  /** From the address: `state` and `find`. */
  @property({ attribute: false }) asked: Readonly<Record<string, string>> = {}
  protected readonly narrow = new Narrow(this)

  get #filter(): DeviceFilter {
    return STATES.find((known) => known === this.asked['state']) ?? 'all'
  }

  /** Changes the address only; what is shown follows from it. */
  #ask(change: Readonly<Record<string, string>>): void {
    const asked = { ...this.asked, ...change }
    if (asked['state'] === 'all') delete asked['state']
    go(['devices'], asked, true)
  }

  /** Saves the rows that the filter leaves. */
  #save(rows: readonly FleetDevice[]): void {
    const link = document.createElement('a')
    link.href = URL.createObjectURL(new Blob([devicesCsv(rows)], { type: 'text/csv' }))
    link.download = 'devices.csv'
    link.click()
    URL.revokeObjectURL(link.href)
  }

  /** On a phone: name over models, state over alarms. */
  #narrowColumns(
    status: (device: FleetDevice) => TemplateResult,
    alarms: Column<FleetDevice>
  ): readonly Column<FleetDevice>[] {
    return [
      {
        id: 'name',
        head: msg('Device'),
        value: ({ name }) => name,
        cell: (device) =>
          html`<span><strong>${device.name}</strong><br /><span class="muted">${modelsOf(device) || msg('no model')}</span></span>`
      },
      {
        id: 'state',
        head: msg('State'),
        kind: 'fit',
        value: ({ state }) => state,
        cell: (device) =>
          html`${status(device)}${device.alarms.length > 0 ? html`<br />${alarms.cell?.(device)}` : ''}`
      }
    ]
  }

  /** Bold ages are those that are older than they should be. */
  #columns(): readonly Column<FleetDevice>[] {
    const status = ({ state, sentence }: FleetDevice): TemplateResult => {
      const [shape, word] = deviceSaid(state)
      return html`<ns-status kind=${shape} title=${sentence}>${word}</ns-status>`
    }
    const alarms: Column<FleetDevice> = {
      id: 'alarms',
      head: msg('Alarms'),
      kind: 'fit',
      value: (device) => device.alarms.length,
      cell: (device) =>
        device.alarms.length === 0
          ? html`<span class="muted">–</span>`
          : html`<ns-status kind=${shapeOfPriority(worst(device) as 1 | 2 | 3 | 4)}>${device.alarms.length}</ns-status>`
    }
    const seen: Column<FleetDevice> = {
      id: 'seen',
      head: msg('Last seen'),
      kind: 'number',
      value: ({ lastSeenAt }) => lastSeenAt,
      cell: ({ lastSeenAt }) =>
        lastSeenAt === null
          ? '–'
          : html`<ns-age .at=${lastSeenAt} stale-after=${STALE_MS}></ns-age>`
    }
    if (this.narrow.on) return this.#narrowColumns(status, alarms)
    return [
      { id: 'name', head: msg('Device'), kind: 'strong', value: ({ name }) => name },
      {
        id: 'state',
        head: msg('State'),
        kind: 'fit',
        value: ({ state }) => deviceSaid(state)[1],
        cell: status
      },
      {
        id: 'models',
        head: msg('Models'),
        value: modelsOf,
        cell: (device) => modelsOf(device) || html`<span class="muted">–</span>`
      },
      alarms,
      {
        id: 'outbox',
        head: msg('Waiting to be sent'),
        kind: 'number',
        value: ({ reported }) => reported?.outbox.events,
        cell: ({ reported }) => formatNumber(reported?.outbox.events)
      },
      seen
    ]
  }

  #list(rows: readonly FleetDevice[]): TemplateResult {
    if (rows.length === 0) {
      return html`<ns-empty heading=${msg('No device is in this list')}>
        ${msg('None has this state and these words.')}
        <ns-button slot="acts" href="#/devices">${msg('Show all devices')}</ns-button>
      </ns-empty>`
    }
    return html`<ns-table
      class="fill"
      label=${msg('Devices')}
      selectable
      .columns=${this.#columns()}
      .rows=${rows}
      .key=${(device: FleetDevice) => device.id}
      .order=${{ column: 'name', descending: false }}
      @ns-select=${(event: CustomEvent<FleetDevice>) => go(['devices', event.detail.id])}
    ></ns-table>`
  }

  #tools(devices: readonly FleetDevice[]): TemplateResult {
    const labels: Readonly<Record<DeviceFilter, string>> = {
      all: msg('All'),
      online: msg('Online'),
      stale: msg('Stale'),
      offline: msg('Offline'),
      alarms: msg('With alarms')
    }
    const tabs = STATES.map((id) => ({
      id,
      label: labels[id],
      count: devices.filter((device) => isIn(device, id)).length
    })).filter(({ id, count }) => count > 0 || id === 'all' || id === this.#filter)
    return html`<div class="tools">
      <ns-tabs
        label=${msg('State')}
        .tabs=${tabs}
        selected=${this.#filter}
        @ns-select=${(event: CustomEvent<string>) => this.#ask({ state: event.detail })}
      ></ns-tabs>
      <ns-field
        type="search"
        label=${msg('Find in this list')}
        label-unseen
        placeholder=${msg('Name, model or hardware')}
        value=${this.asked['find'] ?? ''}
        @ns-input=${(event: CustomEvent<string>) => this.#ask({ find: event.detail })}
      ></ns-field>
    </div>`
  }

  override render(): TemplateResult {
    const { devices } = this.data
    if (!devices) return waiting(this.data)
    const rows = filterDevices(devices, this.#filter, this.asked['find'] ?? '')
    const some = rows.length === devices.length ? '' : formatNumber(rows.length)
    return html`<div class="page-head">
        <div><h1><span>${msg('Devices')}</span></h1></div>
        <div class="acts">
          <ns-button
            ?disabled=${rows.length === 0}
            reason=${msg('There is no row to save.')}
            @click=${() => this.#save(rows)}
            >${some === '' ? msg('Save as CSV') : msg(str`Save ${formatCount(rows.length, msg('row'), msg('rows'))} as CSV`)}</ns-button
          >
          <ns-button href="#/enrolment">${msg('Enrol a device')}</ns-button>
        </div>
      </div>
      ${
        devices.length === 0
          ? html`<ns-empty heading=${msg('No device belongs to this fleet yet')}>
            ${msg('Make a one-time token and give it to the device.')}
            <ns-button slot="acts" kind="filled" href="#/enrolment">${msg('Enrol a device')}</ns-button>
          </ns-empty>`
          : html`${this.#tools(devices)} ${this.#list(rows)}`
      }`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'console-devices': ConsoleDevices
  }
}
