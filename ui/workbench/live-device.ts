// Keeps the workbench's picture of the device up to date: reads it once, then follows the stream, and reads
// it again after a cut.

import { deviceApi, deviceEvents, type Job } from '../api/index.ts'
import { serverNow, setServerClock } from '../elements/index.ts'
import {
  EMPTY_STATE,
  type WorkbenchState,
  withBenchmark,
  withJob,
  withLeaving,
  withoutJob,
  withStream,
  withTelemetry
} from './workbench-state.ts'

/** Pause before a failed first load is tried again, milliseconds. */
const RETRY_MS = 2000

export class LiveDevice {
  readonly #events = deviceEvents()
  readonly #tell: (state: WorkbenchState) => void
  #state: WorkbenchState = EMPTY_STATE
  #stopped = false
  #wasLost = false

  constructor(tell: (state: WorkbenchState) => void) {
    this.#tell = tell
  }

  start(): void {
    this.#events
      .on('device', (device) => {
        setServerClock(device.now)
        this.#become({ ...this.#state, device })
      })
      .on('telemetry', (snapshot) => this.#become(withTelemetry(this.#state, snapshot)))
      .on('models', (models) => this.#become({ ...this.#state, models }))
      .on('gpus', (gpus) => this.#become({ ...this.#state, gpus }))
      .on('benchmark', (run) => this.#become(withBenchmark(this.#state, run.id, run)))
      .on('benchmark-removed', ({ id }) => this.#become(withBenchmark(this.#state, id, null)))
      .on('advice', (advice) => this.#become({ ...this.#state, advice }))
      .on('job', (job) => this.take(job))
      .on('job-removed', ({ id }) => this.#become(withoutJob(this.#state, id)))
      .on('logs', () => void this.#readLogs())
      .onState((stream) => this.#follow(stream))
      .start()
    void this.#readAll()
  }

  stop(): void {
    this.#stopped = true
    this.#events.stop()
  }

  /** Takes in a job at once, before the stream tells it too. */
  take(job: Job): void {
    this.#become(withJob(this.#state, job, serverNow()))
  }

  /** Hides a job that is about to be deleted, or shows it again. */
  leave(id: string, leaves: boolean): void {
    this.#become(withLeaving(this.#state, id, leaves))
  }

  #become(state: WorkbenchState): void {
    this.#state = state
    if (!this.#stopped) this.#tell(state)
  }

  #follow(stream: WorkbenchState['stream']): void {
    this.#become(withStream(this.#state, stream))
    if (stream.state === 'lost') this.#wasLost = true
    else if (this.#wasLost) {
      this.#wasLost = false
      void this.#readAll()
    }
  }

  async #readLogs(): Promise<void> {
    const logs = await deviceApi.logs().catch(() => this.#state.logs)
    this.#become({ ...this.#state, logs })
  }

  async #readAll(): Promise<void> {
    try {
      const [device, jobs] = await Promise.all([deviceApi.device(), deviceApi.jobs()])
      setServerClock(device.now)
      this.#become({ ...this.#state, device, jobs, failure: '', at: serverNow() })
      const [models, gpus, telemetry] = await Promise.all([
        deviceApi.models().catch(() => this.#state.models),
        deviceApi.gpus().catch(() => this.#state.gpus),
        deviceApi.telemetry().catch(() => undefined),
        this.#readLogs()
      ])
      const state = telemetry ? withTelemetry(this.#state, telemetry) : this.#state
      this.#become({ ...state, models, gpus })
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error)
      this.#become({ ...this.#state, failure })
      if (!this.#stopped) setTimeout(() => void this.#readAll(), RETRY_MS)
    }
  }
}
