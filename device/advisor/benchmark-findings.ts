// Says in sentences what a benchmark found: which setting to take, what the GPU gains, what batches and
// precision gain, and what the figures do not tell. Pure; every number comes with its interval where it has one.

import type { BenchmarkCell, BenchmarkReport, Measured } from '../../contract/index.ts'
import { baselineOf, withinGoal } from './benchmark-cells.ts'
import { exact, figure, range, times } from './benchmark-figures.ts'
import type { BenchmarkRun } from './benchmark-file.ts'
import { rungName, settingName } from './benchmark-plan.ts'
import { compareMeasured, FEWEST_REPEATS, ratio } from './benchmark-statistics.ts'

/** U+202F between a figure and its unit. */
const THIN = '\u202f'

type Report = Omit<BenchmarkReport, 'findings'>

/** Sentences for the head of the report, the most useful first; each stands alone. */
export function findingsOf(report: Report, run: Pick<BenchmarkRun, 'powerSource'>): string[] {
  const measuredCells = report.cells.filter(({ throughput }) => throughput !== null)
  if (measuredCells.length === 0) return ['No setting has been measured yet.']
  const fast = withinGoal(report)
  const [best] = fast
  return [
    ...(best ? bestSetting(best, report) : [noneMeetsGoal(report, measuredCells)]),
    ...gpuGain(report, fast),
    ...(best ? againstSingleRows(best, report) : []),
    ...precisionGain(report),
    ...energy(report, fast, run.powerSource),
    ...carrying(best),
    ...undecided(fast),
    ...fewRepeats(measuredCells)
  ]
}

const rate = (value: Measured): string => `${range(value)} rows a second`

function bestSetting(best: BenchmarkCell, { latencyGoalMs }: Report): string[] {
  if (!best.throughput || !best.p95Ms) return []
  const p95 = `${figure(best.p95Ms.value)}${THIN}ms`
  return [
    `Take ${settingName(best.setting)}: ${rate(best.throughput)}, and 95 of 100 batches answered within ${p95}, where the goal is ${exact(latencyGoalMs)}${THIN}ms.`
  ]
}

function noneMeetsGoal({ latencyGoalMs }: Report, cells: readonly BenchmarkCell[]): string {
  const quickest = cells.reduce((a, b) =>
    (b.p95Ms?.value ?? Number.POSITIVE_INFINITY) < (a.p95Ms?.value ?? Number.POSITIVE_INFINITY)
      ? b
      : a
  )
  return `No setting answers 95 of 100 batches within the goal of ${exact(latencyGoalMs)}${THIN}ms; the nearest is ${settingName(quickest.setting)} with ${figure(quickest.p95Ms?.value ?? 0)}${THIN}ms.`
}

const onGpu = ({ setting }: BenchmarkCell): boolean => setting.rung !== 'cpu'

/** What the GPU gains over the best that the CPU does within the same goal, or why that is not known. */
function gpuGain({ cells }: Report, fast: readonly BenchmarkCell[]): string[] {
  const asked = cells.filter(onGpu)
  if (asked.length === 0) return []
  const gpu = fast.find(onGpu)
  const cpu = fast.find((cell) => !onGpu(cell))
  if (!asked.some(({ throughput }) => throughput !== null)) {
    return [`What a GPU would gain was not measured. ${reasonsOf(asked).join(' ')}`]
  }
  if (!gpu?.throughput)
    return ['The GPU was measured, but in none of its settings does it meet the goal.']
  if (!cpu?.throughput) return [`Only the GPU meets the goal: ${settingName(gpu.setting)}.`]
  const gain = ratio(gpu.throughput, cpu.throughput)
  const how = `the best GPU setting (${settingName(gpu.setting)}) against the best CPU setting (${settingName(cpu.setting)}), both within the goal`
  const verdict = compareMeasured(gpu.throughput, cpu.throughput)
  if (verdict === 'smaller')
    return [`The GPU gains nothing here: ${times(gain)} the throughput, ${how}.`]
  const doubt = verdict === 'undecided' ? ' The intervals overlap, so this is not certain.' : ''
  return [`The GPU gives ${times(gain)} the throughput: ${how}.${doubt}`, ...moreGpus(fast)]
}

/**
 * For each rung why it did not run, rungs of one reason together; a precision that the bundle lacks says less than
 * what stopped the others.
 */
function reasonsOf(cells: readonly BenchmarkCell[]): string[] {
  const rungs = [...Map.groupBy(cells, ({ setting }) => setting.rung)].map(([rung, all]) => {
    const sentences = [...new Set(all.map(({ sentence }) => sentence))]
    const telling = sentences.filter((sentence) => !/ has no \w+ variant for /.test(sentence))
    return { rung, said: (telling.length > 0 ? telling : sentences)[0] ?? '' }
  })
  return [...Map.groupBy(rungs, ({ said }) => said)].map(
    ([said, same]) => `${same.map(({ rung }) => rungName(rung)).join(' and ')}: ${said}`
  )
}

/** What more than one GPU adds. */
function moreGpus(fast: readonly BenchmarkCell[]): string[] {
  const several = fast.find(({ setting }) => setting.gpus > 1)
  const one = fast.find(({ setting }) => setting.gpus === 1)
  if (!several?.throughput || !one?.throughput) return []
  const gain = ratio(several.throughput, one.throughput)
  return [
    `${several.setting.gpus} GPUs give ${times(gain)} the throughput of one: ${settingName(several.setting)} against ${settingName(one.setting)}.`
  ]
}

function againstSingleRows(best: BenchmarkCell, { cells, latencyGoalMs }: Report): string[] {
  const base = baselineOf(cells.filter(({ throughput }) => throughput !== null))
  if (!best.throughput || !base?.throughput || base.id === best.id) return []
  // Said already where the best that the CPU does within the goal is these single rows.
  const cpu = withinGoal({ cells, latencyGoalMs }).find((cell) => !onGpu(cell))
  if (onGpu(best) && cpu?.id === base.id) return []
  const gain = ratio(best.throughput, base.throughput)
  return [
    `Against single rows on the CPU (${settingName(base.setting)}) the best setting gives ${times(gain)} the throughput.`
  ]
}

/** The fastest precision of the CPU against the slowest, at the setting where both were measured best. */
function precisionGain({ cells }: Report): string[] {
  const groups = Map.groupBy(
    cells.filter((cell) => cell.state === 'measured' && !onGpu(cell)),
    ({ setting }) => `${setting.instances}/${setting.batch}/${setting.threads}`
  )
  const pairs = [...groups.values()].flatMap((group) => {
    const [first, ...rest] = [...group].sort(
      (a, b) => (b.throughput?.value ?? 0) - (a.throughput?.value ?? 0)
    )
    const last = rest.at(-1)
    if (!first?.throughput || !last?.throughput) return []
    return [{ first, last, gain: ratio(first.throughput, last.throughput) }]
  })
  const [top] = pairs.sort(
    (a, b) => (b.first.throughput?.value ?? 0) - (a.first.throughput?.value ?? 0)
  )
  if (!top?.first.throughput || !top.last.throughput) return []
  if (compareMeasured(top.first.throughput, top.last.throughput) !== 'larger') return []
  const [fast, slow] = [top.first.setting.precision, top.last.setting.precision]
  return [
    `On the CPU ${fast.toUpperCase()} gives ${times(top.gain)} the throughput of ${slow.toUpperCase()} at the same batch, instances and threads.`
  ]
}

function energy(
  { cells }: Report,
  fast: readonly BenchmarkCell[],
  powerSource: string | null
): string[] {
  const known = cells.filter(({ joulesPer1000 }) => joulesPer1000 !== null)
  if (known.length === 0 || powerSource === null)
    return ['Energy was not measured: this machine shows no power that can be read.']
  const [thrifty] = fast
    .filter(({ joulesPer1000 }) => joulesPer1000 !== null)
    .sort((a, b) => (a.joulesPer1000 ?? 0) - (b.joulesPer1000 ?? 0))
  if (!thrifty) return []
  const [shown, all] = [known.length, cells.filter(({ throughput }) => throughput !== null).length]
  const part =
    shown === all
      ? ''
      : ` Power was seen in ${shown} of ${all} settings; give longer --seconds for more.`
  return [
    `Within the goal, ${settingName(thrifty.setting)} needs least energy: ${figure(thrifty.joulesPer1000 ?? 0)}${THIN}J per 1,000 rows (${powerSource}).${part}`
  ]
}

/** Settings that the repeats do not tell from the best: the simplest of them may be taken. */
function undecided(fast: readonly BenchmarkCell[]): string[] {
  const [best, ...rest] = fast
  const equal = rest.filter(
    ({ throughput }) =>
      best?.throughput &&
      throughput &&
      throughput.low !== null &&
      compareMeasured(best.throughput, throughput) === 'undecided'
  )
  if (equal.length === 0) return []
  const names = equal.slice(0, 2).map(({ setting }) => settingName(setting))
  const soonest = [...equal].sort((a, b) => (a.p95Ms?.value ?? 0) - (b.p95Ms?.value ?? 0))[0]
  const more = equal.length > 2 ? ` and ${equal.length - 2} more` : ''
  return [
    `The repeats do not tell the best setting from ${names.join(' and ')}${more}: their intervals overlap.${answersSooner(soonest, best)}`
  ]
}

/** Of equal throughput the setting that answers clearly sooner is the better one. */
function answersSooner(one: BenchmarkCell | undefined, best: BenchmarkCell | undefined): string {
  if (!one?.p95Ms || !best?.p95Ms || compareMeasured(one.p95Ms, best.p95Ms) !== 'smaller') return ''
  return ` Of these ${settingName(one.setting)} answers soonest, 95 of 100 batches within ${figure(one.p95Ms.value)}${THIN}ms.`
}

/** Below this share of computing more speed of the processor or GPU gains little. */
const MOSTLY_COMPUTING = 0.6

/** A fast GPU waits for its tensors: worth knowing before buying a faster one. */
function carrying(best: BenchmarkCell | undefined): string[] {
  if (!best?.shares || best.shares.compute >= MOSTLY_COMPUTING) return []
  const percent = (share: number): string => `${Math.round(share * 100)}${THIN}%`
  return [
    `In the best setting ${percent(best.shares.compute)} of the time is computing and ${percent(best.shares.copy)} is carrying tensors to the executor and back: smaller outputs or more instances gain more there than a faster processor.`
  ]
}

function fewRepeats(cells: readonly BenchmarkCell[]): string[] {
  const few = cells.filter(({ state, repeats }) => state === 'measured' && repeats < FEWEST_REPEATS)
  if (few.length === 0) return []
  return [
    `Some figures have fewer than ${FEWEST_REPEATS} repeats and no interval; measure again with more before you rely on them.`
  ]
}
