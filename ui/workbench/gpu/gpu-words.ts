// What the GPU screen shows of a GPU: gauges, its link, memory errors, and the series of its charts. Pure.

import type { GpuReading, SeriesReading } from '../../api/index.ts'
import { formatBytes, formatNumber, formatValue, msg, str } from '../../i18n/index.ts'

const MEGABYTE = 1e6

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

/** Figures of the history, in the order of their charts. */
export const GPU_CHARTS = [
  'gpu.load',
  'gpu.memory',
  'gpu.temperature',
  'gpu.power',
  'gpu.clock',
  'gpu.throttle'
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
