// The console: frame, navigation, status bar, and one screen at a time, all drawn from one picture of the
// fleet. Screens act through events that the app answers.

import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { customElement, query, state } from 'lit/decorators.js'
import type { RolloutDetail } from '../api/index.ts'
import '../elements/charts/index.ts'
import '../elements/desk/index.ts'
import {
  HashRouter,
  icons,
  type KeyHelp,
  type NsHelpDialog,
  type NsSearchDialog,
  restoreTheme,
  serverNow,
  shared,
  showFailure
} from '../elements/index.ts'
import { formatClock, formatCount, formatNumber, msg, str } from '../i18n/index.ts'
import './alerts/index.ts'
import { styles } from './app.styles.ts'
import './audit/index.ts'
import './device/index.ts'
import './devices/index.ts'
import './enrolment/index.ts'
import { EMPTY_STATE, type FleetState, isLost } from './fleet-state.ts'
import { LiveFleet } from './live-fleet.ts'
import './logs/index.ts'
import './new-rollout/index.ts'
import './overview/index.ts'
import { headingOf, litEntry, navigation, type Place, placeOf } from './places.ts'
import './registry/index.ts'
import './rollout/index.ts'
import { findInFleet } from './search.ts'
import './system/index.ts'

restoreTheme()

/** A picture older than this is bold in the status bar, milliseconds. */
const STALE_MS = 30_000

const KEYS: readonly KeyHelp[] = [
  [['/'], msg('Search devices, models, rollouts and places')],
  [['?'], msg('This help')],
  [['↑', '↓'], msg('Walk over the rows of a table; Enter opens one')],
  [['←', '→'], msg('Walk over squares and bars; Escape lets go')],
  [['Esc'], msg('Close what is in front')]
]

const isTyping = (event: KeyboardEvent): boolean => {
  const target = event.composedPath()[0]
  return target instanceof Element && target.matches('input, textarea, select')
}

/** Holds the one picture of the fleet and hands it to whichever screen is shown. */
@customElement('ns-console')
export class NsConsole extends LitElement {
  static override styles = [shared, styles]
  @state() private data: FleetState = EMPTY_STATE
  @query('ns-search-dialog') private search!: NsSearchDialog
  @query('ns-help-dialog') private help!: NsHelpDialog
  protected readonly router = new HashRouter(this)
  readonly #live = new LiveFleet((data) => {
    this.data = data
  })

  override connectedCallback(): void {
    super.connectedCallback()
    this.#live.start()
    addEventListener('keydown', this.#key)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#live.stop()
    removeEventListener('keydown', this.#key)
  }

  readonly #key = (event: KeyboardEvent): void => {
    if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === '/') this.search.show()
    else if (event.key === '?') this.help.show()
    else return
    event.preventDefault()
  }

  /** A screen wants the devices of a rollout. */
  readonly #need = (event: CustomEvent<string>): void => {
    this.#live.need(event.detail).catch(showFailure)
  }
  readonly #made = (event: CustomEvent<RolloutDetail>): void => this.#live.take(event.detail)

  /** Search and help, at the right end of the bar on every screen (WCAG 3.2.6). */
  #tools(): TemplateResult {
    return html`<button
        slot="tools"
        class="find"
        type="button"
        aria-label=${msg('Find a device or model')}
        aria-haspopup="dialog"
        @click=${() => this.search.show()}
      >
        ${icons.search}<span>${msg('Find a device or model')}</span><kbd>/</kbd>
      </button>
      <button
        slot="tools"
        class="help"
        type="button"
        aria-label=${msg('Help')}
        aria-haspopup="dialog"
        @click=${() => this.help.show()}
      >
        ?
      </button>`
  }

  /** The health of broker and store in words; the page of the figures is behind it. */
  #health(): TemplateResult {
    const { overview } = this.data
    if (!overview) return html`<ns-status kind="stale">${msg('Waiting for the fleet')}</ns-status>`
    if (isLost(this.data)) {
      return html`<ns-status kind="stale">${msg('The fleet does not answer')}</ns-status>`
    }
    const bad = [overview.broker, overview.store].filter((part) => part.state === 'failed')
    const words =
      bad.length === 0
        ? msg('Broker and store are well')
        : overview.broker.state === 'failed'
          ? overview.broker.sentence
          : msg('The store cannot write')
    return html`<ns-status kind=${bad.length === 0 ? 'normal' : 'p1'}><a href="#/system">${words}</a></ns-status>`
  }

  /** Health at the left, freshness at the right. */
  #foot(): TemplateResult {
    const { overview, stream, at } = this.data
    return html`<div slot="foot-start" class="foot">
        ${this.#health()}
        ${
          overview && !isLost(this.data)
            ? html`<span>${formatNumber(overview.store.eventsPerSecond, 1)} ${msg('messages/s')}</span>
              <span class="extra">${formatCount(overview.broker.clients, msg('connection'), msg('connections'))}</span>`
            : nothing
        }
      </div>
      <div slot="foot-end" class="foot end">
        ${
          stream.state === 'lost'
            ? html`<ns-status kind="warning">${msg('Stream lost since')} ${formatClock(stream.since)}</ns-status>`
            : nothing
        }
        ${
          at === null
            ? nothing
            : html`<span>${msg('Updated')} <ns-age .at=${at} stale-after=${STALE_MS}></ns-age></span>`
        }
      </div>`
  }

  /** One screen at a time; deep links give it what was chosen. */
  #screen({ screen, subject, detail }: Place): TemplateResult {
    const { data } = this
    const { query: asked } = this.router.route
    switch (screen) {
      case 'overview':
        return html`<console-overview .data=${data}></console-overview>`
      case 'devices':
        return html`<console-devices .data=${data} .asked=${asked}></console-devices>`
      case 'device':
        return html`<console-device .data=${data} device-id=${subject} series=${asked['series'] ?? ''}></console-device>`
      case 'enrolment':
        return html`<console-enrolment .data=${data}></console-enrolment>`
      case 'registry':
        return html`<console-registry .data=${data} model=${subject} version=${detail}></console-registry>`
      case 'rollouts':
        return html`<console-rollouts .data=${data}></console-rollouts>`
      case 'new-rollout':
        return html`<console-new-rollout .data=${data} .asked=${asked}></console-new-rollout>`
      case 'rollout':
        return html`<console-rollout .data=${data} rollout-id=${subject} chosen=${asked['device'] ?? ''}></console-rollout>`
      case 'alerts':
        return html`<console-alerts .data=${data} view=${asked['view'] ?? 'open'}></console-alerts>`
      case 'logs':
        return html`<console-logs .data=${data} .asked=${asked}></console-logs>`
      case 'audit':
        return html`<console-audit .data=${data}></console-audit>`
      case 'system':
        return html`<console-system .data=${data}></console-system>`
      default:
        return html`<ns-empty kind="error" heading=${msg('There is nothing at this address')}>
          ${msg('It may have been mistyped, or come from a newer version.')}
          <ns-button slot="acts" href="#/">${msg('Overview')}</ns-button></ns-empty
        >`
    }
  }

  /** Across the top: since when nothing came, and what still works. */
  #lost(): TemplateResult | typeof nothing {
    const { stream } = this.data
    if (stream.state !== 'lost') return nothing
    const since = formatClock(stream.since)
    return html`<p class="lost" role="status">
      ${icons.nolink}<span
        ><strong>${msg(str`Stream lost since ${since}.`)}</strong> ${msg(
          'This is the last known state. Devices keep working; acts wait until the fleet answers again.'
        )}</span
      >
    </p>`
  }

  override render(): TemplateResult {
    const place = placeOf(this.router.route)
    const { overview, devices } = this.data
    return html`<ns-desk-frame
        product="console"
        subject=${overview?.name ?? ''}
        subject-detail=${devices ? formatCount(devices.length, msg('device'), msg('devices')) : ''}
        .groups=${navigation(this.data, serverNow())}
        current=${litEntry(place)}
        heading=${headingOf(place, this.data)}
        @need-rollout=${this.#need}
        @rollout-made=${this.#made}
      >
        ${this.#tools()} ${this.#foot()}
        <p slot="rail-foot">
          ${overview ? html`${msg('Fleet')} ${overview.version}<br />${msg('Broker')}: ${overview.broker.kind}` : nothing}
        </p>
        <div class="screen ${isLost(this.data) ? 'old' : ''}">${this.#lost()}${this.#screen(place)}</div>
      </ns-desk-frame>
      <ns-search-dialog
        label=${msg('Search devices, models and places')}
        placeholder=${msg('Name of a device, model or place')}
        .find=${(words: string) => findInFleet(this.data, words)}
      ></ns-search-dialog>
      <ns-help-dialog .keys=${KEYS}></ns-help-dialog>
      <ns-toast></ns-toast>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'ns-console': NsConsole
  }
}
