// The handle that every table class works through: the whole store, or one open transaction of it.

import type { Kysely, Transaction } from 'kysely'
import type { Tables } from './tables.ts'

/** A table class cannot tell which of the two it has, and need not. */
export type QueryHandle = Kysely<Tables> | Transaction<Tables>

/** Rows in one insert: SQLite takes 32,766 parameters, and the widest table has eight columns. */
const ROWS_PER_INSERT = 500

/** Cuts rows into stretches that one insert can hold. */
export function* inChunks<Row>(rows: readonly Row[]): Generator<Row[]> {
  for (let from = 0; from < rows.length; from += ROWS_PER_INSERT)
    yield rows.slice(from, from + ROWS_PER_INSERT)
}
