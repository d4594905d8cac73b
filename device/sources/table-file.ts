// A table in delimited text: column names from the first row, then rows in stretches, with constant memory. The
// delimiter is taken from the header. What the cells mean is the analysis's business.

import { pipeline, Transform } from 'node:stream'
import type { Table } from '../../analysis/index.ts'
import { NearsideError } from '../../contract/errors.ts'
import { encodingOf } from './file-kind.ts'

/** Rows handed on at a time. */
const STRETCH_ROWS = 512
/** A header longer than this is no header, bytes. */
const HEADER_BYTES = 1024 * 1024
const DELIMITERS = [',', ';', '\t', '|'] as const

interface TableSource {
  /** Name for sentences about what is wrong. */
  readonly name: string
}

/**
 * Opens a table: resolves once its header is read.
 * @throws NearsideError NS_INPUT_EMPTY, NS_INPUT_BINARY, NS_INPUT_ENCODING, NS_INPUT_FORMAT; damage further
 * down is thrown while the rows are read
 * @public
 */
export async function readTable(
  chunks: AsyncIterable<Uint8Array>,
  { name }: TableSource
): Promise<Table> {
  const bytes = chunks[Symbol.asyncIterator]()
  const { head, header } = await readHeader(bytes, name)
  const { parse } = await import('csv-parse')
  const parser = parse({
    delimiter: delimiterOf(header),
    bom: true,
    trim: true,
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: HEADER_BYTES
  })
  pipeline(rejoin(head, bytes), decoded(encodingOf(head), name), parser, () => undefined) // its error comes out of the parser
  const records = parser[Symbol.asyncIterator]() as AsyncIterableIterator<string[]>
  const first = await records.next().catch((error: unknown) => Promise.reject(damaged(error, name)))
  const columns: string[] = first.done ? [] : first.value
  if (columns.every((column) => column === '')) throw empty(name)
  return { columns, rows: stretches(records, columns.length, name) }
}

async function* stretches(
  records: AsyncIterableIterator<string[]>,
  width: number,
  name: string
): AsyncGenerator<string[][]> {
  let stretch: string[][] = []
  let line = 1
  try {
    for await (const record of records) {
      line += 1
      if (record.length !== width) throw wrongWidth({ name, line, width, found: record.length })
      stretch.push(record)
      if (stretch.length < STRETCH_ROWS) continue
      yield stretch
      stretch = []
    }
  } catch (error) {
    throw damaged(error, name)
  }
  if (stretch.length > 0) yield stretch
}

/** Reads up to the end of the first line. */
async function readHeader(
  bytes: AsyncIterator<Uint8Array>,
  name: string
): Promise<{ head: Buffer; header: string }> {
  let head = Buffer.alloc(0)
  while (!head.includes(10)) {
    const next = await bytes.next()
    if (next.done) break
    head = Buffer.concat([head, next.value])
    if (encodingOf(head) === 'utf-8' && head.includes(0))
      throw new NearsideError(
        'NS_INPUT_BINARY',
        `${name} is a binary file; give a table as delimited text, such as CSV.`
      )
    if (head.length > HEADER_BYTES)
      throw new NearsideError(
        'NS_INPUT_FORMAT',
        `${name} has no line end in its first mebibyte; give a table with a header row.`
      )
  }
  if (head.toString('latin1').trim() === '') throw empty(name)
  const end = head.indexOf(10)
  const line = head.subarray(0, end < 0 ? head.length : end)
  return { head, header: new TextDecoder(encodingOf(head)).decode(line) }
}

async function* rejoin(head: Buffer, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
}

/** Passes text on and stops at the first byte that is no character. */
function decoded(encoding: ReturnType<typeof encodingOf>, name: string): Transform {
  const decoder = new TextDecoder(encoding, { fatal: true })
  const decode = (
    chunk: Uint8Array | undefined,
    done: (error: Error | null, text?: string) => void
  ): void => {
    try {
      done(null, chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode())
    } catch {
      done(
        new NearsideError(
          'NS_INPUT_ENCODING',
          `${name} is not valid UTF-8; convert it and try again.`
        )
      )
    }
  }
  return new Transform({
    transform: (chunk: Uint8Array, _, done) => decode(chunk, done),
    flush: (done) => decode(undefined, done)
  })
}

/** The delimiter that the header holds most of. */
function delimiterOf(header: string): string {
  const counts = DELIMITERS.map((delimiter) => header.split(delimiter).length)
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ','
}

function empty(name: string): NearsideError {
  return new NearsideError(
    'NS_INPUT_EMPTY',
    `${name} is empty; give a table with a header row and at least one row of values.`
  )
}

interface WrongWidth {
  readonly name: string
  readonly line: number
  readonly width: number
  readonly found: number
}

function wrongWidth({ name, line, width, found }: WrongWidth): NearsideError {
  return new NearsideError(
    'NS_INPUT_FORMAT',
    `${name}: row ${line} has ${found} cells where the header has ${width}; mend the row.`
  )
}

function damaged(error: unknown, name: string): NearsideError {
  if (error instanceof NearsideError) return error
  return new NearsideError(
    'NS_INPUT_FORMAT',
    `${name} is no well-formed table: ${String((error as Error).message).split('\n', 1)[0]}; mend it.`,
    { cause: error }
  )
}
