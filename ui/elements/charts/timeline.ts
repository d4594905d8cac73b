// Counts over time as bars, the unusual ones in the alarm's colour: bursts stand out. A bar can be chosen;
// arrow keys walk over them. Fires `ns-select` with the bin's index, or null.

import { css, html, LitElement, nothing, svg, type TemplateResult } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import { formatClock, formatCount, formatDateTime, formatNumber, msg } from '../../i18n/index.ts'
import { shared } from '../shared.styles.ts'
import { Measured } from './measured.ts'

const AXIS = 20
const DAY_MS = 20 * 3_600_000

/** `counts` and `unusual` have one entry a bin, the first beginning at `from`. */
@customElement('ns-timeline')
export class NsTimeline extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
        position: relative;
        height: 112px;
        overflow: hidden;
        color: var(--ns-muted);
        font: 400 var(--ns-axis);
      }
      svg {
        display: block;
        position: absolute;
        inset: 0;
      }
      svg:focus-visible {
        outline-offset: -2px;
      }
      .usual {
        fill: var(--ns-slate-5);
      }
      .unusual {
        fill: var(--ns-p2);
      }
      .base {
        stroke: var(--ns-edge);
      }
      .chosen {
        fill: var(--ns-selected);
        stroke: var(--ns-select);
      }
      text {
        fill: var(--ns-muted);
      }
    `
  ]
  /** Start of the first bin, milliseconds since 1970. */
  @property({ type: Number }) from = 0
  @property({ type: Number, attribute: 'bin-ms' }) binMs = 1000
  /** `line`: bins are stretches of lines, `from` and `bin-ms` count lines. */
  @property() axis: 'time' | 'line' = 'time'
  /** All per bin, oldest first. */
  @property({ attribute: false }) counts: readonly number[] = []
  /** The unusual ones among them. */
  @property({ attribute: false }) unusual: readonly number[] = []
  /** What is counted, one and many. */
  @property() one = 'line'
  @property() many = 'lines'
  @property({ type: Number }) selected: number | null = null
  @state() private hovered: number | null = null
  protected readonly size = new Measured(this)

  #select(index: number | null): void {
    this.selected = index
    this.dispatchEvent(
      new CustomEvent('ns-select', { detail: index, bubbles: true, composed: true })
    )
  }

  /** The bin under the pointer. */
  #at(event: PointerEvent | MouseEvent): number {
    const share = event.offsetX / Math.max(1, this.size.width)
    return Math.max(0, Math.min(this.counts.length - 1, Math.floor(share * this.counts.length)))
  }

  readonly #key = (event: KeyboardEvent): void => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
    if (step !== undefined) {
      const start = this.selected ?? (step > 0 ? -1 : this.counts.length)
      this.#select(Math.max(0, Math.min(this.counts.length - 1, start + step)))
    } else if (event.key === 'Escape') this.#select(null)
    else return
    event.preventDefault()
  }

  /** A bin with anything in it is at least a hair high; an unusual part is always seen. */
  #bars(height: number, width: number, max: number): TemplateResult<2>[] {
    const tall = (count: number): number =>
      count === 0 ? 0 : Math.max(1.5, (count / max) * height)
    return this.counts.map((count, index) => {
      const odd = Math.min(count, this.unusual[index] ?? 0)
      const x = index * width
      const wide = Math.max(1, width - (width > 4 ? 1 : 0))
      const all = tall(count)
      const red = odd > 0 ? Math.max(3, (odd / Math.max(1, count)) * all) : 0
      return svg`<rect class="usual" x=${x} y=${height - all} width=${wide} height=${all}></rect>
        <rect class="unusual" x=${x} y=${height - red} width=${wide} height=${red}></rect>`
    })
  }

  /** A bin in words, for the head and for a screen reader. */
  #mark(at: number): string {
    if (this.axis === 'line') return `${msg('line')} ${formatNumber(at)}`
    // A clock alone is ambiguous over more than a day.
    const long = this.counts.length * this.binMs > DAY_MS
    return long ? formatDateTime(at) : formatClock(at)
  }

  #words(index: number): string {
    const start = this.from + index * this.binMs
    const odd = this.unusual[index] ?? 0
    const count = formatCount(this.counts[index] ?? 0, this.one, this.many)
    return `${this.#mark(start)}, ${count}${odd > 0 ? `, ${formatNumber(odd)} ${msg('unusual')}` : ''}`
  }

  override render(): TemplateResult {
    const { width: full, height: total } = this.size
    const max = Math.max(1, ...this.counts)
    const height = Math.max(1, total - AXIS - 16)
    const width = full / Math.max(1, this.counts.length)
    const chosen = this.hovered ?? this.selected
    const end = this.from + this.counts.length * this.binMs
    const words = chosen === null ? `${msg('at most')} ${formatNumber(max)}` : this.#words(chosen)
    return html`<svg
      width=${full}
      height=${total}
      role="slider"
      tabindex="0"
      aria-label=${`${this.many} ${msg('over time')}`}
      aria-valuemin="0"
      aria-valuemax=${Math.max(0, this.counts.length - 1)}
      aria-valuenow=${this.selected ?? 0}
      aria-valuetext=${this.selected === null ? msg('nothing chosen') : this.#words(this.selected)}
      @keydown=${this.#key}
      @click=${(event: MouseEvent) => this.#select(this.#at(event))}
      @pointermove=${(event: PointerEvent) => {
        this.hovered = this.#at(event)
      }}
      @pointerleave=${() => {
        this.hovered = null
      }}
    >
      ${
        chosen === null
          ? nothing
          : svg`<rect class="chosen" x=${chosen * width} y="0.5" width=${width} height=${height + 15}></rect>`
      }
      <text x="0" y="11">${words}</text>
      <g transform="translate(0 16)">${this.#bars(height, width, max)}</g>
      <path class="base" d=${`M0 ${height + 16.5}H${full}`}></path>
      <text x="0" y=${total - 3}>${this.#mark(this.from)}</text>
      <text x=${full} y=${total - 3} text-anchor="end">${this.#mark(end)}</text>
    </svg>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'ns-timeline': NsTimeline
  }
}
