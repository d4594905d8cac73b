// Windows become cells of the report: means with intervals, memory, energy, and which cell is best. Pure.

import type { BenchmarkCell, BenchmarkReport, BenchmarkSetting } from '../../contract/index.ts'
import type { BenchmarkRun } from './benchmark-file.ts'
import type { PlannedCell } from './benchmark-plan.ts'
import { mean, measured } from './benchmark-statistics.ts'
import type { BenchmarkWindow } from './benchmark-window.ts'

/** The cells of a run as they stand. */
export function cellsOf(planned: readonly PlannedCell[], run: BenchmarkRun): BenchmarkCell[] {
  return planned.map(({ id, setting, refusal }) => {
    const refused = run.refused[id] ?? refusal
    if (refused !== '') return emptyCell({ id, setting }, 'refused', refused)
    const dropped = run.dropped[id]
    const windows = run.windows[id] ?? []
    if (windows.length === 0) return emptyCell({ id, setting }, 'dropped', dropped ?? NOT_YET)
    const state = dropped === undefined ? 'measured' : 'dropped'
    return { id, setting, state, sentence: dropped ?? '', ...figures(windows) }
  })
}

/** The contract knows no fourth state: a cell without a window yet has nothing to show. */
const NOT_YET = 'Not measured yet.'

function emptyCell(
  { id, setting }: { id: string; setting: BenchmarkSetting },
  state: BenchmarkCell['state'],
  sentence: string
): BenchmarkCell {
  return {
    ...{ id, setting, state, sentence, repeats: 0, throughput: null, shares: null },
    ...{ p50Ms: null, p95Ms: null, p99Ms: null, memoryMb: null, gpuMemoryMb: null },
    ...{ powerW: null, joulesPer1000: null }
  }
}

/** Mean of the figures that are known; null when none is. */
function known(values: readonly (number | null)[]): number | null {
  const numbers = values.flatMap((value) => value ?? [])
  return numbers.length > 0 ? mean(numbers) : null
}

function figures(windows: readonly BenchmarkWindow[]) {
  const throughput = measured(windows.map((window) => window.throughput))
  const powerW = known(windows.map((window) => window.powerW))
  const share = (name: keyof BenchmarkWindow['shares']): number =>
    mean(windows.map(({ shares }) => shares[name]))
  return {
    repeats: windows.length,
    throughput,
    p50Ms: measured(windows.map((window) => window.p50Ms)),
    p95Ms: measured(windows.map((window) => window.p95Ms)),
    p99Ms: measured(windows.map((window) => window.p99Ms)),
    shares: {
      queue: share('queue'),
      copy: share('copy'),
      compute: share('compute'),
      other: share('other')
    },
    memoryMb: known(windows.map((window) => window.memoryMb)),
    gpuMemoryMb: known(windows.map((window) => window.gpuMemoryMb)),
    powerW,
    joulesPer1000:
      powerW !== null && throughput && throughput.value > 0
        ? (powerW * 1000) / throughput.value
        : null
  }
}

type WithCells = Pick<BenchmarkReport, 'cells' | 'latencyGoalMs'>

/** Measured cells whose p95 is within the goal, fastest first. */
export function withinGoal({ cells, latencyGoalMs }: WithCells): BenchmarkCell[] {
  return cells
    .filter(
      ({ state, p95Ms }) => state === 'measured' && p95Ms !== null && p95Ms.value <= latencyGoalMs
    )
    .sort((a, b) => (b.throughput?.value ?? 0) - (a.throughput?.value ?? 0))
}

/**
 * What everything is compared with: single rows on the CPU, one instance, the precision of most bits, since
 * that is the model as it was made, and as many threads as were tried.
 */
export function baselineOf<Cell extends { readonly setting: BenchmarkSetting }>(
  cells: readonly Cell[]
): Cell | undefined {
  const bits = { fp32: 0, fp16: 1, int8: 2, int4: 3 } as const
  return cells
    .filter(
      ({ setting }) => setting.rung === 'cpu' && setting.batch === 1 && setting.instances === 1
    )
    .sort(
      ({ setting: a }, { setting: b }) =>
        bits[a.precision] - bits[b.precision] || b.threads - a.threads
    )[0]
}
