// The rows of a heat grid: neighbours without a number that say the same become one span, and where an arrow
// key leads. Pure.

export interface HeatCell {
  readonly id: string
  /** Decides the shade; null where there is none. */
  readonly value: number | null
  /** The number as printed, or why there is none. */
  readonly text: string
  /** The number is not certain: it is muted, and the shade is a mark at its edge. */
  readonly unsure?: boolean
  /** Set bold: the best. */
  readonly strong?: boolean
}

export interface HeatRow {
  /** Rows with one group stand together under its name. */
  readonly group: string
  readonly label: string
  /** One for each column; null where nothing was asked for. */
  readonly cells: readonly (HeatCell | null)[]
}

export interface HeatSpan {
  readonly cell: HeatCell | null
  /** First column, and how many it covers. */
  readonly column: number
  readonly columns: number
}

/** The cells of a row, with neighbours that have no number and the same words joined. */
export function spansOf({ cells }: HeatRow): readonly HeatSpan[] {
  const spans: HeatSpan[] = []
  for (const [column, cell] of cells.entries()) {
    const last = spans.at(-1)
    const joins =
      last !== undefined &&
      (cell === null
        ? last.cell === null
        : last.cell !== null &&
          cell.value === null &&
          last.cell.value === null &&
          cell.text === last.cell.text)
    if (joins) spans[spans.length - 1] = { ...last, columns: last.columns + 1 }
    else spans.push({ cell, column, columns: 1 })
  }
  return spans
}

const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowRight: [0, 1],
  ArrowLeft: [0, -1],
  ArrowDown: [1, 0],
  ArrowUp: [-1, 0]
}

/**
 * The cell that a key leads to from the one at `row` and `column`; undefined when there is none, and for keys
 * that move nothing. Home and End lead to the ends of the row (APG, grid).
 */
export function cellByKey(
  rows: readonly HeatRow[],
  at: { readonly row: number; readonly column: number },
  key: string
): { row: number; column: number; cell: HeatCell } | undefined {
  const found = (row: number, column: number) => {
    const cell = rows[row]?.cells[column]
    return cell ? { row, column, cell } : undefined
  }
  const here = rows[at.row]
  if (!here) return undefined
  if (key === 'Home' || key === 'End') {
    const column =
      key === 'Home'
        ? here.cells.findIndex((cell) => cell !== null)
        : here.cells.findLastIndex((cell) => cell !== null)
    return found(at.row, column)
  }
  const step = STEPS[key]
  if (!step) return undefined
  const [down, right] = step
  const id = here.cells[at.column]?.id
  let [row, column] = [at.row + down, at.column + right]
  // Over gaps, and out of a span that covers several columns.
  const span = (r: number, c: number): boolean =>
    right !== 0 && spanId(rows[r], c) === spanId(rows[r], at.column) && id !== undefined
  while (rows[row] && column >= 0 && column < here.cells.length) {
    const next = found(row, column)
    if (next && !span(row, column)) return next
    row += down
    column += right
  }
  return undefined
}

/** First column of the span that covers a column. */
const spanId = (row: HeatRow | undefined, column: number): number | undefined =>
  row &&
  spansOf(row).find((span) => column >= span.column && column < span.column + span.columns)?.column
