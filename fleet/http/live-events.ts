// Tells open consoles what changed: changes are collected for half a second and read once, so that a busy
// fleet costs a console no more than a quiet one. Without a console nothing is read at all.

import type { FleetEvents, FleetOverview } from '../../contract/index.ts'
import { EventStream } from '../../kernel/http-events.ts'
import type { HttpApp } from '../../kernel/http-server.ts'
import { listAlerts } from '../alerts/index.ts'
import { findDevice } from '../devices/index.ts'
import type { FleetServices } from './fleet-services.ts'
import { readOverview } from './overview.ts'

/** Changes are collected so long, ms. */
const COLLECT_MS = 500
/** The overview is read at most so often, ms. */
const OVERVIEW_MS = 1000
/** Newest alarms that are searched for a changed one. */
const ALERTS_SEARCHED = 200

/** One for each server; it owns its listeners and its timer. */
export class LiveEvents {
  readonly #services: FleetServices
  readonly #stream = new EventStream<FleetEvents>()
  readonly #devices = new Set<string>()
  readonly #rollouts = new Set<string>()
  readonly #alarms = new Set<string>()
  #logs = false
  #models = false
  #overview = false
  #overviewAtMs = Number.NEGATIVE_INFINITY
  #lastOverview: FleetOverview | undefined
  #timer: (() => void) | undefined
  #owned: (() => void)[] = []

  constructor(services: FleetServices) {
    this.#services = services
  }

  /** Adds the route and begins to listen for changes. */
  register(app: HttpApp): void {
    this.#stream.register(app, '/api/v1/events', () => {
      this.#mark(() => undefined) // the newcomer gets a fresh overview with the next turn
      return this.#lastOverview ? [{ name: 'overview', data: this.#lastOverview }] : []
    })
    const { changes, broker } = this.#services
    this.#owned = [
      changes.on('device', ({ id }) => this.#mark(() => this.#devices.add(id))),
      changes.on('rollout', ({ id }) => this.#mark(() => this.#rollouts.add(id))),
      changes.on('alarm', ({ device, id }) =>
        this.#mark(() => this.#alarms.add(`${device} ${id}`))
      ),
      changes.on('logs', () => this.#mark(() => (this.#logs = true))),
      changes.on('models', () => this.#mark(() => (this.#models = true))),
      changes.on('overview', () => this.#mark(() => undefined)),
      broker.onChange(() => this.#mark(() => undefined))
    ]
    app.addHook('onClose', async () => this.stop())
  }

  /** Ends listening; the streams are ended by the server. */
  stop(): void {
    this.#timer?.()
    for (const release of this.#owned.splice(0)) release()
  }

  /** Notes a change; every change also changes the overview. */
  #mark(note: () => unknown): void {
    note()
    this.#overview = true
    this.#timer ??= this.#services.clock.after(COLLECT_MS, () => {
      this.#timer = undefined
      this.#flush().catch((error: unknown) =>
        this.#services.logger.error({ err: error }, 'live events could not be read')
      )
    })
  }

  async #flush(): Promise<void> {
    const devices = take(this.#devices)
    const rollouts = take(this.#rollouts)
    const alarms = take(this.#alarms)
    if (this.#stream.clients === 0) return
    const { store, clock } = this.#services
    for (const id of devices) this.#stream.send('device', await findDevice(store, id, clock.now()))
    for (const id of rollouts) this.#stream.send('rollout', await this.#services.rollouts.find(id))
    await this.#sendAlarms(alarms)
    if (this.#logs) this.#stream.send('logs', { at: clock.now() })
    if (this.#models) this.#stream.send('models', { at: clock.now() })
    this.#logs = false
    this.#models = false
    await this.#sendOverview()
  }

  async #sendAlarms(changed: readonly string[]): Promise<void> {
    if (changed.length === 0) return
    const wanted = new Set(changed)
    for (const alert of await listAlerts(this.#services.store, { limit: ALERTS_SEARCHED })) {
      if (wanted.has(`${alert.device} ${alert.id}`)) this.#stream.send('alert', alert)
    }
  }

  async #sendOverview(): Promise<void> {
    if (!this.#overview) return
    const now = this.#services.clock.monotonicMs()
    if (now - this.#overviewAtMs < OVERVIEW_MS) return this.#mark(() => undefined)
    this.#overviewAtMs = now
    this.#overview = false
    this.#lastOverview = await readOverview(this.#services)
    this.#stream.send('overview', this.#lastOverview)
  }
}

function take(set: Set<string>): string[] {
  const all = [...set]
  set.clear()
  return all
}
