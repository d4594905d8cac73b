// Compares figures of a benchmark: how many times as fast, what changed since another run or is another on this
// device, and whether the repeats can tell. Pure; the arithmetic is that of the report itself.

import type {
  BenchmarkCell,
  BenchmarkReport,
  BenchmarkSetting,
  DeviceInfo,
  Measured
} from '../../api/index.ts'
import { formatCount, formatNumber, msg, str } from '../../i18n/index.ts'
import { gpuName, gpuNames } from '../../words/index.ts'

const relative = ({ value, high }: Measured): number | null =>
  high === null || value <= 0 ? null : (high - value) / value

/**
 * How many times `a` is `b`, with an interval from both: relative errors of independent means add as squares
 * (delta method on the logarithm). The interval is null when one of them has none.
 */
export function ratio(a: Measured, b: Measured): Measured {
  const value = b.value > 0 ? a.value / b.value : 0
  const [left, right] = [relative(a), relative(b)]
  if (left === null || right === null) return { value, low: null, high: null }
  const spread = Math.exp(Math.hypot(left, right))
  return { value, low: value / spread, high: value * spread }
}

/** Whether two figures differ by more than their intervals; without intervals nobody knows. */
export function differs(a: Measured, b: Measured): boolean | undefined {
  if (a.low === null || a.high === null || b.low === null || b.high === null) return undefined
  if (a.low === a.high && b.low === b.high) return undefined
  return a.low > b.high || a.high < b.low
}

/** `+12 %`, `−3.1 %`, and in words when the repeats cannot tell the two apart. */
export function differenceWords(now: Measured | null, before: Measured | null): string {
  if (!now || !before || before.value <= 0) return ''
  const percent = (now.value / before.value - 1) * 100
  const decimals = Math.abs(percent) < 10 ? 1 : 0
  const words = `${percent > 0 ? '+' : ''}${formatNumber(percent, decimals)}\u00A0%`
  return differs(now, before) === false ? `${words}, ${msg('not certain')}` : words
}

/** The cell of another run with the same setting, if it was measured there. */
export const sameCell = (
  report: BenchmarkReport | undefined,
  { id }: BenchmarkCell
): BenchmarkCell | undefined =>
  report?.cells.find((cell) => cell.id === id && cell.throughput !== null)

/** What of two runs is not the same, so that their figures must not be compared blindly; one sentence each. */
export function caveats(run: BenchmarkReport, other: BenchmarkReport): readonly string[] {
  const machine = ({ machine: { cpu, gpus } }: BenchmarkReport): string => [cpu, ...gpus].join()
  return [
    run.model === other.model ? '' : msg('The other run measured another model.'),
    machine(run) === machine(other) ? '' : msg('The other run was on another machine.'),
    run.shape === other.shape ? '' : msg('The rows had another shape.'),
    run.machine.runtime === other.machine.runtime
      ? ''
      : msg('The other run used another version of the runtime.')
  ].filter(Boolean)
}

type Machine = Pick<DeviceInfo, 'cpu' | 'cores' | 'gpus'>

/** GPUs that a device runs a model of a rung on: all of its own, of WebGPU the one that it reaches; 0 on the CPU. */
export function gpusInUse(rung: BenchmarkSetting['rung'] | 'remote', { gpus }: Machine): number {
  if (rung === 'cpu' || rung === 'remote') return 0
  return rung === 'webgpu' ? 1 : Math.max(1, gpus.length)
}

const otherMachine = (there: string, here: string): string =>
  there === here ? '' : msg(str`This setting was measured on ${there}; this device has ${here}.`)

/** What a setting was measured on that this device has not, in a sentence; empty when both are alike. */
export function machineCaveat(
  { rung, gpus }: BenchmarkSetting,
  measured: Machine,
  device: Machine
): string {
  const processor = ({ cpu, cores }: Machine): string =>
    `${cpu}, ${formatCount(cores, msg('core'), msg('cores'))}`
  if (rung === 'cpu') return otherMachine(processor(measured), processor(device))
  const here = gpusInUse(rung, device)
  const [there, own] = [measured.gpus.slice(0, gpus), device.gpus.slice(0, here)]
  const kinds = (listed: readonly string[]): string => [...new Set(listed.map(gpuName))].join()
  const known = there.length > 0 && own.length > 0
  if (known && kinds(there) !== kinds(own))
    return otherMachine(gpuNames(there.map(gpuName)), gpuNames(own.map(gpuName)))
  return gpus === here
    ? ''
    : msg(
        str`This setting was measured on ${formatCount(gpus, msg('GPU'), msg('GPUs'))}; this device uses ${formatNumber(here)}.`
      )
}
