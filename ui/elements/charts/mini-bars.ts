// Counts over time as small bars inside a row of a table; the busiest bins stay visible however many there
// are. The row says the number, so it is hidden from screen readers.

import { css, html, LitElement, svg, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'

const BARS = 40
const HEIGHT = 20

/** The largest count of each of at most `count` stretches. */
const largest = (counts: readonly number[], count: number): readonly number[] => {
  const step = Math.max(1, counts.length / count)
  return Array.from({ length: Math.min(count, counts.length) }, (_, index) =>
    Math.max(
      0,
      ...counts.slice(
        Math.floor(index * step),
        Math.max(Math.floor((index + 1) * step), Math.floor(index * step) + 1)
      )
    )
  )
}

@customElement('ns-mini-bars')
export class NsMiniBars extends LitElement {
  static override styles = css`
    :host {
      display: inline-block;
      vertical-align: middle;
    }
    svg {
      display: block;
    }
    .usual {
      fill: var(--ns-slate-5);
    }
    .base {
      stroke: var(--ns-rule);
    }
  `
  @property({ attribute: false }) counts: readonly number[] = []

  override render(): TemplateResult {
    const bars = largest(this.counts, BARS)
    const max = Math.max(1, ...bars)
    return html`<svg width=${BARS * 3} height=${HEIGHT} aria-hidden="true">
      <path class="base" d="M0 ${HEIGHT - 0.5}H${BARS * 3}"></path>
      ${bars.map((count, index) => {
        const tall = count === 0 ? 0 : Math.max(1.5, (count / max) * (HEIGHT - 1))
        return svg`<rect class="usual" x=${index * 3} y=${HEIGHT - tall} width="2" height=${tall}></rect>`
      })}
    </svg>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'ns-mini-bars': NsMiniBars
  }
}
