// A sortable table on the browser's own: a head button sorts, arrow keys (or J and K) walk over rows,
// Enter opens. Cells are templates of the app; which row is chosen is the app's state.

import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import { classMap } from 'lit/directives/class-map.js'
import { repeat } from 'lit/directives/repeat.js'
import { shared } from '../shared.styles.ts'
import { styles } from './table.styles.ts'
import { type CellValue, nextOrder, type Order, orderRows } from './table-order.ts'

export interface Column<Row> {
  readonly id: string
  readonly head: string
  /** What the column is sorted by; without it the column has no sort button. */
  readonly value?: (row: Row) => CellValue
  /** What is shown; the value when left out. */
  readonly cell?: (row: Row) => unknown
  /** `number` is right-aligned and sorts the largest first; `fit` is as narrow as its content; `cut` is shortened. */
  readonly kind?: 'number' | 'fit' | 'cut' | 'strong' | 'muted' | 'code'
  /** Left out on a narrow page, where the row's own screen has to do. */
  readonly wide?: boolean
}

const classOf = <Row>({ kind, wide }: Column<Row>): string =>
  [kind ?? '', wide ? 'wide' : ''].join(' ')

/** Fires `ns-select` with the row when `selectable` and one is chosen by pointer or Enter. */
@customElement('ns-table')
export class NsTable<Row = unknown> extends LitElement {
  static override styles = [shared, styles]

  @property({ attribute: false }) columns: readonly Column<Row>[] = []
  @property({ attribute: false }) rows: readonly Row[] = []
  @property({ attribute: false }) key: (row: Row) => string = String
  /** What the table holds; spoken. */
  @property() label = ''
  /** Key of the chosen row. */
  @property() selected = ''
  @property({ type: Boolean }) selectable = false
  /** Order at first; rows come as they are when left out. What the person sorted by stays. */
  @property({ attribute: false }) order: Order | null = null
  @state() private focused = ''
  @state() private sorted: Order | null = null
  #given = ''

  protected override willUpdate(changed: PropertyValues): void {
    // An app that writes the order in its template gives a new object with every drawing.
    const given = JSON.stringify(this.order)
    if (!changed.has('order') || given === this.#given) return
    this.#given = given
    this.sorted = this.order
  }

  /** Rows as the person sorted them. */
  #ordered(): readonly Row[] {
    const order = this.sorted
    const value = this.columns.find(({ id }) => id === order?.column)?.value
    return order && value ? orderRows(this.rows, value, order.descending) : this.rows
  }

  #select(row: Row): void {
    if (!this.selectable) return
    this.focused = this.key(row)
    this.dispatchEvent(new CustomEvent('ns-select', { detail: row, bubbles: true, composed: true }))
  }

  /** Keys count only on the row itself, not on a control inside a cell. */
  readonly #key = (event: KeyboardEvent): void => {
    const row = (event.target as Element).closest<HTMLElement>('tbody tr')
    if (!row || event.target !== row) return
    const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key]
    if (step !== undefined) {
      const next = (
        step > 0 ? row.nextElementSibling : row.previousElementSibling
      ) as HTMLElement | null
      if (next) {
        this.focused = next.dataset['key'] ?? ''
        next.focus()
      }
    } else if (event.key === 'Enter' || event.key === ' ') row.click()
    else return
    event.preventDefault()
  }

  /** A column that can be sorted has a button for a head, and says its direction. */
  #head(column: Column<Row>): TemplateResult {
    const sorted = this.sorted?.column === column.id ? this.sorted : null
    const direction = sorted ? (sorted.descending ? 'descending' : 'ascending') : nothing
    const { kind, wide } = column
    const cls = classMap({ number: kind === 'number', wide: wide ?? false })
    if (!column.value) return html`<th class=${cls} scope="col">${column.head}</th>`
    return html`<th class=${cls} scope="col" aria-sort=${direction}>
      <button
        type="button"
        @click=${() => {
          this.sorted = nextOrder(this.sorted, column.id, column.kind === 'number')
        }}
      >
        ${column.head}<span class="arrow" aria-hidden="true"
          >${sorted ? (sorted.descending ? '↓' : '↑') : ''}</span
        >
      </button>
    </th>`
  }

  /** One row is in the tab order, the others are reached by arrows (APG, grid). */
  #row(row: Row, entry: string): TemplateResult {
    const key = this.key(row)
    const chosen = key === this.selected
    return html`<tr
      data-key=${key}
      class=${classMap({ open: this.selectable, selected: chosen })}
      tabindex=${this.selectable ? (key === entry ? 0 : -1) : nothing}
      aria-current=${chosen ? 'true' : nothing}
      @click=${() => this.#select(row)}
    >
      ${this.columns.map(
        (column) =>
          html`<td class=${classOf(column)}>
            ${column.cell ? column.cell(row) : (column.value?.(row) ?? '–')}
          </td>`
      )}
    </tr>`
  }

  override render(): TemplateResult {
    const rows = this.#ordered()
    const keys = rows.map(this.key)
    const entry = [this.focused, this.selected].find((key) => keys.includes(key)) ?? keys[0] ?? ''
    return html`<table aria-label=${this.label}>
      <thead>
        <tr>${this.columns.map((column) => this.#head(column))}</tr>
      </thead>
      <tbody @keydown=${this.#key}>
        ${repeat(rows, this.key, (row) => this.#row(row, entry))}
      </tbody>
    </table>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'ns-table': NsTable
  }
}
