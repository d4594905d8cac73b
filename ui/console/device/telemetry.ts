// The readings of a device as the fleet got them: last value, trend of the hours chosen, how unusual; one
// of them large. The fleet keeps minutes, so trends are read again once a minute.

import { css, html, LitElement, type PropertyValues, type TemplateResult } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import { type FleetDevice, type FleetSeries, fleetApi } from '../../api/index.ts'
import { type ChartPoint, type Column, go, Loader, Narrow, shared } from '../../elements/index.ts'
import { formatNumber, formatValue, msg } from '../../i18n/index.ts'
import { failed } from '../reads.ts'
import { screenStyles } from '../screen.styles.ts'
import { seriesSaid } from '../words.ts'

type Reading = FleetDevice['telemetry'][number]

const MINUTE_MS = 60_000
/** Telemetry travels once a minute; later than this the device is behind. */
const STALE_MS = 3 * MINUTE_MS
/** A score from here on is worth a word. */
const UNUSUAL = 0.8
const RANGES = [1, 8, 24, 168] as const
/** Cells are drawn inside the table, out of reach of the styles of a screen. */
const SPARK_STYLE = 'width: clamp(88px, 17vw, 240px); height: 24px'

/** Mean of each minute; the band is what lay between its least and its largest value. */
const pointsOf = ({ points }: FleetSeries): readonly ChartPoint[] =>
  points.map(({ at, min, mean, max }) => ({
    at,
    value: mean,
    // The mean of equal values may be off them by a rounding.
    low: Math.min(min, mean),
    high: Math.max(max, mean)
  }))

type Trends = ReadonlyMap<string, readonly ChartPoint[]>

async function readTrends(device: FleetDevice, hours: number): Promise<Trends> {
  const series = await Promise.all(
    device.telemetry.map(({ name }) => fleetApi.series(device.id, name, hours))
  )
  return new Map(series.map((one) => [one.series, pointsOf(one)]))
}

/** A row shows its series large, and the address keeps which. */
@customElement('console-telemetry')
export class ConsoleTelemetry extends LitElement {
  static override styles = [
    shared,
    screenStyles,
    css`
      :host {
        height: auto;
      }
      ns-time-series {
        height: 240px;
        padding: 0 var(--ns-pad) 12px;
      }
      ns-table {
        border-top: 1px solid var(--ns-rule);
      }
    `
  ]
  @property({ attribute: false }) device: FleetDevice | null = null
  /** Name of the series that is shown large. */
  @property() series = ''
  @state() private hours: number = RANGES[0]
  protected readonly narrow = new Narrow(this)
  protected readonly trends = new Loader<Trends>(this, MINUTE_MS)

  protected override willUpdate(changed: PropertyValues): void {
    const { device, hours } = this
    if (!device) return
    const before = (changed.get('device') as FleetDevice | null | undefined)?.id
    if ((changed.has('device') && before !== device.id) || changed.has('hours')) {
      this.trends.load(() => readTrends(this.device ?? device, hours), before !== device.id)
    }
  }

  /** The trend stands between name and value: analog before digital. */
  #columns(): readonly Column<Reading>[] {
    const points = this.trends.value
    const name: Column<Reading> = {
      id: 'name',
      head: msg('Series'),
      cell: ({ name: series }) => seriesSaid(series).title
    }
    const value: Column<Reading> = {
      id: 'last',
      head: msg('Last'),
      kind: 'number',
      cell: ({ name: series, last, unit }) =>
        html`<strong>${formatValue(last, unit, seriesSaid(series).decimals)}</strong>`
    }
    const trend: Column<Reading> = {
      id: 'trend',
      head: msg('Trend'),
      kind: 'fit',
      cell: ({ name: series }) =>
        html`<ns-sparkline style=${SPARK_STYLE} .points=${points?.get(series) ?? []}></ns-sparkline>`
    }
    if (this.narrow.on) return [name, trend, value]
    return [
      name,
      trend,
      value,
      {
        id: 'score',
        head: msg('How unusual'),
        kind: 'number',
        cell: ({ score }) =>
          score !== null && score >= UNUSUAL
            ? html`<ns-status kind="check">${formatNumber(score, 2)}</ns-status>`
            : formatNumber(score, 2)
      },
      {
        id: 'at',
        head: msg('Age'),
        kind: 'number',
        cell: ({ at }) => html`<ns-age .at=${at} stale-after=${STALE_MS}></ns-age>`
      }
    ]
  }

  /** The chosen series with its axes. */
  #large(device: FleetDevice): TemplateResult | '' {
    const reading = device.telemetry.find(({ name }) => name === this.series)
    const points = this.trends.value?.get(this.series)
    if (!reading || !points) return ''
    const { title, decimals } = seriesSaid(reading.name)
    return html`<ns-time-series
      heading=${title}
      unit=${reading.unit}
      .decimals=${decimals}
      .points=${points}
      summary-unseen
    ></ns-time-series>`
  }

  override render(): TemplateResult {
    const { device, trends } = this
    if (!device) return html``
    const tabs = RANGES.map((hours) => ({
      id: String(hours),
      label: hours < 168 ? `${hours} h` : msg('7 d')
    }))
    return html`<div class="section-head">
        <h2>${msg('Telemetry')}<small>${device.telemetry.length}</small></h2>
        <ns-tabs
          switch
          label=${msg('Range')}
          .tabs=${tabs}
          selected=${String(this.hours)}
          @ns-select=${(event: CustomEvent<string>) => {
            this.hours = Number(event.detail)
          }}
        ></ns-tabs>
      </div>
      ${trends.failure ? failed(trends.failure, () => trends.again()) : ''}
      ${
        device.telemetry.length === 0
          ? html`<p class="body muted">${msg('Nothing was sent yet. A device sends its readings once a minute.')}</p>`
          : html`${this.#large(device)}
            <ns-table
              label=${msg('Telemetry')}
              selectable
              .columns=${this.#columns()}
              .rows=${device.telemetry}
              .key=${(reading: Reading) => reading.name}
              selected=${this.series}
              @ns-select=${(event: CustomEvent<Reading>) => {
                const series = event.detail.name === this.series ? '' : event.detail.name
                go(['devices', device.id], { series }, true)
              }}
            ></ns-table>`
      }`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'console-telemetry': ConsoleTelemetry
  }
}
