// One score per row of a table, for pipes and evaluation: the highest among its series, each row judged by
// the rows up to it only.

import type { Table } from '../definition.ts'
import { judgeTable } from './judge-table.ts'

export interface ScoreRow {
  /** Row of the table, from 0. */
  readonly index: number
  /** Text of the time cell; empty without a time column. */
  readonly timestamp: string
  /** 0 usual … 1 never seen; 0.5 is worth an event in any series. */
  readonly score: number
}

/** Scores the rows in stretches, in their order. */
export async function* scoreRows(table: Table): AsyncGenerator<readonly ScoreRow[], void, void> {
  const judged = await judgeTable(table)
  for await (const stretch of judged.rows) {
    yield stretch.map(({ row, time, verdicts }) => ({
      index: row,
      timestamp: time,
      score: verdicts.reduce((most, verdict) => Math.max(most, verdict.score), 0)
    }))
  }
}
