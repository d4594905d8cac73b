// K1, the overview: a tile for each thing that is watched; in a flood of alarms the first one and what
// followed stand before the tiles' places.

import { css, html, LitElement, type TemplateResult } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import { repeat } from 'lit/directives/repeat.js'
import { serverNow, shared } from '../../elements/index.ts'
import { msg } from '../../i18n/index.ts'
import { type Flood, floodOf } from '../alarm-order.ts'
import { type DeviceState, EMPTY_STATE } from '../device-state.ts'
import { overviewTiles, type Tile } from '../overview-tiles.ts'
import './flood-view.ts'
import './tile.ts'

/** Tiles, or in a flood its story; never both. */
@customElement('kiosk-overview')
export class KioskOverview extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: grid;
        min-height: 0;
        padding: 8px 12px;
      }
      .tiles {
        display: grid;
        grid-template-columns: repeat(var(--columns), minmax(0, 1fr));
        grid-auto-rows: minmax(168px, 1fr);
        gap: 8px;
      }
      .ghost {
        padding: 12px;
        border-radius: var(--ns-radius);
        background: var(--ns-tile);
        color: var(--ns-muted);
        font: 600 var(--ns-name);
        animation: appear 0s 300ms both;
      }
      @keyframes appear {
        from {
          visibility: hidden;
        }
      }
      @media (width < 900px) {
        .tiles {
          grid-template-columns: repeat(2, minmax(0, 1fr));
        }
      }
      @media (width < 640px) {
        .tiles {
          grid-template-columns: minmax(0, 1fr);
          grid-auto-rows: 168px;
        }
      }
    `
  ]
  @property({ attribute: false }) data: DeviceState = EMPTY_STATE
  /** The person asked for the tiles in spite of the flood. */
  @state() private tilesWanted = false
  #flood: Flood | undefined

  override willUpdate(): void {
    this.#flood = floodOf(this.data.alarms, serverNow(), this.#flood !== undefined)
    if (!this.#flood) this.tilesWanted = false
  }

  /** Outlines with the names of what every machine has, after 300 ms. */
  #loading(): TemplateResult {
    const names = [msg('Processor'), msg('Memory'), msg('Disk'), msg('Network'), msg('Logs'), '']
    return html`<div class="tiles" style="--columns:3" role="status" aria-label=${msg('Loading')}>
      ${names.map((name) => html`<div class="ghost">${name}</div>`)}
    </div>`
  }

  /** Six tiles fill the screen in three columns; from seven on four columns keep two rows. */
  #tiles(tiles: readonly Tile[]): TemplateResult {
    const columns = tiles.length > 6 ? 4 : 3
    return html`<div class="tiles" style="--columns:${columns}">
      ${repeat(
        tiles,
        ({ id }) => id,
        (tile) => html`<kiosk-tile .tile=${tile}></kiosk-tile>`
      )}
    </div>`
  }

  override render(): TemplateResult {
    const { series, failure } = this.data
    if (!series && failure !== '') {
      return html`<ns-empty kind="error" heading=${msg('No values from the device')}>${failure}</ns-empty>`
    }
    if (!series) return this.#loading()
    const tiles = overviewTiles(this.data, serverNow())
    if (tiles.length === 0) {
      return html`<ns-empty heading=${msg('Nothing is watched yet')}
        >${msg('An engineer chooses in the settings of the device what it watches. Values appear here by themselves.')}</ns-empty
      >`
    }
    if (!this.#flood || this.tilesWanted) return this.#tiles(tiles)
    return html`<kiosk-flood
      .flood=${this.#flood}
      .tiles=${tiles}
      @tiles=${() => {
        this.tilesWanted = true
      }}
    ></kiosk-flood>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'kiosk-overview': KioskOverview
  }
}
