// The agent's side of the GPUs: the newest reading, with the models of its processes, the energy used since
// the start, and how often to read. Raises no alarm and schedules nothing: it tells those who do.

import type { GpuOverview, GpuReading } from '../../contract/index.ts'
import type { Cancel, Clock } from '../../kernel/clock.ts'
import { type GpuPressure, GpuPressureGauge } from './gpu-pressure.ts'
import type { GpuReport } from './gpu-report.ts'

interface GpuSource {
  onGpus(listener: (report: GpuReport) => void): () => void
  setGpuPace(fast: boolean): void
}

interface BoardOptions {
  readonly source: GpuSource
  readonly clock: Clock
  /** Name of the model that runs in a process of ours; null for every other process. */
  readonly modelOf?: (pid: number) => string | null
  /** True while a model runs on a GPU; a Jetson does not say which processes use its GPU. */
  readonly working?: () => boolean
}

/** Somebody who has looked once looks on for a while, ms. */
const LOOKING_MS = 30_000
/** A reading that is older than three periods and this is no reading of now, ms. */
const STALE_MS = 15_000

export class GpuBoard {
  readonly #options: BoardOptions
  readonly #reportListeners = new Set<(report: GpuReport) => void>()
  readonly #pressureListeners = new Set<(pressure: GpuPressure) => void>()
  readonly #gauge: GpuPressureGauge
  /** GPU → joules since the agent started, and the time of the reading they were counted to. */
  readonly #energy = new Map<string, { joules: number; ms: number }>()
  readonly #cancel: Cancel
  #report: GpuReport | undefined
  #reportMs = 0
  #lookedMs = Number.NEGATIVE_INFINITY
  #fast = false

  constructor(options: BoardOptions) {
    this.#options = options
    this.#gauge = new GpuPressureGauge((pressure) => {
      for (const listener of [...this.#pressureListeners]) listener(pressure)
    })
    this.#cancel = options.source.onGpus((report) => this.#take(report))
  }

  /** What pages see; asking is looking, so readings come every second for a while. */
  overview(): GpuOverview {
    this.#lookedMs = this.#options.clock.monotonicMs()
    this.#setPace()
    return this.current()
  }

  /** The same for those who are told and do not ask; the pace stays as it is. */
  current(): GpuOverview {
    return { gpus: this.gpus(), sentence: this.#sentence() }
  }

  /** The GPUs as they were read last; empty when that is too long ago. */
  gpus(): GpuReading[] {
    if (!this.#report || this.#stale()) return []
    return this.#report.gpus.map((gpu) => this.#named(gpu))
  }

  /** Joules that a GPU used since the agent started, summed up from its power; undefined without power. */
  energyJ(uuid: string): number | undefined {
    return this.#energy.get(uuid)?.joules
  }

  /** Calls back with every report of the thread; returns the function that ends it. */
  onReport(listener: (report: GpuReport) => void): () => void {
    this.#reportListeners.add(listener)
    return () => this.#reportListeners.delete(listener)
  }

  /** Calls back when heat, power mode or throttling begin or end to slow a GPU. */
  onGpuPressure(listener: (pressure: GpuPressure) => void): () => void {
    this.#pressureListeners.add(listener)
    return () => this.#pressureListeners.delete(listener)
  }

  stop(): void {
    this.#cancel()
  }

  #take(report: GpuReport): void {
    const now = this.#options.clock.monotonicMs()
    for (const gpu of report.gpus) this.#addEnergy(gpu, { now, periodS: report.periodS })
    this.#report = report
    this.#reportMs = now
    this.#setPace()
    if (report.state === 'reading') this.#gauge.take(report.gpus, now)
    for (const listener of [...this.#reportListeners]) listener(report)
  }

  /** A gap longer than three periods is not counted: nobody knows what the GPU drew then. */
  #addEnergy(gpu: GpuReading, { now, periodS }: { now: number; periodS: number }): void {
    if (gpu.powerW === null) return
    const last = this.#energy.get(gpu.uuid) ?? { joules: 0, ms: now }
    const seconds = (now - last.ms) / 1000
    if (seconds <= 3 * periodS) last.joules += gpu.powerW * seconds
    this.#energy.set(gpu.uuid, { joules: last.joules, ms: now })
  }

  #named(gpu: GpuReading): GpuReading {
    const { modelOf } = this.#options
    if (!modelOf) return gpu
    return { ...gpu, processes: gpu.processes.map((one) => ({ ...one, model: modelOf(one.pid) })) }
  }

  #setPace(): void {
    const looking = this.#options.clock.monotonicMs() - this.#lookedMs < LOOKING_MS
    const working =
      this.#options.working?.() === true ||
      this.gpus().some(({ processes }) => processes.some(({ model }) => model !== null))
    if (this.#fast === (looking || working)) return
    this.#fast = !this.#fast
    this.#options.source.setGpuPace(this.#fast)
  }

  #stale(): boolean {
    const { periodS = 0 } = this.#report ?? {}
    return this.#options.clock.monotonicMs() - this.#reportMs > 3000 * periodS + STALE_MS
  }

  #sentence(): string {
    const report = this.#report
    if (!report) return 'The GPUs are being looked for.'
    if (report.state === 'none')
      return 'This machine has no GPU that can be read here; models run on the processor.'
    if (report.state === 'failing')
      return 'nvidia-smi is installed but shows no GPU; run it by hand, it names what the driver lacks.'
    if (report.state === 'lost' || this.#stale())
      return 'The GPUs do not answer any more; look at the kernel log, and restart the machine.'
    const { length } = report.gpus
    const pace = report.periodS === 1 ? 'every second' : `every ${report.periodS} seconds`
    return `${length === 1 ? 'One GPU is' : `${length} GPUs are`} read ${pace}.`
  }
}
