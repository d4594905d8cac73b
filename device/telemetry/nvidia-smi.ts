// NVIDIA GPUs through one long-lived `nvidia-smi` that prints a line per GPU and period: starting it anew
// for every reading costs a tenth of a second. Jetson modules have no nvidia-smi.

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readings, SensorGroup } from './sample.ts'

const PERIOD_S = 5
const FIELDS = 'index,utilization.gpu,memory.used,memory.total,temperature.gpu,power.draw'

/** A figure of nvidia-smi; `[N/A]`, `[Not Supported]`, `[Unknown Error]` and the like are null. */
export function smiNumber(text: string | undefined): number | null {
  const value = Number.parseFloat(text?.trim() ?? '')
  return Number.isFinite(value) ? value : null
}

/** Readings of one line of `--query-gpu` in the order of the fields; empty when it is no such line. */
export function parseSmiLine(line: string): Readings {
  const [index, load, used, total, temperature, power] = line.split(',').map(smiNumber)
  if (index == null || line.split(',').length !== 6) return {}
  const share = used != null && total != null && total > 0 ? (100 * used) / total : null
  return {
    [`gpu.load:${index}`]: load ?? null,
    [`gpu.memory:${index}`]: share,
    [`gpu.temperature:${index}`]: temperature ?? null,
    [`gpu.power:${index}`]: power ?? null
  }
}

interface GpuOptions {
  /** Program to run; tests give their own. */
  readonly command?: string
  /** Arguments before ours. */
  readonly args?: readonly string[]
}

/** Load, memory, temperature and power of every GPU; no GPU tool means no cost after the first reading. */
export function gpuSensors(options: GpuOptions = {}): SensorGroup {
  const latest: Record<string, number | null> = {}
  let child: ChildProcess | undefined
  const start = (): void => {
    child = spawn(
      options.command ?? 'nvidia-smi',
      [
        ...(options.args ?? []),
        `--query-gpu=${FIELDS}`,
        '--format=csv,noheader,nounits',
        `--loop=${PERIOD_S}`
      ],
      { stdio: ['ignore', 'pipe', 'ignore'] }
    )
    child.on('error', () => undefined) // no such program: the group stays without values
    if (child.stdout)
      createInterface({ input: child.stdout }).on('line', (line) =>
        Object.assign(latest, parseSmiLine(line))
      )
  }
  return {
    periodS: PERIOD_S,
    names: ['gpu.load', 'gpu.memory', 'gpu.temperature', 'gpu.power'],
    read: async () => {
      if (!child) start()
      const taken = { ...latest }
      // Each value is told once: when the tool hangs, its series go stale instead of lying.
      for (const name of Object.keys(latest)) delete latest[name]
      return taken
    },
    stop: () => child?.kill()
  }
}

/** Names of the NVIDIA GPUs, with memory: `NVIDIA H100 80GB HBM3, 81559 MiB`; empty where there is none. */
export function readGpuNames(command = 'nvidia-smi'): Promise<string[]> {
  const args = ['--query-gpu=name,memory.total', '--format=csv,noheader']
  return new Promise((resolve) => {
    execFile(command, args, { timeout: 5000 }, (error, stdout) => {
      resolve(
        error
          ? []
          : stdout
              .split('\n')
              .map((line) => line.trim())
              .filter(Boolean)
      )
    })
  })
}
