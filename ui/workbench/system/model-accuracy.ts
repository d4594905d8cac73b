// The accuracy of a model's precisions next to FP32, as the rows and columns of a table. Pure.

import type { DeviceModel } from '../../api/index.ts'
import type { Column } from '../../elements/index.ts'
import { formatNumber, msg, str } from '../../i18n/index.ts'

export interface AccuracyRow {
  readonly dataset: string
  readonly metric: string
  readonly fp32: number
  readonly values: ReadonlyMap<string, number>
}

/** One row for each data set and measure, with all precisions in it. */
export function accuracyRows(accuracy: DeviceModel['accuracy']): readonly AccuracyRow[] {
  const rows = new Map<
    string,
    { dataset: string; metric: string; fp32: number; values: Map<string, number> }
  >()
  for (const { dataset, metric, fp32, precision, value } of accuracy) {
    const key = `${dataset} ${metric}`
    const row = rows.get(key) ?? { dataset, metric, fp32, values: new Map() }
    row.values.set(precision, value)
    rows.set(key, row)
  }
  return [...rows.values()]
}

const score = (
  id: string,
  head: string,
  value: (row: AccuracyRow) => number | undefined
): Column<AccuracyRow> => ({
  id,
  head,
  kind: 'number',
  value,
  cell: (row) => formatNumber(value(row), 4)
})

/** A column for each precision, FP32, and what the precision in use loses. */
export function accuracyColumns({
  accuracy,
  precision
}: Pick<DeviceModel, 'accuracy' | 'precision'>): readonly Column<AccuracyRow>[] {
  const precisions = [...new Set(accuracy.map((found) => found.precision))]
  const difference = (row: AccuracyRow): number | undefined => {
    const own = row.values.get(precision)
    return own === undefined ? undefined : own - row.fp32
  }
  return [
    { id: 'dataset', head: msg('Data'), kind: 'strong', value: ({ dataset }) => dataset },
    { id: 'metric', head: msg('Measure'), value: ({ metric }) => metric },
    ...precisions.map((found) => ({
      ...score(found, found.toUpperCase(), ({ values }) => values.get(found)),
      wide: found !== precision
    })),
    { ...score('fp32', 'FP32', ({ fp32 }) => fp32), wide: true },
    {
      ...score('difference', msg(str`${precision.toUpperCase()} less FP32`), difference),
      cell: (row) => {
        const value = difference(row)
        return `${value !== undefined && value > 0 ? '+' : ''}${formatNumber(value, 4)}`
      }
    }
  ]
}
