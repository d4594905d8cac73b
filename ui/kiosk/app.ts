// The kiosk: header, link band, alarm strip, one screen, navigation. Everything keeps its place on every
// screen; after three minutes without a touch it shows the overview again.

import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { customElement, state } from 'lit/decorators.js'
import { type Alarm, deviceApi } from '../api/index.ts'
import '../elements/charts/index.ts'
import {
  go,
  HashRouter,
  icons,
  restoreTheme,
  serverNow,
  setServerClock,
  shapeOfPriority,
  shared,
  showFailure,
  Ticker
} from '../elements/index.ts'
import { formatClock, keepUnits, msg } from '../i18n/index.ts'
import './alarms/index.ts'
import { floodOf, openAlarms } from './alarm-order.ts'
import { styles } from './app.styles.ts'
import { healthLines, oddLines } from './device-health/index.ts'
import { type DeviceState, EMPTY_STATE } from './device-state.ts'
import './help.ts'
import { watchIdle } from './idle.ts'
import './line-overview/index.ts'
import { LiveDevice } from './live-device.ts'
import './machine/index.ts'
import { countsSentence, overviewTiles } from './overview-tiles.ts'
import { headingOf, litEntry, navigation, type Place, placeOf } from './places.ts'
import './privacy/index.ts'
import './run-analysis/index.ts'
import { alarmDetail, bandWords, leadingAlarm, quietDetail } from './sentences.ts'

restoreTheme()

const IDLE_MS = 3 * 60_000

const dayFormat = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  day: 'numeric',
  month: 'short'
})

/** Holds the one picture of the device and hands it to whichever screen is shown. */
@customElement('ns-kiosk')
export class NsKiosk extends LitElement {
  static override styles = [shared, styles]
  @state() private data: DeviceState = EMPTY_STATE
  @state() private helping = false
  protected readonly router = new HashRouter(this)
  protected readonly ticker = new Ticker(this)
  readonly #live = new LiveDevice((data) => {
    if (data.device && data.device !== this.data.device) setServerClock(data.device.now)
    this.data = data
  })
  #stopIdle: () => void = () => {}

  override connectedCallback(): void {
    super.connectedCallback()
    this.#live.start()
    this.#stopIdle = watchIdle({
      afterMs: IDLE_MS,
      onIdle: () => {
        this.helping = false
        go([], {}, true)
      }
    })
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#live.stop()
    this.#stopIdle()
  }

  /** Where am I, how is it all together, what time is it, and help always at the right end (WCAG 3.2.6). */
  #header(place: Place): TemplateResult {
    const { device, series } = this.data
    const now = serverNow()
    const inner = place.screen === 'series' || place.screen === 'logs'
    return html`<header>
      ${
        inner
          ? html`<a class="back" href="#/">${icons.back}<span>${msg('Overview')}</span></a>`
          : nothing
      }
      <div class="where">
        <h1>${headingOf(place, this.data)}</h1>
        <p>${inner ? device?.name : series ? countsSentence(overviewTiles(this.data, now)) : msg('Waiting for the device')}</p>
      </div>
      <div class="when">
        <strong>${formatClock(now)}</strong><span>${dayFormat.format(now)}</span>
      </div>
      <button
        type="button"
        aria-label=${msg('Help')}
        aria-haspopup="dialog"
        @click=${() => {
          this.helping = true
        }}
      >
        ?
      </button>
    </header>`
  }

  /** What is cut off, and what still works in spite of it. */
  #band(): TemplateResult | typeof nothing {
    const words = bandWords(this.data.stream, this.data.device?.link, serverNow())
    if (!words) return nothing
    return html`<div class="band" role="status">
      ${icons.nolink}
      <p><strong>${words.lead}</strong> ${words.rest}</p>
    </div>`
  }

  /** The answer is shown at once; the stream tells every other screen. */
  async #acknowledge(alarm: Alarm): Promise<void> {
    try {
      this.#live.take(await deviceApi.acknowledge(alarm.id))
    } catch (error) {
      showFailure(error)
    }
  }

  /** Always there: the most urgent alarm, none, or that nothing is known yet. */
  #strip(): TemplateResult {
    const now = serverNow()
    const { alarms } = this.data
    const alarm = leadingAlarm(alarms, now)
    if (!alarm && !this.data.series) {
      return html`<ns-alarm-strip
        quiet
        kind="stale"
        heading=${msg('Alarms are not known yet')}
        detail=${this.data.failure || msg('Waiting for the device.')}
      ></ns-alarm-strip>`
    }
    if (!alarm) {
      return html`<ns-alarm-strip quiet heading=${msg('No alarm')} detail=${quietDetail(alarms, now)}>
        <ns-button bar href="#/alarms?view=past">${msg('History')}</ns-button>
      </ns-alarm-strip>`
    }
    const flood = floodOf(alarms, now, false)
    const place =
      alarm.source === 'machine-watch'
        ? `#/series/${encodeURIComponent(alarm.subject)}`
        : '#/alarms'
    return html`<ns-alarm-strip
      kind=${shapeOfPriority(alarm.priority)}
      heading=${flood ? `${msg('Alarm flood')}: ${flood.count} ${msg('alarms in 10 min')}` : keepUnits(alarm.title)}
      detail=${flood ? `${msg('Start with')}: ${flood.first.title}` : alarmDetail(alarm, now)}
    >
      ${
        alarm.acknowledgedAt === null
          ? html`<ns-button bar @click=${() => void this.#acknowledge(alarm)}>${msg('Acknowledge')}</ns-button>`
          : nothing
      }
      ${decodeURIComponent(location.hash) === decodeURIComponent(place) ? nothing : html`<ns-button bar href=${place}>${msg('Open')}</ns-button>`}
    </ns-alarm-strip>`
  }

  /** One screen at a time; each is drawn from the same picture of the device. */
  #screen({ screen, subject }: Place): TemplateResult {
    const { data } = this
    switch (screen) {
      case 'series':
        return html`<kiosk-series .data=${data} name=${subject}></kiosk-series>`
      case 'logs':
        return html`<kiosk-logs .data=${data}></kiosk-logs>`
      case 'alarms':
        return html`<kiosk-alarms .data=${data} asked=${this.router.route.query['view'] ?? ''} @changed=${this.#changed}></kiosk-alarms>`
      case 'run':
        return html`<kiosk-run .data=${data}></kiosk-run>`
      case 'device':
        return html`<kiosk-device .data=${data}></kiosk-device>`
      case 'privacy':
        return html`<kiosk-privacy></kiosk-privacy>`
      default:
        return html`<kiosk-overview .data=${data}></kiosk-overview>`
    }
  }

  /** A screen acted on an alarm and hands on the device's answer. */
  readonly #changed = (event: CustomEvent<Alarm>): void => this.#live.take(event.detail)

  /** Never moves, whatever happens above it. */
  #nav(place: Place): TemplateResult {
    const now = serverNow()
    const counts: Readonly<Record<string, number>> = {
      alarms: openAlarms(this.data.alarms, now).length,
      device: oddLines(healthLines(this.data, now)).length
    }
    const lit = litEntry(place)
    return html`<nav aria-label=${msg('Screens')}>
      ${navigation().map(
        ({
          screen,
          href,
          label,
          icon
        }) => html`<a href=${href} aria-current=${screen === lit ? 'page' : nothing}>
          <span class="icon-row">${icons[icon]}${counts[screen] || nothing}</span>${label}
        </a>`
      )}
    </nav>`
  }

  override render(): TemplateResult {
    const place = placeOf(this.router.route)
    return html`${this.#header(place)} ${this.#band()} ${this.#strip()}
      <main>${this.#screen(place)}</main>
      ${this.#nav(place)}
      <kiosk-help
        ?open=${this.helping}
        @ns-close=${() => {
          this.helping = false
        }}
      ></kiosk-help>
      <ns-toast></ns-toast>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'ns-kiosk': NsKiosk
  }
}
