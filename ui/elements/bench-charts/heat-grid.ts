// Amounts over two things at once as a grid: the shade says the size on a logarithmic scale, and every number
// is printed. It is a real table, so it needs no other; one cell is selected, arrows walk.

import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import { formatNumber, msg } from '../../i18n/index.ts'
import { heatStep } from '../scale.ts'
import { shared } from '../shared.styles.ts'
import { styles } from './heat-grid.styles.ts'
import { cellByKey, type HeatCell, type HeatRow, type HeatSpan, spansOf } from './heat-rows.ts'

/** Fires `ns-select` with the id of a cell chosen by pointer or arrow keys. */
@customElement('ns-heat-grid')
export class NsHeatGrid extends LitElement {
  static override styles = [shared, styles]

  @property({ attribute: false }) rows: readonly HeatRow[] = []
  /** Heads of the columns. */
  @property({ attribute: false }) columns: readonly string[] = []
  /** What is shown; spoken. */
  @property() label = ''
  /** What the rows and the columns are. */
  @property({ attribute: 'row-head' }) rowHead = ''
  @property({ attribute: 'column-head' }) columnHead = ''
  /** Decimals of the two ends of the scale. */
  @property({ type: Number }) decimals = 0
  @property() selected = ''

  #tell(id: string): void {
    this.selected = id
    this.dispatchEvent(new CustomEvent('ns-select', { detail: id, bubbles: true, composed: true }))
  }

  readonly #key = (event: KeyboardEvent): void => {
    const cell = (event.target as Element).closest<HTMLElement>('[data-column]')
    if (!cell) return
    const row = Number(cell.dataset['row'])
    // Inside a span the column that was walked down is kept.
    const kept = this.rows[row]?.cells.findIndex((found) => found?.id === this.selected) ?? -1
    const at = { row, column: kept < 0 ? Number(cell.dataset['column']) : kept }
    const next = cellByKey(this.rows, at, event.key)
    if (!next) return
    event.preventDefault()
    this.#tell(next.cell.id)
    void this.updateComplete.then(() =>
      this.renderRoot.querySelector<HTMLElement>('[tabindex="0"]')?.focus()
    )
  }

  #range(): { min: number; max: number } {
    const values = this.rows
      .flatMap(({ cells }) => cells)
      .flatMap((cell) => (cell?.value === null || cell === null ? [] : [cell.value]))
    return values.length === 0
      ? { min: 0, max: 0 }
      : { min: Math.min(...values), max: Math.max(...values) }
  }

  #cell({ cell, column, columns }: HeatSpan, row: number, entry: string): TemplateResult {
    if (!cell) return html`<td colspan=${columns} class="none">–</td>`
    const { min, max } = this.#range()
    const step = cell.value === null ? 0 : heatStep(cell.value, min, max)
    const covered = this.rows[row]?.cells.slice(column, column + columns) ?? []
    const inside = (id: string): boolean => covered.some((found) => found?.id === id)
    const kind = cell.value === null ? 'words' : `s${step} ${cell.unsure ? 'unsure' : 'sure'}`
    return html`<td
      role="gridcell"
      colspan=${columns}
      class="${kind} ${cell.strong ? 'strong' : ''}"
      data-row=${row}
      data-column=${column}
      title=${cell.value === null ? cell.text : nothing}
      tabindex=${inside(entry) ? 0 : -1}
      aria-selected=${inside(this.selected)}
      @click=${() => this.#tell(cell.id)}
    >
      <span>${cell.text}</span>
    </td>`
  }

  #row(row: HeatRow, index: number, entry: string): TemplateResult {
    const { group } = row
    const first = this.rows[index - 1]?.group !== group
    const following = this.rows.slice(index).findIndex((other) => other.group !== group)
    const count = following < 0 ? this.rows.length - index : following
    return html`<tr class=${first ? 'first' : ''} role="row">
      ${first ? html`<th class="group ${index + count === this.rows.length ? 'last' : ''}" scope="rowgroup" role="rowheader" rowspan=${count}>${group}</th>` : nothing}
      <th scope="row" role="rowheader">${row.label}</th>
      ${spansOf(row).map((span) => this.#cell(span, index, entry))}
    </tr>`
  }

  #legend(): TemplateResult | typeof nothing {
    const { min, max } = this.#range()
    if (max <= 0) return nothing
    return html`<p class="legend">
      ${formatNumber(min, this.decimals)}<span aria-hidden="true"
        >${[1, 2, 3, 4, 5, 6, 7].map((step) => html`<i class="s${step}"></i>`)}</span
      >${formatNumber(max, this.decimals)}, ${msg('logarithmic')}
    </p>`
  }

  /** The cell that the tab key reaches: the selected one, else the first. */
  #entry(): HeatCell | undefined {
    const cells = this.rows.flatMap(({ cells }) => cells).filter((cell) => cell !== null)
    return cells.find(({ id }) => id === this.selected) ?? cells[0]
  }

  override render(): TemplateResult {
    const entry = this.#entry()?.id ?? ''
    return html`<div class="scroll">
        <table role="grid" aria-label=${this.label} @keydown=${this.#key}>
          <colgroup>
            <col class="groups" />
            <col class="labels" />
            ${this.columns.map(() => html`<col />`)}
          </colgroup>
          <thead>
            <tr role="row">
              <th colspan="2" scope="col" role="columnheader">${this.rowHead}</th>
              <th class="over" colspan=${this.columns.length} role="columnheader">${this.columnHead}</th>
            </tr>
            <tr role="row">
              <td colspan="2" role="gridcell"></td>
              ${this.columns.map((head) => html`<th scope="col" role="columnheader">${head}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${this.rows.map((row, index) => this.#row(row, index, entry))}
          </tbody>
        </table>
      </div>
      ${this.#legend()}`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'ns-heat-grid': NsHeatGrid
  }
}
