// Logs of all devices: bursts over time, templates, and what was unusual with its device and reason. Lines
// stay on the devices; a stretch of the timeline narrows the list beside it.

import { css, html, LitElement, type PropertyValues, type TemplateResult } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import { type FleetLogs, fleetApi } from '../../api/index.ts'
import { type Column, go, Loader, Narrow, serverNow, shared } from '../../elements/index.ts'
import { formatCount, formatNumber, formatWhen, keepUnits, msg, str } from '../../i18n/index.ts'
import { EMPTY_STATE, type FleetState } from '../fleet-state.ts'
import { failed } from '../reads.ts'
import { screenStyles } from '../screen.styles.ts'

type Template = FleetLogs['templates'][number]
type Anomaly = FleetLogs['anomalies'][number]

const HOURS = [1, 24, 168] as const
const MOST_ANOMALIES = 60

const KINDS: Readonly<Record<Anomaly['kind'], () => string>> = {
  'new-template': () => msg('Never seen before'),
  burst: () => msg('Far more than usual'),
  silence: () => msg('Fell silent'),
  'error-words': () => msg('Speaks of a failure')
}

const LEVELS: Readonly<Record<Template['level'], readonly [rank: number, word: () => string]>> = {
  fatal: [0, () => msg('Fatal')],
  error: [1, () => msg('Error')],
  warning: [2, () => msg('Warning')],
  info: [3, () => msg('Info')],
  debug: [4, () => msg('Debug')],
  unknown: [5, () => msg('Not said')]
}

/** Reads again when the fleet tells that new records came. */
@customElement('console-logs')
export class ConsoleLogs extends LitElement {
  static override styles = [
    shared,
    screenStyles,
    css`
      .time {
        flex: none;
        padding: 8px var(--ns-pad);
        border-bottom: 1px solid var(--ns-rule);
      }
      .acts ns-field {
        width: 200px;
      }
      .what {
        margin: 2px 0;
      }
      .rows .code {
        color: var(--ns-muted);
      }
      @media (width < 720px) {
        .acts ns-field {
          width: auto;
        }
      }
    `
  ]
  @property({ attribute: false }) data: FleetState = EMPTY_STATE
  /** From the address: `device` and `hours`. */
  @property({ attribute: false }) asked: Readonly<Record<string, string>> = {}
  @state() private bin: number | null = null
  protected readonly narrow = new Narrow(this)
  protected readonly logs = new Loader<FleetLogs>(this)
  #read = ''

  get #hours(): number {
    return HOURS.find((known) => String(known) === this.asked['hours']) ?? 24
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const device = this.asked['device'] ?? ''
    const query = `${device} ${this.#hours}`
    const news = changed.has('data') && changed.get('data')?.logsAt !== this.data.logsAt
    if (query === this.#read && !news) return
    if (query !== this.#read) this.bin = null
    const fresh = query !== this.#read
    this.#read = query
    this.logs.load(() => fleetApi.logs({ device, hours: this.#hours }), fresh)
  }

  #ask(change: Readonly<Record<string, string>>): void {
    const asked = { ...this.asked, ...change }
    if (asked['hours'] === '24') delete asked['hours']
    go(['logs'], asked, true)
  }

  /** Templates come with the most frequent first. */
  #columns(): readonly Column<Template>[] {
    const now = serverNow()
    const level: Column<Template> = {
      id: 'level',
      head: msg('Level'),
      kind: 'fit',
      value: (row) => LEVELS[row.level][0],
      cell: (row) => {
        const [rank, word] = LEVELS[row.level]
        return rank <= 1
          ? html`<ns-status kind="failed">${word()}</ns-status>`
          : html`<span class="muted">${word()}</span>`
      }
    }
    const template: Column<Template> = {
      id: 'template',
      head: msg('Template'),
      kind: 'code',
      value: (row) => row.template,
      cell: (row) => html`<span style="overflow-wrap:anywhere">${row.template}</span>`
    }
    const count: Column<Template> = {
      id: 'count',
      head: msg('Lines'),
      kind: 'number',
      value: (row) => row.count,
      cell: (row) => formatNumber(row.count)
    }
    if (this.narrow.on) return [template, count]
    return [
      level,
      template,
      count,
      {
        id: 'devices',
        head: msg('Devices'),
        kind: 'number',
        value: (row) => row.devices,
        cell: (row) => formatNumber(row.devices)
      },
      {
        id: 'last',
        head: msg('Last'),
        kind: 'number',
        value: (row) => row.lastSeenAt,
        cell: (row) => formatWhen(row.lastSeenAt, now)
      }
    ]
  }

  /** The stretch that is chosen, or all. */
  #within({ timeline, anomalies }: FleetLogs): readonly Anomaly[] {
    const sorted = anomalies.toSorted((a, b) => b.at - a.at)
    if (this.bin === null) return sorted
    const from = timeline.from + this.bin * timeline.binMs
    return sorted.filter(({ at }) => at >= from && at < from + timeline.binMs)
  }

  /** Device, reason and template of each; never a line. */
  #anomalies(logs: FleetLogs): TemplateResult {
    const rows = this.#within(logs)
    const now = serverNow()
    return html`<section>
      <div class="section-head">
        <h2>${msg('Unusual')}<small>${rows.length === 0 ? '' : rows.length}</small></h2>
        <span>${this.bin === null ? msg('latest first') : msg('in the chosen stretch')}</span>
      </div>
      ${
        rows.length === 0
          ? html`<p class="body muted">${msg('None. Lines look as they always did.')}</p>`
          : html`<ul class="rows">
            ${rows.slice(0, MOST_ANOMALIES).map(
              ({ kind, device, deviceName, reason, template, at }) => html`<li>
                <p class="line">
                  <a class="plain" href=${`#/devices/${device}`}><strong>${deviceName}</strong></a>
                  <span class="second">${formatWhen(at, now)}</span>
                </p>
                <p class="what">${KINDS[kind]()}. ${keepUnits(reason)}</p>
                <p class="code cut" title=${template}>${template}</p>
              </li>`
            )}
          </ul>`
      }
    </section>`
  }

  /** Range and device stand in the address. */
  #head(logs: FleetLogs | undefined): TemplateResult {
    const devices = [
      { value: '', label: msg('All devices') },
      ...(this.data.devices ?? []).map(({ id, name }) => ({ value: id, label: name }))
    ]
    const tabs = HOURS.map((hours) => ({
      id: String(hours),
      label: hours < 168 ? `${hours} h` : msg('7 d')
    }))
    const lines = logs ? formatCount(logs.lines, msg('line'), msg('lines')) : ''
    return html`<div class="page-head">
      <div>
        <h1><span>${msg('Logs')}</span></h1>
        <p>${logs ? msg(str`${lines} counted. The lines themselves stay on the devices.`) : ''}</p>
      </div>
      <div class="acts">
        <ns-tabs
          switch
          label=${msg('Range')}
          .tabs=${tabs}
          selected=${String(this.#hours)}
          @ns-select=${(event: CustomEvent<string>) => this.#ask({ hours: event.detail })}
        ></ns-tabs>
        <ns-field
          type="select"
          label=${msg('Device')}
          label-unseen
          value=${this.asked['device'] ?? ''}
          .choices=${devices}
          @ns-change=${(event: CustomEvent<string>) => this.#ask({ device: event.detail })}
        ></ns-field>
      </div>
    </div>`
  }

  #content(logs: FleetLogs): TemplateResult {
    if (logs.templates.length === 0) {
      return html`<ns-empty heading=${msg('No log line was counted yet')}>
        ${msg('Devices send the counts of their log templates once a minute.')}
      </ns-empty>`
    }
    return html`<div class="time">
        <ns-timeline
          .from=${logs.timeline.from}
          .binMs=${logs.timeline.binMs}
          .counts=${logs.timeline.lines}
          .unusual=${logs.timeline.unusual}
          .selected=${this.bin}
          one=${msg('line')}
          many=${msg('lines')}
          @ns-select=${(event: CustomEvent<number | null>) => {
            this.bin = event.detail
          }}
        ></ns-timeline>
      </div>
      <div class="panes">
        <div class="pane">
          <ns-table
            label=${msg('Templates')}
            .columns=${this.#columns()}
            .rows=${logs.templates}
            .key=${(row: Template) => `${row.level} ${row.template}`}
          ></ns-table>
        </div>
        <div class="side">${this.#anomalies(logs)}</div>
      </div>`
  }

  override render(): TemplateResult {
    const { value, failure } = this.logs
    return html`${this.#head(value)}
    ${
      value
        ? this.#content(value)
        : failure
          ? failed(failure, () => this.logs.again())
          : html`<ns-empty kind="skeleton" rows="10"></ns-empty>`
    }`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'console-logs': ConsoleLogs
  }
}
