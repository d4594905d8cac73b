// Finds out who can read the GPUs of this machine, and reads them: nvidia-smi, on a Jetson the kernel's files.
// Runs in the telemetry thread; adds the processes on the GPUs and the errors of the kernel log.

import type { GpuReading } from '../../contract/index.ts'
import type { Cancel, Clock } from '../../kernel/clock.ts'
import type { GpuReport, GpuState, GpuXid } from './gpu-report.ts'
import { GPU_SERIES, GpuSeries } from './gpu-series.ts'
import { JetsonReader } from './jetson-reader.ts'
import { KernelLog, type XidEvent } from './kernel-log.ts'
import { readGpuProcesses, type SmiProcess, SmiReader, type SmiTrouble } from './nvidia-smi.ts'
import type { TelemetrySample } from './sample.ts'
import { isTegraRow, type SmiRow } from './smi-fields.ts'

interface WatchOptions {
  readonly clock: Clock
  readonly onReport: (report: GpuReport) => void
  readonly onSample: (sample: TelemetrySample) => void
  /** Programs and files; tests give their own. */
  readonly nvidiaSmi?: string
  readonly tegrastats?: string
  readonly nvpmodel?: string
  readonly root?: string
  readonly kmsg?: string
  readonly journalctl?: string
}

/** Seconds between two readings while somebody looks or a model runs on a GPU, and else. */
export const FAST_S = 1
export const SLOW_S = 5
/** How often the processes are asked, ms: a process of 30 ms each time. */
const PROCESSES_FAST_MS = 5000
const PROCESSES_SLOW_MS = 10_000

export class GpuWatch {
  readonly #options: WatchOptions
  readonly #smi: SmiReader
  readonly #log: KernelLog
  readonly #series = new GpuSeries()
  /** Newest error by place on the bus. */
  readonly #xids = new Map<string, XidEvent>()
  #jetson: JetsonReader | undefined
  #jetsonTimer: Cancel | undefined
  #periodS = SLOW_S
  #processes: readonly SmiProcess[] = []
  #processesAt = Number.NEGATIVE_INFINITY
  #reads = false
  #stopped = false

  constructor(options: WatchOptions) {
    this.#options = options
    const { clock, nvidiaSmi, kmsg, journalctl } = options
    this.#smi = new SmiReader(
      {
        clock,
        ...(nvidiaSmi === undefined ? {} : { command: nvidiaSmi }),
        onRound: (rows, periodS) => this.#takeRows(rows, periodS),
        onTrouble: (trouble) => void this.#trouble(trouble)
      },
      SLOW_S
    )
    this.#log = new KernelLog({
      clock,
      ...(kmsg === undefined ? {} : { kmsg }),
      ...(journalctl === undefined ? {} : { journalctl }),
      onXid: (event) => this.#takeXid(event)
    })
  }

  start(): void {
    this.#smi.start()
  }

  stop(): void {
    this.#stopped = true
    this.#smi.stop()
    this.#log.stop()
    this.#jetsonTimer?.()
    this.#jetson?.stop()
  }

  /** Reads every second, or every five. */
  setFast(fast: boolean): void {
    const periodS = fast ? FAST_S : SLOW_S
    if (periodS === this.#periodS) return
    this.#periodS = periodS
    if (this.#jetson) this.#scheduleJetson(this.#jetson)
    else this.#smi.setPeriod(periodS)
  }

  #takeRows(rows: readonly SmiRow[], periodS: number): void {
    if (rows.every(isTegraRow)) {
      void this.#trouble('absent', rows)
      return
    }
    if (!this.#reads) this.#log.start()
    this.#reads = true
    this.#log.poll()
    this.#askProcesses()
    const xids = rows.flatMap(({ reading, bus }): GpuXid[] => {
      const event = this.#xids.get(bus ?? '')
      return event ? [{ index: reading.index, xid: event.xid, at: event.at }] : []
    })
    const gpus = rows.map(({ reading }): GpuReading => {
      const { index, uuid } = reading
      const xid = xids.find((known) => known.index === index)?.xid ?? null
      const processes = this.#processes
        .filter((one) => one.uuid === uuid)
        .map(({ pid, memoryMb }) => ({ pid, memoryMb, model: null }))
      return { ...reading, xid, processes }
    })
    this.#tell(gpus, { periodS, xids })
  }

  #takeXid(event: XidEvent): void {
    const known = this.#xids.get(event.bus)
    if (!known || event.at > known.at) this.#xids.set(event.bus, event)
  }

  #askProcesses(): void {
    const now = this.#options.clock.monotonicMs()
    const due = this.#periodS === FAST_S ? PROCESSES_FAST_MS : PROCESSES_SLOW_MS
    if (now - this.#processesAt < due) return
    this.#processesAt = now
    void readGpuProcesses(this.#options.nvidiaSmi).then((processes) => {
      this.#processes = processes
    })
  }

  /** nvidia-smi does not read the GPUs: a Jetson's own files may. */
  async #trouble(trouble: SmiTrouble, rows: readonly SmiRow[] = []): Promise<void> {
    if (trouble === 'lost') {
      this.#report('lost', [])
      return
    }
    const jetson = this.#jetson ?? (await JetsonReader.open(this.#options))
    if (this.#stopped) return
    if (jetson) {
      if (this.#jetson) return
      this.#jetson = jetson
      this.#smi.stop()
      this.#scheduleJetson(jetson)
      return
    }
    if (rows.length > 0) {
      const gpus = rows.map(({ reading }) => reading)
      this.#tell(gpus, { periodS: this.#periodS, xids: [] })
      return
    }
    this.#report(trouble === 'absent' ? 'none' : 'failing', [])
    const { clock, onSample } = this.#options
    const values = GPU_SERIES.map((name) => ({
      ...{ name, value: null, periodS: SLOW_S, unavailable: true }
    }))
    onSample({ at: clock.now(), values })
  }

  #scheduleJetson(jetson: JetsonReader): void {
    this.#jetsonTimer?.()
    let busy = false
    const periodS = this.#periodS
    const read = async (): Promise<void> => {
      if (busy) return
      busy = true
      const gpu = await jetson.read()
      busy = false
      if (!this.#stopped) this.#tell([gpu], { periodS, xids: [] })
    }
    this.#jetsonTimer = this.#options.clock.every(periodS * 1000, () => void read())
    void read()
  }

  #tell(
    gpus: readonly GpuReading[],
    { periodS, xids }: { readonly periodS: number; readonly xids: readonly GpuXid[] }
  ): void {
    this.#report('reading', gpus, { periodS, xids })
    const values = this.#series.values(gpus, periodS)
    if (values.length > 0) this.#options.onSample({ at: this.#options.clock.now(), values })
  }

  #report(
    state: GpuState,
    gpus: readonly GpuReading[],
    more: Partial<Pick<GpuReport, 'periodS' | 'xids'>> = {}
  ): void {
    const at = this.#options.clock.now()
    this.#options.onReport({ state, at, periodS: this.#periodS, xids: [], ...more, gpus })
  }
}
