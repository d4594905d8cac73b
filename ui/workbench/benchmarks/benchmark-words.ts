// The words of a benchmark: names of its settings, states of a run, figures with their interval. Pure.

import type { BenchmarkReport, BenchmarkSetting, Measured } from '../../api/index.ts'
import type { StatusShape } from '../../elements/index.ts'
import { formatCount, formatNumber, msg } from '../../i18n/index.ts'
import { rungWord } from '../../words/index.ts'

/** Shape and word of a run. */
export const RUN_STATES: Readonly<
  Record<BenchmarkReport['state'], () => readonly [StatusShape, string]>
> = {
  running: () => ['running', msg('Running')],
  done: () => ['done', msg('Done')],
  cancelled: () => ['off', msg('Cancelled')],
  failed: () => ['failed', msg('Failed')]
}

/** A number and what it counts stay in one line, also in the narrow heads of a grid. */
const counted = (count: number, one: string, many: string): string =>
  formatCount(count, one, many).replaceAll(' ', '\u00A0')

/** `CPU`, `CUDA`, `CUDA, 2 GPUs`. */
export const placeWords = ({ rung, gpus }: Pick<BenchmarkSetting, 'rung' | 'gpus'>): string =>
  gpus > 1 ? `${rungWord(rung)}, ${counted(gpus, msg('GPU'), msg('GPUs'))}` : rungWord(rung)

/** `2 instances of 4 threads`, `2 instances`; on a GPU threads say nothing. */
export function instanceWords({ rung, instances, threads }: BenchmarkSetting): string {
  const many = counted(instances, msg('instance'), msg('instances'))
  if (rung !== 'cpu') return many
  return `${many} ${msg('of')} ${counted(threads, msg('thread'), msg('threads'))}`
}

/** `CUDA, 2 GPUs, FP16, batch 32`. */
export const settingWords = (setting: BenchmarkSetting): string =>
  `${placeWords(setting)}, ${setting.precision.toUpperCase()}, ${msg('batch')} ${setting.batch}`

/** Decimals that show three digits of a figure. */
export function decimalsOf(value: number): number {
  const size = Math.abs(value)
  if (size === 0 || size >= 100) return 0
  return size >= 10 ? 1 : 2
}

/** A figure with three digits at least: `1,714`, `27.3`, `0.91`. */
export const figureWords = (value: number): string => formatNumber(value, decimalsOf(value))

/** Half of the interval, `± 58`; empty without confidence, and for a figure that has none by nature. */
export function intervalWords({ value, low, high }: Measured): string {
  if (low === null || high === null || low === high) return ''
  return `± ${formatNumber((high - low) / 2, decimalsOf(value))}`
}
