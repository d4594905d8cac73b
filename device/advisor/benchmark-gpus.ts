// Power and memory of GPUs for a benchmark, from the readings of telemetry: on a running device those that it
// takes anyway, else from a source of its own while the benchmark lasts.

import type { GpuReading } from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import { GpuBoard, TelemetrySource } from '../telemetry/index.ts'
import type { GpuGauges } from './benchmark-gauges.ts'

/** @param read the newest readings; asking should keep them frequent */
export function gpuGauges(read: () => readonly GpuReading[]): GpuGauges {
  let seen: number | undefined
  return {
    get sayPower() {
      return read().some(({ powerW }) => powerW !== null)
    },
    readPowerW: () => {
      const gpus = read()
      const known = gpus.flatMap(({ powerW }) => powerW ?? [])
      const at = gpus[0]?.at
      if (known.length === 0 || at === seen) return null // a reading counts for one window only
      seen = at
      return known.reduce((sum, watts) => sum + watts, 0)
    },
    readMemoryMb: async (pids) => {
      const used = read().flatMap(({ processes }) =>
        processes.flatMap(({ pid, memoryMb }) => (pids.includes(pid) ? (memoryMb ?? []) : []))
      )
      return used.length > 0 ? used.reduce((sum, megabytes) => sum + megabytes, 0) : null
    }
  }
}

/** How long the first reading may take, ms; nvidia-smi needs seconds where no driver stays loaded. */
const FIRST_READING_MS = 5000

export interface OpenedGpus {
  readonly gpus: GpuGauges
  stop(): Promise<void>
}

/**
 * Starts to read the GPUs every second, and waits for the first reading.
 * @public
 */
export async function openGpuGauges(
  clock: Clock,
  source: TelemetrySource = new TelemetrySource({ clock })
): Promise<OpenedGpus> {
  const board = new GpuBoard({ source, clock, working: () => true })
  await new Promise<void>((resolve) => {
    const cancel = clock.after(FIRST_READING_MS, resolve)
    board.onReport(({ state }) => {
      if (state === 'starting') return
      cancel()
      resolve()
    })
    source.start()
    source.setGpuPace(true)
  })
  return {
    gpus: gpuGauges(() => board.overview().gpus),
    stop: async () => {
      board.stop()
      await source.stop()
    }
  }
}
