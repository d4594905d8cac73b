// The list of benchmarks as it was read, with what the device has told since. Pure.

import type { BenchmarkSummary } from '../../api/index.ts'
import type { WorkbenchState } from '../workbench-state.ts'

/** Newest first; what was told is never older than what was read. */
export function liveRuns(
  read: readonly BenchmarkSummary[],
  told: WorkbenchState['benchmarks']
): readonly BenchmarkSummary[] {
  const untold = read.filter(({ id }) => !told.has(id))
  const news = [...told.values()].filter((run) => run !== null)
  return [...untold, ...news].toSorted((a, b) => b.startedAt - a.startedAt)
}
