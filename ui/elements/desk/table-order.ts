// The order of a table's rows: by one column, numbers by size, words as people sort them, empty cells
// last in either direction. Pure.

export type CellValue = string | number | null | undefined

export interface Order {
  readonly column: string
  readonly descending: boolean
}

const words = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

const isEmpty = (value: CellValue): boolean => value === null || value === undefined || value === ''

function compare(a: CellValue, b: CellValue): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return words.compare(String(a), String(b))
}

/** Rows in order; rows that are equal keep the order they came in. */
export function orderRows<Row>(
  rows: readonly Row[],
  value: (row: Row) => CellValue,
  descending: boolean
): Row[] {
  return rows.toSorted((left, right) => {
    const [a, b] = [value(left), value(right)]
    if (isEmpty(a) || isEmpty(b)) return Number(isEmpty(a)) - Number(isEmpty(b))
    return descending ? compare(b, a) : compare(a, b)
  })
}

/** What a click on a column's head does: first its natural direction, then the other. */
export function nextOrder(current: Order | null, column: string, startsDescending: boolean): Order {
  if (current?.column !== column) return { column, descending: startsDescending }
  return { column, descending: !current.descending }
}
