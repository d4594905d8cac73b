// Keeps the console's picture of the fleet up to date: reads it once, then follows the stream, and reads it
// again after a cut. While nothing happens it asks now and then, so that a device falling silent is seen.

import { ApiError, fleetApi, fleetEvents, type RolloutDetail } from '../api/index.ts'
import { serverNow, setServerClock } from '../elements/index.ts'
import {
  byName,
  EMPTY_STATE,
  type FleetState,
  withAlert,
  withDevice,
  withRollout
} from './fleet-state.ts'

/** Pause before a failed first load is tried again, milliseconds. */
const RETRY_MS = 2000
/** After so long without an event the fleet is asked, milliseconds. */
const QUIET_MS = 15_000

/** Inert until `start`; tells of every new state until `stop`. */
export class LiveFleet {
  readonly #events = fleetEvents()
  readonly #tell: (state: FleetState) => void
  #state: FleetState = EMPTY_STATE
  #stopped = false
  #wasLost = false
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(tell: (state: FleetState) => void) {
    this.#tell = tell
  }

  start(): void {
    this.#events
      .on('overview', (overview) => {
        setServerClock(overview.now)
        this.#heard({ ...this.#state, overview })
      })
      .on('device', (device) => this.#heard(withDevice(this.#state, device)))
      .on('rollout', (rollout) => this.take(rollout))
      .on('alert', (alert) => this.#heard(withAlert(this.#state, alert)))
      .on('logs', ({ at }) => this.#heard({ ...this.#state, logsAt: at }))
      .on('models', () => void this.#readModels())
      .onState((stream) => this.#follow(stream))
      .start()
    this.#timer = setInterval(() => this.#ask(), QUIET_MS)
    void this.#readAll()
  }

  stop(): void {
    this.#stopped = true
    clearInterval(this.#timer)
    this.#events.stop()
  }

  /** Takes in a rollout at once, before the stream tells it too. */
  take(rollout: RolloutDetail): void {
    this.#heard(withRollout(this.#state, rollout))
  }

  /** Reads a rollout with its devices, once; the stream keeps it fresh. */
  async need(rollout: string): Promise<void> {
    if (this.#state.details.has(rollout)) return
    this.take(await fleetApi.rollout(rollout))
  }

  #become(state: FleetState): void {
    this.#state = state
    if (!this.#stopped) this.#tell(state)
  }

  #heard(state: FleetState): void {
    this.#become({ ...state, at: serverNow() })
  }

  #follow(stream: FleetState['stream']): void {
    this.#become({ ...this.#state, stream })
    if (stream.state === 'lost') this.#wasLost = true
    else if (this.#wasLost) {
      this.#wasLost = false
      // What happened meanwhile was not told: rollouts are read anew when they are opened.
      this.#become({ ...this.#state, details: new Map() })
      void this.#readAll()
    }
  }

  /** A quiet fleet sends nothing; whether its devices still report has to be asked. */
  #ask(): void {
    const { at, stream } = this.#state
    if (document.hidden || stream.state !== 'open' || serverNow() - (at ?? 0) < QUIET_MS) return
    void this.#readFirst().catch(() => undefined)
  }

  async #readModels(): Promise<void> {
    const [models, engines] = await Promise.all([
      fleetApi.models().catch(() => this.#state.models),
      this.#readEngines()
    ])
    this.#heard({ ...this.#state, models, engines })
  }

  /** A screen without them is still worth showing. */
  #readEngines(): Promise<FleetState['engines']> {
    return fleetApi.engines().catch(() => this.#state.engines)
  }

  /** What the first picture needs. */
  async #readFirst(): Promise<void> {
    const [overview, devices] = await Promise.all([fleetApi.overview(), fleetApi.devices()])
    setServerClock(overview.now)
    this.#heard({ ...this.#state, overview, devices: byName(devices), failure: '', code: '' })
  }

  async #readAll(): Promise<void> {
    try {
      await this.#readFirst()
      const [models, rollouts, alerts, engines] = await Promise.all([
        fleetApi.models(),
        fleetApi.rollouts(),
        fleetApi.alerts(),
        this.#readEngines()
      ])
      this.#heard({ ...this.#state, models, rollouts, alerts, engines })
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error)
      this.#become({ ...this.#state, failure, code: error instanceof ApiError ? error.code : '' })
      if (!this.#stopped) setTimeout(() => void this.#readAll(), RETRY_MS)
    }
  }
}
