// The columns of a benchmark's table: every setting with all of its figures, or why it has none.

import type { BenchmarkCell, Measured } from '../../api/index.ts'
import type { Column } from '../../elements/index.ts'
import { formatNumber, msg } from '../../i18n/index.ts'
import { figureWords, intervalWords, placeWords } from './benchmark-words.ts'

const figure = (
  id: string,
  head: string,
  of: (cell: BenchmarkCell) => Measured | null
): Column<BenchmarkCell> => ({
  id,
  head,
  kind: 'number',
  value: (cell) => of(cell)?.value,
  cell: (cell) => {
    const found = of(cell)
    return found ? `${figureWords(found.value)} ${intervalWords(found)}` : '–'
  }
})

const plain = (
  id: string,
  head: string,
  of: (cell: BenchmarkCell) => number | null
): Column<BenchmarkCell> => ({
  id,
  head,
  kind: 'number',
  value: of,
  cell: (cell) => formatNumber(of(cell))
})

/** Place and setting, speed, latency, power and memory. */
export const cellColumns = (): readonly Column<BenchmarkCell>[] => [
  {
    id: 'place',
    head: msg('Rung'),
    kind: 'fit',
    value: ({ setting }) => placeWords(setting)
  },
  {
    id: 'precision',
    head: msg('Precision'),
    kind: 'fit',
    value: ({ setting }) => setting.precision.toUpperCase()
  },
  plain('batch', msg('Batch'), ({ setting }) => setting.batch),
  plain('instances', msg('Instances'), ({ setting }) => setting.instances),
  figure('rate', msg('Rows/s'), ({ throughput }) => throughput),
  figure('p50', msg('p50, ms'), ({ p50Ms }) => p50Ms),
  figure('p95', msg('p95, ms'), ({ p95Ms }) => p95Ms),
  figure('p99', msg('p99, ms'), ({ p99Ms }) => p99Ms),
  plain('power', 'W', ({ powerW }) => powerW),
  plain('memory', msg('Memory, MB'), ({ memoryMb }) => memoryMb),
  { id: 'why', head: msg('Remark'), kind: 'fit', value: ({ sentence }) => sentence }
]
