// From what changes inside the device to the event stream of its pages: everything at once, except the sheets
// that are made anew as a whole and the progress of a benchmark, which go out at most once a second.

import type {
  AdvisorOverview,
  Alarm,
  BenchmarkSummary,
  DeviceEvents,
  GpuOverview,
  LogOverview,
  TelemetrySnapshot
} from '../contract/index.ts'
import type { Cancel, Clock } from '../kernel/clock.ts'
import { EventBus } from '../kernel/event-bus.ts'
import type { EventStream } from '../kernel/http-events.ts'
import type { DeviceStatus } from './device-status.ts'
import type { JobEvents } from './jobs/index.ts'
import type { WatchEvents } from './open-watches.ts'

const SHEET_MS = 1000

interface SignalTargets {
  readonly stream: EventStream<DeviceEvents>
  readonly status: DeviceStatus
  /** The fleet is told that something changed. */
  readonly tellFleet: () => void
}

export class LiveSignals implements WatchEvents {
  readonly jobs = new EventBus<JobEvents>()
  #clock: Clock
  #targets: SignalTargets | undefined
  #sheets = new Set<'device' | 'models'>()
  #run: { readonly id: string; news?: BenchmarkSummary } | undefined
  #owned: Cancel[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Begins to pass signals on; what came before went nowhere, because nobody listened. */
  start(targets: SignalTargets): void {
    this.#targets = targets
    const { stream } = targets
    this.#owned = [
      this.#clock.every(SHEET_MS, () => this.#sendSheets()),
      this.jobs.on('job', (job) => {
        stream.send('job', job)
        this.changed('device')
      }),
      this.jobs.on('job-removed', (removed) => stream.send('job-removed', removed))
    ]
  }

  stop(): void {
    for (const cancel of this.#owned.splice(0)) cancel()
    this.#targets = undefined
  }

  /** A sheet is to be made anew. */
  changed(sheet: 'device' | 'models'): void {
    this.#sheets.add(sheet)
    if (sheet === 'models') this.#targets?.tellFleet()
  }

  onTelemetry(snapshot: TelemetrySnapshot): void {
    this.#targets?.stream.send('telemetry', snapshot)
  }

  onLogs({ at, lines, linesPerSecond, anomalies }: LogOverview): void {
    this.#targets?.stream.send('logs', { at, lines, linesPerSecond, anomalies: anomalies.length })
  }

  onGpus(overview: GpuOverview): void {
    this.#targets?.stream.send('gpus', overview)
  }

  /** The beginning and the end of a benchmark go out at once. */
  onBenchmark(summary: BenchmarkSummary): void {
    const { id, state } = summary
    if (state === 'running' && this.#run?.id === id) {
      this.#run.news = summary
      return
    }
    this.#run = state === 'running' ? { id } : undefined
    this.#targets?.stream.send('benchmark', summary)
  }

  onBenchmarkRemoved(id: string): void {
    this.#targets?.stream.send('benchmark-removed', { id })
  }

  onAdvice(overview: AdvisorOverview): void {
    this.#targets?.stream.send('advice', overview)
  }

  onAlarm(alarm: Alarm): void {
    this.#targets?.stream.send('alarm', alarm)
    this.#targets?.tellFleet()
    this.changed('device')
  }

  #sendSheets(): void {
    const { stream, status } = this.#targets ?? {}
    if (!stream || !status) return
    if (this.#sheets.has('device')) stream.send('device', status.info())
    if (this.#sheets.has('models')) stream.send('models', status.models())
    this.#sheets.clear()
    if (this.#run?.news) stream.send('benchmark', this.#run.news)
    if (this.#run) this.#run = { id: this.#run.id }
  }
}
