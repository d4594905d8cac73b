// NVIDIA GPUs through one long-lived `nvidia-smi` that prints a line per GPU and period: starting it anew
// for every reading costs 30 ms of processor time, a loop at one a second 6 ms (H200, driver 580). The
// processes on the GPUs are asked now and then, because the loop cannot tell both.

import type { Cancel, Clock } from '../../kernel/clock.ts'
import { type ChildEnd, LineChild } from './line-child.ts'
import { runTool } from './run-tool.ts'
import { SmiQuery, type SmiRow, smiNumber } from './smi-fields.ts'

/** A process that holds memory on a GPU. */
export interface SmiProcess {
  readonly pid: number
  readonly uuid: string
  readonly memoryMb: number | null
}

/**
 * `absent`: no such program. `failing`: it is there, but has never shown a GPU. `lost`: GPUs were read before,
 * and are not any more.
 */
export type SmiTrouble = 'absent' | 'failing' | 'lost'

interface SmiOptions {
  readonly clock: Clock
  /** Program to run; tests give their own. */
  readonly command?: string
  /** Every GPU that answered in one period, with the seconds between two of them. */
  readonly onRound: (rows: readonly SmiRow[], periodS: number) => void
  readonly onTrouble: (trouble: SmiTrouble) => void
}

/** The lines of one round come together; so long after the last one it is complete, ms. */
const ROUND_MS = 200
/** A loop that says nothing for three periods and this long hangs, ms. */
const PATIENCE_MS = 12_000
/** Starts in vain after which a machine counts as one whose GPU does not answer. */
const VAIN_STARTS = 3
const RETRY_MS = 5000
/** Waits between the starts once nothing came, ms: a driver that is repaired should be noticed, cheaply. */
const SELDOM_MS = 600_000
const LOST_RETRY_MS = 60_000

export class SmiReader {
  readonly #options: SmiOptions
  readonly #child: LineChild
  readonly #query = new SmiQuery()
  #periodS: number
  #round = new Map<number, SmiRow>()
  #flush: Cancel | undefined
  #spoke = false
  #vain = 0
  #refused = false

  constructor(options: SmiOptions, periodS: number) {
    this.#options = options
    this.#periodS = periodS
    this.#child = new LineChild({
      clock: options.clock,
      command: options.command ?? 'nvidia-smi',
      args: () => [
        `--query-gpu=${this.#query.fields}`,
        '--format=csv,noheader,nounits',
        `--loop=${this.#periodS}`
      ],
      onLine: (line) => this.#take(line),
      restartMs: (end) => this.#restartMs(end),
      silenceMs: () => 3000 * this.#periodS + PATIENCE_MS
    })
  }

  /** Process id of the loop while it runs. */
  get pid(): number | undefined {
    return this.#child.pid
  }

  start(): void {
    this.#child.start()
  }

  stop(): void {
    this.#flush?.()
    this.#child.stop()
  }

  /** Seconds between two readings, from now on; the loop is started anew for it. */
  setPeriod(periodS: number): void {
    if (periodS === this.#periodS) return
    this.#periodS = periodS
    if (this.#child.pid !== undefined) this.#child.start()
  }

  #take(line: string): void {
    if (this.#query.refuse(line)) {
      this.#refused = true
      return
    }
    const row = this.#query.read(line, this.#options.clock.now())
    if (!row) return
    this.#spoke = true
    this.#vain = 0
    if (this.#round.has(row.reading.index)) this.#tell()
    this.#round.set(row.reading.index, row)
    this.#flush?.()
    this.#flush = this.#options.clock.after(ROUND_MS, () => this.#tell())
  }

  #tell(): void {
    this.#flush?.()
    const rows = [...this.#round.values()]
    this.#round = new Map()
    this.#options.onRound(rows, this.#periodS)
  }

  #restartMs(end: ChildEnd): number | null {
    if (this.#refused) {
      this.#refused = false
      return 0
    }
    if (end === 'absent' && !this.#spoke) {
      this.#options.onTrouble('absent')
      return null
    }
    this.#vain++
    if (this.#vain < VAIN_STARTS) return RETRY_MS
    this.#options.onTrouble(this.#spoke ? 'lost' : 'failing')
    return this.#spoke ? LOST_RETRY_MS : SELDOM_MS
  }
}

/** Processes with memory on a GPU, by pid of this machine's name space; empty where they cannot be read. */
export async function readGpuProcesses(command = 'nvidia-smi'): Promise<SmiProcess[]> {
  const args = ['--query-compute-apps=pid,gpu_uuid,used_memory', '--format=csv,noheader,nounits']
  return (await runTool(command, args)).flatMap((line): SmiProcess[] => {
    const [pid, uuid, memory, ...more] = line.split(',')
    const number = smiNumber(pid)
    if (number === null || !uuid || memory === undefined || more.length > 0) return []
    return [{ pid: number, uuid: uuid.trim(), memoryMb: smiNumber(memory) }]
  })
}

/**
 * Names of the NVIDIA GPUs, with memory: `NVIDIA H100 80GB HBM3, 81559 MiB`; empty where there is none, and
 * on a Jetson, whose nvidia-smi knows a name and nothing else.
 */
export async function readGpuNames(command = 'nvidia-smi'): Promise<string[]> {
  const lines = await runTool(command, ['--query-gpu=name,memory.total', '--format=csv,noheader'])
  return lines.filter((line) => /, \d+ MiB$/.test(line))
}
