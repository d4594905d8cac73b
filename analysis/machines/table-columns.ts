// Tells from the cells, never from the names, which column of a table holds the time, which hold numbers,
// and which hold something else.

/** Cells that mean "no value" in exports of historians, spreadsheets and pandas. */
const MISSING = /^(?:|na|n\/a|nan|null|none|nil|-|--|\?|#n\/a|inf|-inf|infinity|-infinity)$/i
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i
const DATE = /^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:[T ]\d{1,2}:\d{2}|$)/
const DAY_FIRST = /^\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}(?:[T ,]+\d{1,2}:\d{2}|$)/
const CLOCK = /^\d{1,2}:\d{2}:\d{2}/

/** A column with fewer readable numbers than this among its filled cells is text. */
const NUMERIC_SHARE = 0.8

export interface TableColumns {
  /** Index of the time column; null when no column reads as time. */
  readonly time: number | null
  /** Indices of the number columns. */
  readonly series: readonly number[]
  /** Indices of the columns that hold neither. */
  readonly other: readonly number[]
}

/** The number in a cell; null when the cell is empty or no finite number. */
export function cellNumber(cell: string | undefined): number | null {
  const text = cell?.trim() ?? ''
  if (!NUMBER.test(text)) return null
  const value = Number(text)
  return Number.isFinite(value) ? value : null
}

export function isMissing(cell: string | undefined): boolean {
  return MISSING.test(cell?.trim() ?? '')
}

/** Sorts the columns by what the sampled rows hold. */
export function classifyColumns(width: number, rows: readonly (readonly string[])[]): TableColumns {
  const cells = Array.from({ length: width }, (_, column) => {
    return rows.map((row) => row[column]?.trim() ?? '').filter((cell) => !isMissing(cell))
  })
  const time = timeColumn(cells)
  const series: number[] = []
  const other: number[] = []
  cells.forEach((filled, column) => {
    if (column === time) return
    const numbers = filled.filter((cell) => cellNumber(cell) !== null).length
    // A column that is empty so far may be a sensor that starts later.
    const numeric = filled.length === 0 || numbers >= NUMERIC_SHARE * filled.length
    ;(numeric ? series : other).push(column)
  })
  return { time, series, other }
}

function timeColumn(columns: readonly (readonly string[])[]): number | null {
  const dated = columns.findIndex((cells) => cells.length > 0 && cells.every(looksLikeTime))
  if (dated >= 0) return dated
  const epoch = columns.findIndex(isEpoch)
  if (epoch >= 0) return epoch
  // A first column that counts in equal steps is an axis, not a measurement.
  const [first, ...rest] = columns
  return first && rest.length > 0 && countsEvenly(first) ? 0 : null
}

/** True for a date, a date with time, or a time of day. */
export function looksLikeTime(cell: string): boolean {
  return DATE.test(cell) || DAY_FIRST.test(cell) || CLOCK.test(cell)
}

/** Seconds or milliseconds since 1970, between 1990 and 2100, never falling. */
function isEpoch(cells: readonly string[]): boolean {
  if (cells.length < 3) return false
  const times = cells.map((cell) => cellNumber(cell) ?? Number.NaN)
  const scale = (times[0] ?? 0) > 1e11 ? 1000 : 1
  return (
    times.every((time, i) => {
      const seconds = time / scale
      return seconds > 631e6 && seconds < 4.1e9 && (i === 0 || time >= (times[i - 1] ?? 0))
    }) && times[0] !== times.at(-1)
  )
}

function countsEvenly(cells: readonly string[]): boolean {
  if (cells.length < 3) return false
  const numbers = cells.map((cell) => cellNumber(cell) ?? Number.NaN)
  const step = (numbers[1] ?? 0) - (numbers[0] ?? 0)
  const close = 1e-6 * Math.abs(step)
  return (
    step > 0 &&
    numbers.every((value, i) => {
      return i === 0 || Math.abs(value - (numbers[i - 1] ?? 0) - step) <= close
    })
  )
}
