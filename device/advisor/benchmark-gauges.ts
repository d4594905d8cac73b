// What a benchmark reads of the machine besides time: memory of the executors from /proc, power from the energy
// counters of the processor, and power and memory of GPUs from whoever reads them.

import { readdirSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Gauges } from './benchmark-window.ts'

/** GPUs as telemetry reads them; each figure may be unknown. */
export interface GpuGauges {
  /** True when the GPUs say what they draw. */
  readonly sayPower: boolean
  /** Power of all GPUs together, W; null when nothing was read since the call before. */
  readPowerW(): number | null
  /** Memory of these processes on all GPUs, MB. */
  readMemoryMb(pids: readonly number[]): Promise<number | null>
}

export interface GaugeOptions {
  readonly gpus?: GpuGauges | undefined
  /** Where the kernel shows its energy counters. */
  readonly powercap?: string
  readonly proc?: string
  /** Time that never jumps, ms. */
  readonly monotonicMs?: () => number
}

export interface OpenedGauges {
  readonly gauges: Gauges
  /** What the power covers; null where none can be read. */
  readonly powerSource: string | null
}

/**
 * Finds out once what this machine shows.
 * @public
 */
export function openGauges(options: GaugeOptions = {}): OpenedGauges {
  const { gpus, proc = '/proc' } = options
  const processor = processorPower(options)
  const gpuPower = gpus?.sayPower ?? false
  const sources = [
    ...(processor ? ['processor packages by RAPL'] : []),
    ...(gpuPower ? ['GPUs by their driver'] : [])
  ]
  return {
    powerSource: sources.length > 0 ? sources.join(' and ') : null,
    gauges: {
      coversProcessor: processor !== undefined,
      readPowerW: () => {
        const parts = [
          ...(processor ? [processor()] : []),
          ...(gpuPower && gpus ? [gpus.readPowerW()] : [])
        ]
        const known = parts.flatMap((watts) => watts ?? [])
        // Half of a sum would be a wrong figure, not a smaller one.
        if (known.length === 0 || known.length < parts.length) return null
        return known.reduce((sum, watts) => sum + watts, 0)
      },
      readMemoryMb: (pids) => processMemoryMb(pids, proc),
      readGpuMemoryMb: async (pids) => (await gpus?.readMemoryMb(pids)) ?? null
    }
  }
}

/**
 * Proportional set size of processes, MB: pages that several share are counted once in sum.
 * @returns null when one of them cannot be read
 */
async function processMemoryMb(pids: readonly number[], proc: string): Promise<number | null> {
  if (pids.length === 0) return null
  let kilobytes = 0
  for (const pid of pids) {
    const text = await readFile(join(proc, String(pid), 'smaps_rollup'), 'utf8').catch(() => '')
    const pss = /^Pss:\s+(\d+) kB/m.exec(text)?.[1]
    if (pss === undefined) return null
    kilobytes += Number(pss)
  }
  return kilobytes / 1000
}

interface Counter {
  readonly path: string
  /** Where it starts again from 0, µJ. */
  readonly rangeUj: number
}

/** Energy counters of whole packages (`intel-rapl:0`), not of their parts (`intel-rapl:0:0`). */
function findCounters(folder: string): Counter[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^(intel|amd)-rapl:\d+$/.test(name))
      .flatMap((name) => {
        const path = join(folder, name, 'energy_uj')
        const rangeUj = readNumber(join(folder, name, 'max_energy_range_uj'))
        return readNumber(path) === null ? [] : [{ path, rangeUj: rangeUj ?? 0 }]
      })
  } catch {
    return [] // no such folder, or not for us to read
  }
}

function readNumber(path: string): number | null {
  try {
    const value = Number(readFileSync(path, 'utf8'))
    return Number.isFinite(value) ? value : null
  } catch {
    return null
  }
}

/**
 * Mean power since the call before, W; null at the first call.
 * @returns undefined where there is no counter that may be read (the kernel shows them to root only)
 */
function processorPower(options: GaugeOptions): (() => number | null) | undefined {
  const { powercap = '/sys/class/powercap', monotonicMs = () => performance.now() } = options
  const counters = findCounters(powercap)
  if (counters.length === 0) return undefined
  let before: { readonly atMs: number; readonly energies: readonly (number | null)[] } | undefined
  return () => {
    const now = { atMs: monotonicMs(), energies: counters.map(({ path }) => readNumber(path)) }
    const last = before
    before = now
    if (!last || now.atMs <= last.atMs) return null
    let microjoules = 0
    for (const [index, { rangeUj }] of counters.entries()) {
      const [from, to] = [last.energies[index], now.energies[index]]
      if (from == null || to == null) return null
      microjoules += to >= from ? to - from : to - from + rangeUj
    }
    return microjoules / 1000 / (now.atMs - last.atMs)
  }
}
