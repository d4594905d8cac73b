// This device: what it is, what is wrong, its link to the fleet, and its live readings with their normal
// ranges. Alarms are acted on in the kiosk.

import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import type { DeviceInfo, SeriesReading } from '../../api/index.ts'
import { type Column, type StatusShape, serverNow, shared } from '../../elements/index.ts'
import {
  formatBytes,
  formatDuration,
  formatNumber,
  formatRange,
  formatValue,
  msg,
  str
} from '../../i18n/index.ts'
import { gpuNames } from '../../words/index.ts'
import { problemLines } from '../problems.ts'
import { screenStyles } from '../screen.styles.ts'
import { sheetStyles } from '../sheet.styles.ts'
import { EMPTY_STATE, type WorkbenchState } from '../workbench-state.ts'

const SERIES_STATES: Readonly<
  Record<SeriesReading['state'], () => readonly [StatusShape, string]>
> = {
  learning: () => ['learning', msg('Learning')],
  normal: () => ['normal', msg('Normal')],
  abnormal: () => ['check', msg('Unusual')],
  stale: () => ['stale', msg('No new value')],
  unavailable: () => ['off', msg('No sensor')]
}

const columns = (): readonly Column<SeriesReading>[] => [
  { id: 'title', head: msg('Reading'), kind: 'strong', value: ({ title }) => title },
  {
    id: 'state',
    head: msg('State'),
    kind: 'fit',
    value: ({ state }) => SERIES_STATES[state]()[1],
    cell: ({ state }) => {
      const [shape, word] = SERIES_STATES[state]()
      return html`<ns-status kind=${shape} ?strong=${shape === 'check'}>${word}</ns-status>`
    }
  },
  {
    id: 'value',
    head: msg('Value'),
    kind: 'number',
    cell: ({ value, unit, decimals }) => formatValue(value, unit, decimals)
  },
  {
    id: 'band',
    head: msg('Normal'),
    kind: 'number',
    cell: ({ band, decimals }) => (band ? formatRange(band.low, band.high, decimals) : '–')
  },
  {
    id: 'score',
    head: msg('Score'),
    kind: 'number',
    value: ({ score }) => score,
    cell: ({ score }) => formatNumber(score, 2)
  }
]

@customElement('workbench-device')
export class DeviceScreen extends LitElement {
  static override styles = [shared, screenStyles, sheetStyles]
  @property({ attribute: false }) data: WorkbenchState = EMPTY_STATE

  #facts(device: DeviceInfo): TemplateResult {
    const facts: readonly (readonly [string, string])[] = [
      [msg('Name'), device.name],
      [msg('Id'), device.id],
      [msg('Version'), device.version],
      [msg('Running for'), formatDuration(serverNow() - device.startedAt)],
      [msg('System'), device.platform],
      [msg('Processor'), `${device.cpu}, ${device.cores} ${msg('cores')}`],
      [msg('Memory'), formatBytes(device.memoryBytes)],
      [msg('GPU'), gpuNames(device.gpus) || msg('none found')],
      [
        msg('Disk free'),
        `${formatBytes(device.disk.freeBytes)} ${msg('of')} ${formatBytes(device.disk.totalBytes)}`
      ],
      [
        msg('Waits for the fleet'),
        msg(
          str`${formatNumber(device.link.outbox.events)} events, ${formatBytes(device.link.outbox.bytes)}`
        )
      ]
    ]
    return html`<dl>${facts.map(([title, fact]) => html`<div><dt>${title}</dt><dd>${fact}</dd></div>`)}</dl>
      <p class="note">${device.link.sentence}</p>`
  }

  #problems(): TemplateResult {
    const problems = problemLines(this.data, serverNow())
    return html`<section>
      <div class="section-head"><h2>${msg('Potential problems')}</h2></div>
      ${
        problems.length === 0
          ? html`<p class="note muted">${msg('None is known.')}</p>`
          : problems.map(
              ({ sentence, href }) =>
                html`<p class="note"><ns-status kind="warning"><a href=${href}>${sentence}</a></ns-status></p>`
            )
      }
    </section>`
  }

  override render(): TemplateResult {
    const { device, series } = this.data
    return html`<div class="page-head">
        <div>
          <h1>${msg('This device')}</h1>
          <p>${device ? device.platform : ''}</p>
        </div>
        <div class="acts"><ns-button href="/">${msg('Open the kiosk')}</ns-button></div>
      </div>
      ${
        device
          ? html`${this.#facts(device)} ${this.#problems()}`
          : html`<ns-empty kind="skeleton"></ns-empty>`
      }
      ${
        series.length === 0
          ? nothing
          : html`<section>
            <div class="section-head"><h2>${msg('Readings')}</h2><span>${msg('score 0 usual, 1 never seen')}</span></div>
            <ns-table
              label=${msg('Readings')}
              .columns=${columns()}
              .rows=${series.filter(({ state }) => state !== 'unavailable')}
              .key=${({ name }: SeriesReading) => name}
            ></ns-table>
          </section>`
      }`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'workbench-device': DeviceScreen
  }
}
