// A long list of rows of one height, of which only those in sight are drawn: thousands of files or
// documents scroll as smoothly as ten. Rows are templates of the app, drawn in this element's shadow root.

import { css, html, LitElement, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import { repeat } from 'lit/directives/repeat.js'
import { shared } from '../shared.styles.ts'

/** Rows drawn above and below what is in sight. */
const SPARE = 6

/** With `selectable` it is a list box: arrow keys and J, K choose; fires `ns-select` with the index. */
@customElement('ns-virtual-list')
export class NsVirtualList<Row = unknown> extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
        position: relative;
        min-height: 0;
        overflow: hidden auto;
        outline: 0;
        overflow-anchor: none;
      }
      .rows {
        position: relative;
      }
      .rows:focus-visible {
        outline-offset: -2px;
      }
      .row {
        position: absolute;
        inset-inline: 0;
        height: var(--height);
        overflow: hidden;
        border-bottom: 1px solid var(--ns-rule);
      }
      :host([selectable]) .row {
        cursor: pointer;
      }
      :host([selectable]) .row:hover {
        background: var(--ns-hover);
      }
      .row[aria-selected='true'],
      :host([selectable]) .row[aria-selected='true']:hover {
        background: var(--ns-selected);
        box-shadow: inset 3px 0 var(--ns-select);
      }
    `
  ]
  @property({ attribute: false }) rows: readonly Row[] = []
  @property({ attribute: false }) row: (row: Row, index: number) => TemplateResult = () => html``
  @property({ attribute: false }) key: (row: Row) => string = String
  /** Height of a row, CSS pixels. */
  @property({ type: Number, attribute: 'row-height' }) rowHeight = 32
  /** Index of the chosen row; -1 for none. */
  @property({ type: Number }) selected = -1
  @property({ type: Boolean, reflect: true }) selectable = false
  /** What the list holds; spoken. */
  @property() label = ''
  #observer: ResizeObserver | undefined

  override connectedCallback(): void {
    super.connectedCallback()
    this.#observer = new ResizeObserver(() => this.requestUpdate())
    this.#observer.observe(this)
    this.addEventListener('scroll', this.#scrolled, { passive: true })
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#observer?.disconnect()
    this.removeEventListener('scroll', this.#scrolled)
  }

  readonly #scrolled = (): void => this.requestUpdate()

  override updated(changed: Map<PropertyKey, unknown>): void {
    if (changed.has('selected') && this.selected >= 0) this.#show(this.selected)
  }

  /** Scrolls only as far as it must. */
  #show(index: number): void {
    const top = index * this.rowHeight
    if (top < this.scrollTop) this.scrollTop = top
    else if (top + this.rowHeight > this.scrollTop + this.clientHeight) {
      this.scrollTop = top + this.rowHeight - this.clientHeight
    }
  }

  #select(index: number): void {
    if (!this.selectable || index < 0 || index >= this.rows.length) return
    this.dispatchEvent(
      new CustomEvent('ns-select', { detail: index, bubbles: true, composed: true })
    )
  }

  readonly #key = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor(this.clientHeight / this.rowHeight) - 1)
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -this.rows.length,
      End: this.rows.length
    }
    const step = steps[event.key]
    if (step === undefined) return
    event.preventDefault()
    this.#select(Math.max(0, Math.min(this.rows.length - 1, this.selected + step)))
  }

  #row(index: number): TemplateResult {
    const row = this.rows[index] as Row
    const style = `top:${index * this.rowHeight}px`
    if (!this.selectable) {
      return html`<div class="row" role="listitem" aria-setsize=${this.rows.length} aria-posinset=${index + 1} style=${style}>${this.row(row, index)}</div>`
    }
    return html`<div
      class="row"
      id="row-${index}"
      role="option"
      aria-setsize=${this.rows.length}
      aria-posinset=${index + 1}
      aria-selected=${index === this.selected}
      style=${style}
      @click=${() => this.#select(index)}
    >
      ${this.row(row, index)}
    </div>`
  }

  #inSight(): readonly number[] {
    const height = this.clientHeight || 600
    const first = Math.max(0, Math.floor(this.scrollTop / this.rowHeight) - SPARE)
    const last = Math.min(
      this.rows.length,
      Math.ceil((this.scrollTop + height) / this.rowHeight) + SPARE
    )
    const indexes = Array.from({ length: Math.max(0, last - first) }, (_, step) => first + step)
    // The chosen row is always there: it is what the focus speaks of.
    const { selected } = this
    return selected >= 0 && selected < this.rows.length && !indexes.includes(selected)
      ? [...indexes, selected]
      : indexes
  }

  override render(): TemplateResult {
    const indexes = this.#inSight()
    const style = `height:${this.rows.length * this.rowHeight}px;--height:${this.rowHeight}px`
    const rows = repeat(
      indexes,
      (index) => this.key(this.rows[index] as Row),
      (index) => this.#row(index)
    )
    if (!this.selectable) {
      return html`<div class="rows" role="list" tabindex="0" aria-label=${this.label} style=${style}>${rows}</div>`
    }
    return html`<div
      class="rows"
      role="listbox"
      tabindex="0"
      aria-label=${this.label}
      aria-activedescendant=${this.selected >= 0 ? `row-${this.selected}` : ''}
      style=${style}
      @keydown=${this.#key}
    >
      ${rows}
    </div>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'ns-virtual-list': NsVirtualList
  }
}
