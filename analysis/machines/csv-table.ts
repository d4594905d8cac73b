// Reads a table from the bytes of a CSV file as they come: header row, then rows of text cells. Comma,
// semicolon and tab are told apart by the header. Streaming: a row is passed on before the next is read.

import { Readable } from 'node:stream'
import { type CsvError, type Parser, parse } from 'csv-parse'
import { NearsideError } from '../../contract/index.ts'
import type { Table } from '../definition.ts'
import { cellNumber, looksLikeTime } from './table-columns.ts'

/** Rows handed on at once. */
const STRETCH_ROWS = 500
/** A longer row is no row: the quotes are broken or it is no table. */
const MOST_ROW_CHARACTERS = 1_000_000
/** So much of the beginning decides about the separator and whether it is text at all. */
const PEEK_CHARACTERS = 64 * 1024

/**
 * Opens a CSV table; `name` is how errors call the input.
 * @throws NearsideError NS_INPUT_EMPTY, NS_INPUT_BINARY, NS_INPUT_ENCODING, NS_INPUT_FORMAT
 */
export async function csvTable(
  bytes: AsyncIterable<Uint8Array>,
  options: { readonly name: string }
): Promise<Table> {
  const { name } = options
  const text = decoded(bytes, name)
  const head = await takeHead(text)
  if (head.trim() === '')
    throw new NearsideError('NS_INPUT_EMPTY', `${name} is empty; give a table with a header row.`)
  const parser = parse({
    delimiter: separator(head),
    bom: true,
    trim: true,
    skip_empty_lines: true,
    relax_column_count: true,
    relax_quotes: true,
    max_record_size: MOST_ROW_CHARACTERS
  })
  const source = Readable.from(rejoined(head, text))
  source.on('error', (error) => parser.destroy(error))
  source.pipe(parser)
  const records = parser[Symbol.asyncIterator]() as AsyncIterator<string[]>
  const first = await nextRecord(records, parser, name)
  if (first === null)
    throw new NearsideError(
      'NS_INPUT_EMPTY',
      `${name} holds no row; give a table with a header row.`
    )
  return { columns: header(first, name), rows: stretches(records, parser, name) }
}

/** Names of the columns; numbers and times alone in the first row mean that the header is missing. */
function header(cells: readonly string[], name: string): string[] {
  const filled = cells.filter((cell) => cell !== '')
  if (filled.length > 0 && filled.every((cell) => cellNumber(cell) !== null || looksLikeTime(cell)))
    throw new NearsideError(
      'NS_INPUT_FORMAT',
      `The first row of ${name} holds numbers; put the names of the columns there.`
    )
  const seen = new Map<string, number>()
  return cells.map((cell, column) => {
    const base = cell || `column ${column + 1}`
    const times = (seen.get(base) ?? 0) + 1
    seen.set(base, times)
    return times === 1 ? base : `${base} (${times})`
  })
}

async function* stretches(
  records: AsyncIterator<string[]>,
  parser: Parser,
  name: string
): AsyncGenerator<string[][]> {
  try {
    let rows: string[][] = []
    for (;;) {
      const row = await nextRecord(records, parser, name)
      if (row) rows.push(row)
      if (rows.length >= STRETCH_ROWS || (row === null && rows.length > 0)) {
        yield rows
        rows = []
      }
      if (row === null) return
    }
  } finally {
    parser.destroy()
  }
}

/** The next row; null at the end. */
async function nextRecord(
  records: AsyncIterator<string[]>,
  parser: Parser,
  name: string
): Promise<string[] | null> {
  try {
    const next = await records.next()
    return next.done ? null : next.value
  } catch (error) {
    if (error instanceof NearsideError) throw error
    if (!(error as Partial<CsvError>).code?.startsWith('CSV_')) throw error
    const line = parser.info.lines
    throw new NearsideError(
      'NS_INPUT_FORMAT',
      `${name} cannot be read as a table near line ${line}; check its quotes and separators.`,
      { cause: error }
    )
  }
}

async function* decoded(bytes: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const decode = (chunk?: Uint8Array): string => {
    try {
      return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode()
    } catch (cause) {
      throw new NearsideError(
        'NS_INPUT_ENCODING',
        `${name} is not valid UTF-8; save it as UTF-8 and try again.`,
        { cause }
      )
    }
  }
  for await (const chunk of bytes) {
    if (chunk.includes(0))
      throw new NearsideError(
        'NS_INPUT_BINARY',
        `${name} is a binary file; give a table as CSV text.`
      )
    yield decode(chunk)
  }
  yield decode()
}

async function takeHead(text: AsyncGenerator<string>): Promise<string> {
  let head = ''
  while (head.length < PEEK_CHARACTERS && !/\S[^\n]*\n/.test(head)) {
    const next = await text.next()
    if (next.done) break
    head += next.value
  }
  return head
}

async function* rejoined(head: string, text: AsyncGenerator<string>): AsyncGenerator<string> {
  yield head
  yield* text
}

/** The separator that occurs most often in the header row. */
function separator(head: string): string {
  const line = /\S[^\n]*/.exec(head)?.[0] ?? ''
  const count = (mark: string): number => line.split(mark).length
  return [',', ';', '\t'].reduce((best, mark) => (count(mark) > count(best) ? mark : best))
}
