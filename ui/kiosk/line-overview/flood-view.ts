// A flood of alarms as one story: the first alarm with its cause and what to do, then what followed with
// the delay to it; the tiles shrink to a list beside it.

import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import type { Alarm } from '../../api/index.ts'
import { shapeOfPriority, shared } from '../../elements/index.ts'
import {
  formatClockSeconds,
  formatDuration,
  formatNumber,
  keepUnits,
  msg
} from '../../i18n/index.ts'
import type { Flood } from '../alarm-order.ts'
import type { Tile } from '../overview-tiles.ts'
import { styles } from './flood-view.styles.ts'

/** How many of the alarms that followed are listed here; the others are on the alarms screen. */
const LISTED = 4

/** Fires `tiles` when the person wants the tiles back. */
@customElement('kiosk-flood')
export class KioskFlood extends LitElement {
  static override styles = [shared, styles]
  @property({ attribute: false }) flood: Flood | undefined
  @property({ attribute: false }) tiles: readonly Tile[] = []

  /** An alarm that came later, with the delay to the first. */
  #follower(alarm: Alarm, first: Alarm): TemplateResult {
    return html`<li>
      <span class="delay">+${formatDuration(alarm.raisedAt - first.raisedAt)}</span>
      <ns-status kind=${shapeOfPriority(alarm.priority)} label=${`P${alarm.priority}`}></ns-status>
      <span class="cut">${alarm.title}</span>
      <span class="delay">${formatClockSeconds(alarm.raisedAt)}</span>
    </li>`
  }

  /** The first alarm: what, why, what to do; then those that followed. */
  #story({ first, followed }: Flood): TemplateResult {
    const rest = followed.length - LISTED
    const target =
      first.source === 'machine-watch'
        ? `#/series/${encodeURIComponent(first.subject)}`
        : '#/alarms'
    return html`<section class="story p${first.priority}">
      <div class="first">
        <p class="muted">${msg('First alarm')}, ${formatClockSeconds(first.raisedAt)}</p>
        <h2>
          <ns-status kind=${shapeOfPriority(first.priority)} label=${`P${first.priority}`}></ns-status>
          ${keepUnits(first.title)}
        </h2>
        <p>${first.cause === '' ? nothing : html`<span class="muted">${msg('Likely cause')}:</span> ${first.cause}`}</p>
        <p><span class="muted">${msg('What to do')}:</span> <strong>${first.action}</strong></p>
      </div>
      <ul>
        ${followed.slice(0, LISTED).map((alarm) => this.#follower(alarm, first))}
        ${rest > 0 ? html`<li class="muted">${msg('and')} ${rest} ${msg('more that followed')}</li>` : nothing}
      </ul>
      <div class="acts">
        <ns-button bar @click=${() => this.dispatchEvent(new CustomEvent('tiles'))}>${msg('Show tiles')}</ns-button>
        <ns-button bar href="#/alarms">${msg('List all')} ${followed.length + 1}</ns-button>
        <ns-button bar kind="filled" href=${target}>${msg('Open the first')}</ns-button>
      </div>
    </section>`
  }

  override render(): TemplateResult | typeof nothing {
    if (!this.flood) return nothing
    return html`${this.#story(this.flood)}
      <section class="list">
        ${this.tiles.map(
          (tile) => html`<a href=${tile.href}>
            <ns-status kind=${tile.kind}></ns-status>
            <span><strong>${tile.title}</strong><br /><span class="muted">${tile.word}</span></span>
            <span class="value">${formatNumber(tile.value, tile.decimals)} <span class="muted">${tile.unit}</span></span>
          </a>`
        )}
      </section>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'kiosk-flood': KioskFlood
  }
}
