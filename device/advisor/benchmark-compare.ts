// Compares two runs cell by cell: faster or slower only where the confidence intervals of the throughput do not
// overlap, else undecided. Pure.

import type { BenchmarkReport, BenchmarkSetting, Measured } from '../../contract/index.ts'
import { dateTime } from './benchmark-figures.ts'
import { compareMeasured, ratio } from './benchmark-statistics.ts'

export interface ComparedCell {
  readonly id: string
  readonly setting: BenchmarkSetting
  readonly before: Measured
  readonly after: Measured
  /** How many times the old throughput the new one is. */
  readonly change: Measured
  readonly p95BeforeMs: Measured | null
  readonly p95AfterMs: Measured | null
  readonly verdict: 'faster' | 'slower' | 'undecided'
}

export interface Comparison {
  /** What was compared and how it came out. */
  readonly sentence: string
  readonly cells: readonly ComparedCell[]
}

const VERDICTS = { larger: 'faster', smaller: 'slower', undecided: 'undecided' } as const

/**
 * Cells that both runs measured, in the order of the new one.
 * @public
 */
export function compareBenchmarks(before: BenchmarkReport, after: BenchmarkReport): Comparison {
  const old = new Map(before.cells.map((cell) => [cell.id, cell]))
  const cells = after.cells.flatMap((cell): ComparedCell[] => {
    const former = old.get(cell.id)
    if (!cell.throughput || !former?.throughput) return []
    return [
      {
        id: cell.id,
        setting: cell.setting,
        before: former.throughput,
        after: cell.throughput,
        change: ratio(cell.throughput, former.throughput),
        p95BeforeMs: former.p95Ms,
        p95AfterMs: cell.p95Ms,
        verdict: VERDICTS[compareMeasured(cell.throughput, former.throughput)]
      }
    ]
  })
  return { sentence: sentenceOf(before, after, cells), cells }
}

function sentenceOf(
  before: BenchmarkReport,
  after: BenchmarkReport,
  cells: readonly ComparedCell[]
): string {
  const run = `the run of ${dateTime(before.startedAt)}`
  if (cells.length === 0) return `No setting was measured both now and in ${run}.`
  const count = (verdict: ComparedCell['verdict']): number =>
    cells.filter((cell) => cell.verdict === verdict).length
  const name = ({ model, version }: BenchmarkReport): string => `${model} ${version}`
  const what = name(before) === name(after) ? '' : ` of ${name(before)}`
  const elsewhere =
    before.machine.cpu === after.machine.cpu &&
    before.machine.gpus.join() === after.machine.gpus.join()
      ? ''
      : ' The machines differ.'
  const shape =
    before.shape === after.shape
      ? ''
      : ` The rows differ: ${before.shape} then, ${after.shape} now.`
  return `Against ${run}${what}: ${count('faster')} settings are faster, ${count('slower')} slower, ${count('undecided')} undecided.${elsewhere}${shape}`
}
