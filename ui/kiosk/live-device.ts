// Keeps the kiosk's picture of the device up to date: reads everything once, then follows the stream, and
// reads everything again after a cut. Screens are told of each new state.

import {
  type Alarm,
  type deviceApi,
  type deviceEvents,
  deviceApi as realApi,
  deviceEvents as realEvents
} from '../api/index.ts'
import {
  type DeviceState,
  EMPTY_STATE,
  withAlarm,
  withHistory,
  withJob,
  withTelemetry
} from './device-state.ts'

type Api = Pick<
  typeof deviceApi,
  'device' | 'telemetry' | 'history' | 'alarms' | 'logs' | 'models' | 'gpus' | 'jobs'
>

interface LiveDeviceOptions {
  readonly api?: Api
  readonly events?: typeof deviceEvents
  readonly later?: (run: () => void, ms: number) => void
}

const TILE_MINUTES = 15
/** Pause before a failed first load is tried again. */
const RETRY_MS = 2000

export class LiveDevice {
  readonly #api: Api
  readonly #events: ReturnType<typeof deviceEvents>
  readonly #later: (run: () => void, ms: number) => void
  readonly #tell: (state: DeviceState) => void
  #state: DeviceState = EMPTY_STATE
  #stopped = false
  #wasLost = false

  constructor(tell: (state: DeviceState) => void, options: LiveDeviceOptions = {}) {
    this.#tell = tell
    this.#api = options.api ?? realApi
    this.#events = (options.events ?? realEvents)()
    this.#later = options.later ?? ((run, ms) => setTimeout(run, ms))
  }

  get state(): DeviceState {
    return this.#state
  }

  start(): void {
    this.#events
      .on('device', (device) => {
        this.#become({ ...this.#state, device })
        // A machine without GPUs sends no events of them, and needs a while to know that it has none.
        if (this.#state.gpus?.gpus.length === 0) void this.#readGpus()
      })
      .on('telemetry', (snapshot) => this.#become(withTelemetry(this.#state, snapshot)))
      .on('alarm', (alarm) => this.#become(withAlarm(this.#state, alarm)))
      .on('models', (models) => this.#become({ ...this.#state, models }))
      .on('gpus', (gpus) => this.#become({ ...this.#state, gpus }))
      .on('job', (job) => this.#become(withJob(this.#state, job)))
      .on('job-removed', ({ id }) =>
        this.#become({ ...this.#state, jobs: this.#state.jobs.filter((job) => job.id !== id) })
      )
      .on('logs', () => void this.#readLogs())
      .onState((stream) => this.#follow(stream))
      .start()
    void this.#readAll()
  }

  /** Takes in the answer to an act at once, before the stream tells it too. */
  take(alarm: Alarm): void {
    this.#become(withAlarm(this.#state, alarm))
  }

  stop(): void {
    this.#stopped = true
    this.#events.stop()
  }

  #become(state: DeviceState): void {
    this.#state = state
    if (!this.#stopped) this.#tell(state)
  }

  #follow(stream: DeviceState['stream']): void {
    this.#become({ ...this.#state, stream })
    if (stream.state === 'lost') this.#wasLost = true
    else if (this.#wasLost) {
      this.#wasLost = false
      void this.#readAll()
    }
  }

  async #readGpus(): Promise<void> {
    const gpus = await this.#api.gpus().catch(() => this.#state.gpus)
    // An event that came meanwhile is newer.
    if (this.#state.gpus?.gpus.length === 0) this.#become({ ...this.#state, gpus })
  }

  async #readLogs(): Promise<void> {
    const logs = await this.#api.logs().catch(() => this.#state.logs)
    this.#become({ ...this.#state, logs })
  }

  async #readAll(): Promise<void> {
    try {
      const [device, telemetry, alarms] = await Promise.all([
        this.#api.device(),
        this.#api.telemetry(),
        this.#api.alarms()
      ])
      this.#become(withTelemetry({ ...this.#state, device, alarms }, telemetry))
      await this.#readMore()
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error)
      this.#become({ ...this.#state, failure })
      if (!this.#stopped) this.#later(() => void this.#readAll(), RETRY_MS)
    }
  }

  /** What the first picture can do without: it comes when it comes, one failure does not stop the rest. */
  async #readMore(): Promise<void> {
    const [models, gpus, jobs] = await Promise.all([
      this.#api.models().catch(() => this.#state.models),
      this.#api.gpus().catch(() => this.#state.gpus),
      this.#api.jobs().catch(() => this.#state.jobs),
      this.#readLogs()
    ])
    this.#become({ ...this.#state, models, gpus, jobs })
    const names = (this.#state.series ?? [])
      .filter(({ state }) => state !== 'unavailable')
      .map(({ name }) => name)
    for (const name of names) {
      const past = await this.#api.history(name, TILE_MINUTES).catch(() => undefined)
      if (past) this.#become(withHistory(this.#state, past))
    }
  }
}
