// The words for a GPU: what holds its clock back, its link to the processor, memory errors, XID errors, and
// which figure is worth a look. Pure.

import type { GpuReading, SeriesReading } from '../../api/index.ts'
import { formatBytes, formatNumber, formatValue, msg, str } from '../../i18n/index.ts'

type Reason = GpuReading['throttle'][number]

/** Above these a figure is worth a look (the thresholds that NVIDIA's own tools warn at are board-specific). */
const WARM_C = 83
const FULL_SHARE = 0.95

const REASONS: Readonly<Record<Reason, () => string>> = {
  thermal: () => msg('it is too hot'),
  power: () => msg('it is at its power limit'),
  'hardware-slowdown': () =>
    msg('the board protects itself: power supply, heat or an outside signal'),
  'sync-boost': () => msg('it waits for the slowest GPU of its group'),
  'application-clocks': () => msg('an administrator set the clock lower'),
  other: () => msg('for a reason that the driver does not name')
}

/** Reasons that a person set on purpose. */
const WANTED: ReadonlySet<Reason> = new Set(['sync-boost', 'application-clocks'])

/** Whether heat, power or the board take speed away against the wish of whoever set the machine up. */
export const isHeldBack = ({ throttle }: Pick<GpuReading, 'throttle'>): boolean =>
  throttle.some((reason) => !WANTED.has(reason))

/** `Slowed down: it is too hot, and it is at its power limit.` */
export function throttleWords({ throttle }: Pick<GpuReading, 'throttle'>): string {
  if (throttle.length === 0) return msg('Not slowed down.')
  const reasons = throttle.map((reason) => REASONS[reason]())
  return msg(str`Slowed down: ${reasons.join(msg(', and '))}.`)
}

/** `PCIe 4.0 × 16`; a dash where the hardware does not say. */
export function linkWords({
  pcieGeneration,
  pcieWidth
}: Pick<GpuReading, 'pcieGeneration' | 'pcieWidth'>): string {
  if (pcieGeneration === null) return '–'
  const width = pcieWidth === null ? '' : ` × ${pcieWidth}`
  return `PCIe ${pcieGeneration}.0${width}`
}

/** What happened to memory bits; a dash where the board does not count them. */
export function eccWords({
  eccCorrected,
  eccUncorrected
}: Pick<GpuReading, 'eccCorrected' | 'eccUncorrected'>): string {
  if (eccCorrected === null && eccUncorrected === null) return '–'
  const corrected = msg(str`${formatNumber(eccCorrected ?? 0)} corrected`)
  return `${corrected}, ${msg(str`${formatNumber(eccUncorrected ?? 0)} not corrected`)}`
}

/** What the commonest errors of the kernel log mean (NVIDIA, "XID errors"). */
const XID_WORDS: Readonly<Record<number, () => string>> = {
  13: () => msg('a program addressed memory that it may not'),
  31: () => msg('a program used memory that is not there'),
  43: () => msg('a program stopped by its own fault'),
  45: () => msg('work was ended, often after another error'),
  48: () => msg('a memory error that could not be corrected'),
  62: () => msg('the controller of the board stopped'),
  63: () => msg('memory rows are set aside after errors; restart when it suits'),
  64: () => msg('setting memory rows aside failed; restart'),
  74: () => msg('an error on NVLink'),
  79: () => msg('the GPU no longer answers on PCIe; check power and seat, then restart'),
  92: () => msg('many corrected memory errors'),
  94: () => msg('a contained memory error; the program that met it ended'),
  95: () => msg('an uncontained memory error; restart the machine'),
  119: () => msg('the firmware of the GPU did not answer in time')
}

/** `XID 63: memory rows are set aside …`; empty without one. */
export function xidWords({ xid }: Pick<GpuReading, 'xid'>): string {
  if (xid === null) return ''
  const known = XID_WORDS[xid]
  return known ? `XID ${xid}: ${known()}` : msg(str`XID ${xid}, see NVIDIA’s list of XID errors`)
}

const MEGABYTE = 1e6

/** `8.2 GB of 20 GB`. */
export function memoryWords({
  memoryUsedMb,
  memoryTotalMb
}: Pick<GpuReading, 'memoryUsedMb' | 'memoryTotalMb'>): string {
  if (memoryUsedMb === null) return '–'
  const used = formatBytes(memoryUsedMb * MEGABYTE)
  return memoryTotalMb === null
    ? used
    : `${used} ${msg('of')} ${formatBytes(memoryTotalMb * MEGABYTE)}`
}

export interface Gauge {
  readonly label: string
  readonly value: string
  /** What it is a part of; empty when there is no such figure. */
  readonly of: string
  /** Filled part of its bar, 0 to 1; null without a bar. */
  readonly share: number | null
}

const shareOf = (value: number | null, whole: number | null): number | null =>
  value === null || whole === null || whole <= 0 ? null : Math.min(1, value / whole)

const bytes = (megabytes: number | null): string =>
  megabytes === null ? '–' : formatBytes(megabytes * MEGABYTE)

/** The five figures of a GPU, each with what it is a part of. */
export function gaugesOf(gpu: GpuReading): readonly Gauge[] {
  const part = (value: string, whole: number | null): string =>
    whole === null ? '' : `${msg('of')} ${value}`
  const { memoryTotalMb, powerLimitW, clockMaxMhz } = gpu
  return [
    {
      label: msg('Busy'),
      value: formatValue(gpu.load, '%'),
      of: '',
      share: shareOf(gpu.load, 100)
    },
    {
      label: msg('Memory'),
      value: bytes(gpu.memoryUsedMb),
      of: part(bytes(memoryTotalMb), memoryTotalMb),
      share: shareOf(gpu.memoryUsedMb, memoryTotalMb)
    },
    {
      label: msg('Temperature'),
      value: formatValue(gpu.temperatureC, '°C'),
      of: '',
      share: null
    },
    {
      label: msg('Power'),
      value: formatValue(gpu.powerW, 'W'),
      of: part(formatValue(powerLimitW, 'W'), powerLimitW),
      share: shareOf(gpu.powerW, powerLimitW)
    },
    {
      label: msg('Clock'),
      value: formatValue(gpu.clockMhz, 'MHz'),
      of: part(formatNumber(clockMaxMhz), clockMaxMhz),
      share: shareOf(gpu.clockMhz, clockMaxMhz)
    }
  ]
}

/** Sentences about what is not as it should be, most urgent first; empty when all is well. */
export function gpuProblems(gpu: GpuReading): readonly string[] {
  const { eccUncorrected, temperatureC, memoryUsedMb, memoryTotalMb } = gpu
  const share = memoryUsedMb === null || !memoryTotalMb ? 0 : memoryUsedMb / memoryTotalMb
  const xid = xidWords(gpu)
  return [
    xid === '' ? '' : `${xid}.`,
    (eccUncorrected ?? 0) > 0 ? msg('Memory errors were not corrected.') : '',
    isHeldBack(gpu) ? throttleWords(gpu) : '',
    (temperatureC ?? 0) > WARM_C && !gpu.throttle.includes('thermal')
      ? msg(str`Hot: ${formatValue(temperatureC, '°C')}.`)
      : '',
    share > FULL_SHARE ? msg(str`Memory is nearly full: ${memoryWords(gpu)}.`) : ''
  ].filter(Boolean)
}

/** Figures of the history, in the order of their charts. */
export const GPU_CHARTS = [
  'gpu.load',
  'gpu.memory',
  'gpu.temperature',
  'gpu.power',
  'gpu.clock'
] as const

/** What is charted on a machine without a GPU. */
export const CPU_CHARTS = ['cpu.load', 'memory.used', 'temperature.cpu'] as const

/** The series of one GPU that this machine has, in that order. */
export function seriesOf(
  series: readonly SeriesReading[],
  index: number
): readonly SeriesReading[] {
  return GPU_CHARTS.flatMap(
    (base) =>
      series.find(({ name, state }) => name === `${base}:${index}` && state !== 'unavailable') ?? []
  )
}

/** The series of the processor that this machine has. */
export const cpuSeries = (series: readonly SeriesReading[]): readonly SeriesReading[] =>
  CPU_CHARTS.flatMap(
    (base) => series.find(({ name, state }) => name === base && state !== 'unavailable') ?? []
  )
