// A trend with axes: band, limit, events, cursor with time and value, a sentence that says what it shows,
// and the same as a table. Drawing is in plot.ts, which loads when the first chart appears.

import { html, LitElement, nothing, type PropertyValues, type TemplateResult, unsafeCSS } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import {
  formatClock,
  formatClockSeconds,
  formatNumber,
  formatRange,
  formatValue,
  msg
} from '../../i18n/index.ts'
import { shared } from '../shared.styles.ts'
import type { ChartPoint } from './geometry.ts'
import type { Plot, PlotEvent } from './plot.ts'
import { summarise } from './summary.ts'
import { styles } from './time-series.styles.ts'

export type ChartEvent = PlotEvent

/** Rows of the table view: the latest, newest first. */
const TABLE_ROWS = 60

/** Give it `points`, a `heading` and a `unit`; the sentence and the table follow from them. */
@customElement('ns-time-series')
export class NsTimeSeries extends LitElement {
  static override styles = [shared, styles]

  @property({ attribute: false }) points: readonly ChartPoint[] = []
  @property({ attribute: false }) events: readonly ChartEvent[] = []
  /** What is drawn, for head and sentence. */
  @property() heading = ''
  @property() unit = ''
  @property({ type: Number }) decimals = 1
  /** A dashed line that the data should stay under. */
  @property({ type: Number }) limit: number | null = null
  /** Fixed vertical range. */
  @property({ attribute: false }) range: readonly [number, number] | undefined
  /** Charts with one key share their cursor. */
  @property() sync = 'page'
  /** Colour of what is outside the band: p1, p2, p3-line, p4. */
  @property() tone = 'p3-line'
  /** The sentence is spoken only. */
  @property({ type: Boolean, attribute: 'summary-unseen' }) summaryUnseen = false
  /** Points are rows of a table, not moments: `at` is the row times 1,000. */
  @property({ type: Boolean, attribute: 'rows-axis' }) rowsAxis = false
  /** Another chart below carries the times. */
  @property({ type: Boolean }) timeless = false
  /** Shows the table instead of the drawing. */
  @property({ type: Boolean }) table = false
  /** The app has its own way to the table. */
  @property({ type: Boolean, attribute: 'no-toggle' }) noToggle = false
  @state() private cursor: number | null = null
  #plot: Plot | undefined
  #observer: ResizeObserver | undefined
  readonly #scheme = matchMedia('(prefers-color-scheme: dark)')

  override connectedCallback(): void {
    super.connectedCallback()
    this.#scheme.addEventListener('change', this.#redraw)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#scheme.removeEventListener('change', this.#redraw)
    this.#drop()
  }

  override updated(changed: PropertyValues<this>): void {
    const fixed = ['range', 'tone', 'unit', 'decimals', 'limit'] as const
    if (fixed.some((name) => changed.has(name))) this.#drop()
    if (this.table || this.points.length === 0) this.#drop()
    else if (!this.#plot) void this.#draw()
    else if (changed.has('points')) this.#plot.update(this.points)
  }

  /** A canvas does not follow the colours of the page by itself. */
  readonly #redraw = (): void => {
    this.#drop()
    this.requestUpdate()
  }

  /** Ends the drawing; the next update makes a new one. */
  #drop(): void {
    this.#observer?.disconnect()
    this.#plot?.destroy()
    this.#plot = undefined
    this.cursor = null
  }

  /** Loads uPlot at the first call; the page may have moved on by the time it is there. */
  async #draw(): Promise<void> {
    const { createPlot, styles: plotStyles } = await import('./plot.ts')
    const host = this.renderRoot.querySelector<HTMLElement>('.plot > div')
    if (!host || this.#plot || !this.isConnected) return
    const sheets = (this.renderRoot as ShadowRoot).adoptedStyleSheets
    const sheet = unsafeCSS(plotStyles).styleSheet
    if (sheet && !sheets.includes(sheet)) {
      // Before our own styles, which correct some of it.
      ;(this.renderRoot as ShadowRoot).adoptedStyleSheets = [sheet, ...sheets]
    }
    const box = host.getBoundingClientRect()
    this.#plot = createPlot(host, this.tone, {
      text: {
        unit: this.unit,
        decimals: this.decimals,
        sync: this.sync,
        timeless: this.timeless,
        axis: formatNumber,
        clock: (at, seconds) =>
          this.rowsAxis ? this.#moment(at) : seconds ? formatClockSeconds(at) : formatClock(at),
        limit: (value) => `${msg('limit')} ${formatValue(value, this.unit, this.decimals)}`,
        ...(this.range ? { range: this.range } : {})
      },
      size: { width: box.width, height: box.height },
      events: () => this.events,
      limit: () => this.limit,
      onCursor: (index) => {
        this.cursor = index
      }
    })
    this.#plot.update(this.points)
    this.#observer = new ResizeObserver(([entry]) => {
      if (entry) this.#plot?.resize(entry.contentRect.width, entry.contentRect.height)
    })
    this.#observer.observe(host)
  }

  /** Value and time under the cursor, said once for the head. */
  #moment(at: number): string {
    return this.rowsAxis ? formatNumber(Math.round(at / 1000)) : formatClockSeconds(at)
  }

  #cursorText(): string {
    const point = this.cursor === null ? undefined : this.points[this.cursor]
    if (!point) return ''
    return `${formatValue(point.value, this.unit, this.decimals)} at ${this.#moment(point.at)}`
  }

  #table(): TemplateResult {
    const rows = this.points.slice(-TABLE_ROWS).toReversed()
    return html`<div class="table" tabindex="0" role="region" aria-label=${this.heading}>
      <table>
        <thead>
          <tr><th>${this.rowsAxis ? msg('Row') : msg('Time')}</th><th>${this.unit || msg('Value')}</th><th>${msg('Normal')}</th></tr>
        </thead>
        <tbody>
          ${rows.map(
            ({ at, value, low, high }) => html`<tr>
              <td>${this.#moment(at)}</td>
              <td>${formatNumber(value, this.decimals)}</td>
              <td>${low === null || high === null ? '–' : formatRange(low, high, this.decimals)}</td>
            </tr>`
          )}
        </tbody>
      </table>
    </div>`
  }

  #toggle(): TemplateResult {
    return html`<button
      type="button"
      aria-pressed=${this.table}
      @click=${() => {
        this.table = !this.table
      }}
    >
      ${msg('Table')}<span class="unseen">: ${this.heading}</span>
    </button>`
  }

  override render(): TemplateResult {
    const sentence = summarise(this.points, {
      title: this.heading,
      unit: this.unit,
      decimals: this.decimals,
      ...(this.rowsAxis ? { moment: (at: number) => `${msg('row')} ${this.#moment(at)}` } : {})
    })
    return html`<div class="head">
        <strong>${this.heading}</strong>
        <span class="cursor" aria-hidden="true">${this.#cursorText()}</span>
        ${this.noToggle ? nothing : this.#toggle()}
      </div>
      ${
        this.table
          ? this.#table()
          : html`<div class="plot" role="img" aria-label=${sentence}><div></div></div>`
      }
      ${this.summaryUnseen ? nothing : html`<p class="summary">${sentence}</p>`}`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'ns-time-series': NsTimeSeries
  }
}
