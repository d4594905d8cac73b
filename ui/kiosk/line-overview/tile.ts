// One tile of the overview: name, state, value, normal range, trend with moving bar, quantity and age. The
// whole tile is one link.

import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import { domainOf, shared } from '../../elements/index.ts'
import { msg } from '../../i18n/index.ts'
import { TILE_WINDOW_MS } from '../device-state.ts'
import type { Tile } from '../overview-tiles.ts'
import { styles } from './tile.styles.ts'

/** One link: a tap anywhere opens what the tile is about. */
@customElement('kiosk-tile')
export class KioskTile extends LitElement {
  static override styles = [shared, styles]
  @property({ attribute: false }) tile: Tile | undefined

  /** Trend and moving bar share one scale, so that the eye can go across. */
  #trend(tile: Tile): TemplateResult {
    const { points, low, high, value } = tile
    // Counts start at zero; a quantity with a normal range is shown around that.
    const domain = domainOf(points, [low, high, value, tile.id === 'logs' ? 0 : null])
    const tone = tile.priority ? `p${tile.priority}` : 'p3'
    // A value that stopped coming leaves a gap at the right end.
    const gap = tile.stale ? TILE_WINDOW_MS / 8 : 0
    const to = (points.at(-1)?.at ?? 0) + gap
    return html`<div class="trend">
      <ns-sparkline
        .points=${points}
        .domain=${domain}
        .from=${to - TILE_WINDOW_MS}
        .to=${to}
        tone=${tone}
      ></ns-sparkline>
      ${
        low === null
          ? nothing
          : html`<ns-moving-bar
        .domain=${domain}
        .value=${value}
        .low=${low}
        .high=${high}
        tone=${tone}
        ?stale=${tile.stale}
      ></ns-moving-bar>`
      }
    </div>`
  }

  override render(): TemplateResult | typeof nothing {
    const { tile } = this
    if (!tile) return nothing
    const frame = tile.priority ? `p${tile.priority}` : tile.stale ? 'stale' : ''
    return html`<a href=${tile.href} class=${frame}>
      <h2>${tile.title}</h2>
      <ns-status kind=${tile.kind} ?strong=${tile.strong}>${tile.word}</ns-status>
      <div class="now">
        <ns-figure .value=${tile.value} unit=${tile.unit} decimals=${tile.decimals} ?dim=${tile.stale}></ns-figure>
        <span class="range">${tile.range}</span>
      </div>
      ${this.#trend(tile)}
      <div class="foot">
        <span>${tile.quantity}<i>, ${msg('15 min')}</i></span>
        <ns-age .at=${tile.at} stale-after=${tile.staleAfter}></ns-age>
      </div>
    </a>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'kiosk-tile': KioskTile
  }
}
