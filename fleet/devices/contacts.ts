// Keeps what devices say of themselves: hello, state, and the Will that says the connection is gone.

import type { Hello, ReportedState } from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { ChangeBus, Store } from '../store/index.ts'
import { presenceOf } from './presence.ts'
import type { DeviceState } from './read-message.ts'

/** How often silent devices are looked for, ms. */
const LOOK_PERIOD_MS = 15_000

export interface ContactsOptions {
  readonly store: Store
  readonly clock: Clock
  readonly changes: ChangeBus
  /** A device reported its state; called after it is stored. */
  readonly onReported: (device: string, state: ReportedState) => Promise<void>
}

/** What it learns is stored at once; it keeps only which devices it called stale. */
export class Contacts {
  readonly #options: ContactsOptions
  #stale = new Set<string>()
  #stopLooking: (() => void) | undefined

  constructor(options: ContactsOptions) {
    this.#options = options
  }

  /** Nobody is connected to a broker that has just started. */
  async start(): Promise<void> {
    const { store, clock } = this.#options
    await store.devices.allOffline(clock.now())
    this.#stopLooking = clock.every(LOOK_PERIOD_MS, () => void this.#lookForSilent())
  }

  stop(): void {
    this.#stopLooking?.()
  }

  /** A hello opens a session; the Will of an older one counts no more. */
  async hello(device: string, hello: Hello): Promise<void> {
    const { store, clock, changes } = this.#options
    const now = clock.now()
    await this.#ensure(device, hello.name)
    await store.devices.touch(device, {
      hello: JSON.stringify(hello),
      session: hello.session,
      last_seen_at: now,
      offline_at: null
    })
    changes.emit('device', { id: device })
  }

  /** A state renews the session, or ends it when it is the Will. */
  async state(device: string, state: DeviceState): Promise<void> {
    if (!state.online) return this.#lost(device, state.session)
    const { store, clock, changes, onReported } = this.#options
    await this.#ensure(device, device)
    await store.devices.touch(device, {
      reported: JSON.stringify(state),
      session: state.session,
      last_seen_at: clock.now(),
      offline_at: null
    })
    await onReported(device, state)
    changes.emit('device', { id: device })
  }

  /** The Will of a session that a newer one has replaced says nothing about the newer one. */
  async #lost(device: string, session: string): Promise<void> {
    const { store, clock, changes } = this.#options
    const row = await store.devices.find(device)
    if (!row || row.session !== session || row.offline_at !== null) return
    await store.devices.touch(device, { offline_at: clock.now() })
    changes.emit('device', { id: device })
  }

  /** A device whose certificate is ours but whose row is gone (a restored backup) comes back by itself. */
  async #ensure(id: string, name: string): Promise<void> {
    const { store, clock } = this.#options
    if (await store.devices.exists(id)) return
    await store.devices.insert({ id, name, enrolled_at: clock.now() })
  }

  async #lookForSilent(): Promise<void> {
    const { store, clock, changes } = this.#options
    const now = clock.now()
    const rows = await store.devices.all()
    const stale = new Set(
      rows.filter((row) => presenceOf(row, now).state === 'stale').map(({ id }) => id)
    )
    const changed = stale.symmetricDifference(this.#stale)
    this.#stale = stale
    for (const id of changed) changes.emit('device', { id })
  }
}
