// K2, one series: its value, the trend with the normal band over the anomaly score on one time axis, what
// is known about it, and what to do.

import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import { type Alarm, deviceApi, type SeriesHistory, type SeriesReading } from '../../api/index.ts'
import type { ChartEvent, ChartPoint } from '../../elements/index.ts'
import { serverNow, shared } from '../../elements/index.ts'
import { formatNumber, formatValue, formatWhen, msg, str } from '../../i18n/index.ts'
import { isShelved } from '../alarm-order.ts'
import { type DeviceState, EMPTY_STATE } from '../device-state.ts'
import { Loader } from '../loader.ts'
import { screenStyles } from '../screen.styles.ts'
import { GROUP_TITLES, isStale, rangeWords, staleAfterMs, stateWords } from '../series-words.ts'
import { scorePoints, scoreSentence, withLive } from './score.ts'
import { styles } from './series-screen.styles.ts'

const RANGES = [15, 480, 1440] as const
/** How often the longer ranges are read again; the shortest grows live, milliseconds. */
const REFRESH_MS = 30_000

/** Needs <kiosk-shelve>, which the alarms screen brings. */
@customElement('kiosk-series')
export class KioskSeries extends LitElement {
  static override styles = [shared, screenStyles, styles]
  @property({ attribute: false }) data: DeviceState = EMPTY_STATE
  @property() name = ''
  @state() private minutes: number = RANGES[0]
  @state() private table = false
  @state() private shelving = false
  #loaded = ''
  protected readonly history = new Loader<SeriesHistory>(this, REFRESH_MS)

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('name') || changed.has('minutes')) this.#loaded = ''
    const { name, minutes } = this
    const wanted = `${name} ${minutes}`
    if (wanted === this.#loaded || !this.data.series?.some((series) => series.name === name)) return
    this.#loaded = wanted
    this.history.load(() => deviceApi.history(name, minutes), true)
  }

  /** The open alarm about this series; a shelved one stays out of the way. */
  #alarm(): Alarm | undefined {
    return this.data.alarms.find(
      (alarm) =>
        alarm.subject === this.name && alarm.clearedAt === null && !isShelved(alarm, serverNow())
    )
  }

  /** Value, state and range, then the time that is shown. */
  #head(reading: SeriesReading, alarm: Alarm | undefined): TemplateResult {
    const now = serverNow()
    const words = stateWords(reading, alarm, now)
    const ranges = [
      { id: '15', label: msg('15 min') },
      { id: '480', label: msg('8 h') },
      { id: '1440', label: msg('24 h') }
    ]
    return html`<div class="head">
      <ns-figure
        .value=${reading.value}
        unit=${reading.unit}
        decimals=${reading.decimals}
        ?dim=${isStale(reading, now)}
      ></ns-figure>
      <div class="about">
        <p class="state"><ns-status kind=${words.kind} ?strong=${words.strong}>${words.word}</ns-status></p>
        <p>
          <span>${rangeWords(reading)}</span>
          <ns-age .at=${reading.at} stale-after=${staleAfterMs(reading)}></ns-age>
        </p>
      </div>
      <div class="tools">
        <ns-tabs
          switch
          .tabs=${ranges}
          selected=${String(this.minutes)}
          label=${msg('Time shown')}
          @ns-select=${(event: CustomEvent<string>) => {
            this.minutes = Number(event.detail)
          }}
        ></ns-tabs>
        <ns-button
          pressed=${this.table ? 'true' : 'false'}
          @click=${() => {
            this.table = !this.table
          }}
          >${msg('Table')}</ns-button
        >
      </div>
    </div>`
  }

  /** The trend above its score; both share the cursor and the time axis. */
  #charts(reading: SeriesReading, alarm: Alarm | undefined): TemplateResult {
    const { value, failure } = this.history
    if (!value && failure !== '') {
      return html`<ns-empty kind="error" heading=${msg('No trend')}>${failure}</ns-empty>`
    }
    if (!value) return html`<ns-empty kind="skeleton" rows="4"></ns-empty>`
    const points = withLive(value.points, this.minutes === RANGES[0] ? reading : undefined)
    if (points.length < 2) {
      return html`<ns-empty heading=${msg('No values in this time yet')}
        >${msg('The trend appears as soon as there are some.')}</ns-empty
      >`
    }
    const tone = alarm ? (alarm.priority === 3 ? 'p3-line' : `p${alarm.priority}`) : 'p3-line'
    const events: ChartEvent[] = alarm ? [{ at: alarm.raisedAt, label: msg('Alarm'), tone }] : []
    const trend: readonly ChartPoint[] = points
    return html`<ns-time-series
        heading=${reading.title}
        unit=${reading.unit}
        decimals=${reading.decimals}
        .points=${trend}
        .events=${events}
        tone=${tone}
        ?table=${this.table}
        no-toggle
        timeless
        summary-unseen
      ></ns-time-series>
      <ns-time-series
        class="score"
        heading=${msg('Anomaly score')}
        decimals="2"
        .points=${scorePoints(points)}
        .range=${[0, 1]}
        .events=${events.map((event) => ({ ...event, label: '' }))}
        tone=${tone}
        ?hidden=${this.table}
        no-toggle
        summary-unseen
      ></ns-time-series>`
  }

  /** What to do stands beside the trend, also when it is nothing. */
  #todo(reading: SeriesReading, alarm: Alarm | undefined): TemplateResult {
    if (!alarm) {
      return html`<section class="panel">
        <h2>${msg('What to do')}</h2>
        <p>${
          reading.state === 'abnormal'
            ? msg('Nothing yet. It becomes an alarm if it lasts.')
            : msg('Nothing. There is no alarm about this.')
        }</p>
      </section>`
    }
    return html`<section class="panel">
      <h2>${msg('What to do')} <span>${msg(str`since ${formatWhen(alarm.raisedAt, serverNow())}`)}</span></h2>
      ${alarm.cause === '' ? nothing : html`<p><span class="muted">${msg('Likely cause')}:</span> ${alarm.cause}</p>`}
      <p><strong>${alarm.action}</strong></p>
      <ns-button
        @click=${() => {
          this.shelving = true
        }}
        >${msg('Shelve')}</ns-button
      >
      <kiosk-shelve
        .alarm=${this.shelving ? alarm : null}
        @ns-close=${() => {
          this.shelving = false
        }}
      ></kiosk-shelve>
    </section>`
  }

  /** The other series of the group, one tap away. */
  #neighbours(reading: SeriesReading): TemplateResult | typeof nothing {
    const others = (this.data.series ?? []).filter(
      ({ group, name, state }) =>
        group === reading.group && name !== reading.name && state !== 'unavailable'
    )
    if (others.length === 0) return nothing
    return html`<section class="panel list">
      <h2>${GROUP_TITLES[reading.group]()}</h2>
      ${others.map((other) => {
        const words = stateWords(other, undefined, serverNow())
        return html`<a href="#/series/${encodeURIComponent(other.name)}">
          <ns-status kind=${words.kind} label=${words.word}></ns-status>
          <span class="cut">${other.title}</span>
          <span>${formatValue(other.value, other.unit, other.decimals)}</span>
        </a>`
      })}
    </section>`
  }

  override render(): TemplateResult {
    const reading = this.data.series?.find(({ name }) => name === this.name)
    if (!this.data.series) return html`<ns-empty kind="skeleton"></ns-empty>`
    if (!reading) {
      return html`<ns-empty kind="error" heading=${msg('This is not watched')}
        >${msg('The device has no series of that name.')}
        <ns-button slot="acts" href="#/">${msg('Overview')}</ns-button></ns-empty
      >`
    }
    const alarm = this.#alarm()
    return html`<div class="screen">
      <section class="panel trend">${this.#head(reading, alarm)}${this.#charts(reading, alarm)}</section>
      <div class="side">
        <section class="panel">
          <h2>
            ${msg('How unusual')}
            <span>${msg('0 usual, 1 never seen')}</span>
          </h2>
          <p class="line">
            <span>${scoreSentence(reading)}</span><strong class="big">${formatNumber(reading.score, 2)}</strong>
          </p>
        </section>
        ${this.#todo(reading, alarm)} ${this.#neighbours(reading)}
      </div>
    </div>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'kiosk-series': KioskSeries
  }
}
