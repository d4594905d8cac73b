// A trend without axes: band, data, the part outside the band in the alarm's colour, the current point.
// The tile around it says the numbers, so it is hidden from screen readers.

import { css, html, LitElement, nothing, svg, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import { shared } from '../shared.styles.ts'
import { chartStyles } from './chart.styles.ts'
import {
  abnormalPath,
  bandPath,
  type ChartPoint,
  type Domain,
  domainOf,
  endsOutside,
  type Frame,
  lastPosition,
  linePath,
  thin
} from './geometry.ts'
import { Measured } from './measured.ts'

/** A line with more points than this turns into a hatching. */
const PIXELS_PER_POINT = 2.5

/** A drawing without a word of its own; give it a `domain` where a moving bar stands beside it. */
@customElement('ns-sparkline')
export class NsSparkline extends LitElement {
  static override styles = [
    shared,
    chartStyles,
    css`
      :host {
        display: block;
        position: relative;
        min-height: 24px;
        overflow: hidden;
      }
      /* Out of the flow: a drawing must never hold its own frame open. */
      svg {
        position: absolute;
        inset: 0;
      }
    `
  ]
  @property({ attribute: false }) points: readonly ChartPoint[] = []
  /** First and last moment shown; the points' own when left out. */
  @property({ type: Number }) from = 0
  @property({ type: Number }) to = 0
  /** Shared with a moving bar beside it; the points' own when left out. */
  @property({ attribute: false }) domain: Domain | undefined
  /** Colour of the abnormal part. */
  @property({ reflect: true }) tone: 'p1' | 'p2' | 'p3' | 'p4' = 'p3'
  protected readonly size = new Measured(this)

  #frame(): Frame {
    const { width, height } = this.size
    // Room for the current point at the right end.
    return {
      width: Math.max(1, width - 4),
      height: Math.max(1, height),
      domain: this.domain ?? domainOf(this.points),
      from: this.from || (this.points[0]?.at ?? 0),
      to: this.to || (this.points.at(-1)?.at ?? 1)
    }
  }

  override render(): TemplateResult {
    if (this.size.width === 0) return html``
    const frame = this.#frame()
    const points = thin(this.points, frame, frame.width / PIXELS_PER_POINT)
    const last = lastPosition(this.points, frame)
    const abnormal = endsOutside(this.points)
    return html`<svg width=${this.size.width} height=${this.size.height} aria-hidden="true">
      <path class="band" d=${bandPath(points, frame)}></path>
      <path class="line" d=${linePath(points, frame)}></path>
      <path class="outside" d=${abnormalPath(points, frame)}></path>
      ${
        last
          ? svg`<circle
              class="point ${abnormal ? 'abnormal' : ''}"
              cx=${last.x}
              cy=${last.y}
              r=${abnormal ? 4 : 3}
            ></circle>`
          : nothing
      }
    </svg>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'ns-sparkline': NsSparkline
  }
}
