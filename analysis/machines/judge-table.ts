// Runs one detector per number column over a table, row by row: the common core of the report and of the
// score rows. Streaming: a row is judged before the next is read, the sample that types the columns aside.

import { NearsideError } from '../../contract/index.ts'
import type { Table } from '../definition.ts'
import { DEFAULT_DETECTOR, SeriesDetector, type Verdict } from './series-detector.ts'
import {
  cellNumber,
  classifyColumns,
  isMissing,
  looksLikeTime,
  type TableColumns
} from './table-columns.ts'

export interface JudgedSeries {
  readonly name: string
  readonly column: number
  /** Cells that hold text where numbers are expected. */
  unreadable: number
}

export interface JudgedRow {
  /** From 0. */
  readonly row: number
  /** Text of the time cell; empty without a time column. */
  readonly time: string
  readonly values: readonly (number | null)[]
  readonly verdicts: readonly Verdict[]
}

export interface JudgedTable {
  readonly timeColumn: string | null
  readonly series: readonly JudgedSeries[]
  readonly otherColumns: readonly string[]
  readonly rows: AsyncGenerator<readonly JudgedRow[], void, void>
}

/** Rows that decide what a column holds. */
const SAMPLE_ROWS = 200
/** More series than this are a data matrix rather than machine signals. */
const MOST_SERIES = 2000
/** Up to this many series look back on the full history; more share the same memory. */
const FULL_HISTORY_SERIES = 64

/**
 * Opens a table for judging. Scores of a prefix of at least the sample's 200 rows equal those of the whole.
 * @throws NearsideError NS_INPUT_EMPTY without rows, NS_INPUT_FORMAT without a number column
 */
export async function judgeTable(table: Table): Promise<JudgedTable> {
  const names = columnNames(table.columns)
  const stretches = table.rows[Symbol.asyncIterator]()
  const sample: (readonly string[])[] = []
  while (sample.length < SAMPLE_ROWS) {
    const next = await stretches.next()
    if (next.done) break
    for (const row of next.value) sample.push(row)
  }
  if (sample.length === 0)
    throw new NearsideError(
      'NS_INPUT_EMPTY',
      'The table has a header but no rows; add at least one row of values.'
    )
  const columns = classifyColumns(table.columns.length, sample.slice(0, SAMPLE_ROWS))
  checkSeries(columns, names)
  const name = (column: number): string => names[column] ?? ''
  const series = columns.series.map((column) => ({ name: name(column), column, unreadable: 0 }))
  return {
    timeColumn: columns.time === null ? null : name(columns.time),
    series,
    otherColumns: columns.other.map(name),
    rows: judgeRows({ series, time: columns.time, sample, stretches })
  }
}

/** Names that tell the columns apart; numbers and times alone mean that the header row is missing. */
function columnNames(header: readonly string[]): string[] {
  const filled = header.filter((cell) => cell !== '')
  if (filled.length > 0 && filled.every((cell) => cellNumber(cell) !== null || looksLikeTime(cell)))
    throw new NearsideError(
      'NS_INPUT_FORMAT',
      'The first row of the table holds values; put the names of the columns there.'
    )
  const seen = new Map<string, number>()
  return header.map((cell, column) => {
    const name = cell || `column ${column + 1}`
    const times = (seen.get(name) ?? 0) + 1
    seen.set(name, times)
    return times === 1 ? name : `${name} (${times})`
  })
}

function checkSeries(columns: TableColumns, names: readonly string[]): void {
  if (columns.series.length === 0)
    throw new NearsideError(
      'NS_INPUT_FORMAT',
      `None of the ${names.length} columns holds numbers; give a table with a header row, comma between cells and a point in decimals.`
    )
  if (columns.series.length > MOST_SERIES)
    throw new NearsideError(
      'NS_INPUT_FORMAT',
      `The table has ${columns.series.length} number columns; at most ${MOST_SERIES} can be watched at once, so split it.`
    )
}

interface Judging {
  readonly series: readonly JudgedSeries[]
  readonly time: number | null
  readonly sample: readonly (readonly string[])[]
  readonly stretches: AsyncIterator<readonly (readonly string[])[]>
}

async function* judgeRows(judging: Judging): AsyncGenerator<readonly JudgedRow[], void, void> {
  const { series, time, sample, stretches } = judging
  const share = Math.min(1, FULL_HISTORY_SERIES / series.length)
  const history = Math.max(256, Math.floor(DEFAULT_DETECTOR.history * share))
  const detectors = series.map(() => new SeriesDetector({ history }))
  let row = 0
  const judge = (cells: readonly string[]): JudgedRow => {
    const values = series.map((one) => cellValue(one, cells[one.column]))
    const verdicts = values.map((value, i) => (detectors[i] as SeriesDetector).step(value))
    const at = time === null ? '' : (cells[time]?.trim() ?? '')
    return { row: row++, time: at, values, verdicts }
  }
  yield sample.map(judge)
  for (let next = await stretches.next(); !next.done; next = await stretches.next())
    yield next.value.map(judge)
}

function cellValue(series: JudgedSeries, cell: string | undefined): number | null {
  const value = cellNumber(cell)
  if (value === null && !isMissing(cell)) series.unreadable++
  return value
}
