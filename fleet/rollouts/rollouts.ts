// Rollouts: created by an operator, moved on by what devices report, ended when every device has ended.
// What a device is to run is a state, not an event: it is published again whenever it may have been lost.

import {
  type DesiredModel,
  type DesiredState,
  NearsideError,
  type ReportedState,
  type Rollout,
  type RolloutDetail,
  type RolloutDevice,
  type RolloutRequest
} from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import { presenceOf } from '../devices/index.ts'
import type { ChangeBus, DeviceRow, RolloutRow, Store, StoreTables } from '../store/index.ts'
import { createRollout } from './create-rollout.ts'
import { advance, reasonNow, timelineSentence, type WantedRow } from './device-progress.ts'
import { type Counts, countDevices, countStates, outcomeOf } from './outcome.ts'

/** Rollouts in a list. */
const LISTED = 100
/** Lines of a timeline that are shown. */
const TIMELINE_LINES = 500

export interface RolloutsOptions {
  readonly store: Store
  readonly clock: Clock
  readonly changes: ChangeBus
  /** Publishes what a device is to run, to be kept by the broker. */
  readonly publishDesired: (device: string, desired: DesiredState) => void
  /** Where devices fetch blobs; known when the fleet listens. */
  readonly blobsUrl: () => string
}

/** Holds no state of its own: everything is in the store, so a restart changes nothing. */
export class Rollouts {
  readonly #options: RolloutsOptions

  constructor(options: RolloutsOptions) {
    this.#options = options
  }

  /** Creates a rollout, or finds the one that the same request made before. */
  async create(
    rollout: RolloutRequest,
    idempotencyKey?: string
  ): Promise<{ rollout: RolloutDetail; created: boolean }> {
    const { store, clock, changes } = this.#options
    const now = clock.now()
    const made = await store.transaction(async (tables) => {
      const created = await createRollout(tables, { rollout, idempotencyKey, now })
      for (const id of [created.id, ...created.superseded]) await this.#settle(tables, id)
      return created
    })
    for (const device of made.devices) await this.publish(device)
    for (const id of [made.id, ...made.superseded]) changes.emit('rollout', { id })
    return { rollout: await this.find(made.id), created: made.created }
  }

  /** Moves the rollouts of a device on by what it reported. */
  async reported(device: string, state: ReportedState): Promise<void> {
    const { store, clock, changes } = this.#options
    const now = clock.now()
    const moved = await store.transaction(async (tables) => {
      const rows = await tables.rollouts.ofDevice(device)
      const next = rows.flatMap((row) => advance(row, state, now) ?? [])
      const stepped = new Set(
        next.filter(({ rollout, state: step }) =>
          rows.some((row) => row.rollout === rollout && row.state !== step)
        )
      )
      for (const row of next) await this.#save(tables, row, stepped.has(row))
      return next
    })
    for (const { rollout } of moved) changes.emit('rollout', { id: rollout })
  }

  /** Publishes what a device is to run, from the store. */
  async publish(device: string): Promise<void> {
    const row = await this.#options.store.devices.find(device)
    if (row) this.#publishRow(row)
  }

  /** Publishes what every device is to run: the broker may have forgotten. */
  async publishAll(): Promise<void> {
    for (const row of await this.#options.store.devices.all()) this.#publishRow(row)
  }

  /** Newest first. Devices are read only of those that still run: their sentence names who is missing. */
  async list(limit = LISTED): Promise<Rollout[]> {
    const { rollouts } = this.#options.store
    const rows = await rollouts.recent(limit)
    const states = await rollouts.deviceStates(rows.map(({ id }) => id))
    const list: Rollout[] = []
    for (const row of rows) {
      const counts = countStates(states.get(row.id) ?? new Map())
      const devices = row.state === 'running' ? await this.#devices(row.id) : []
      list.push(summary(row, counts, sentenceNow(row, devices)))
    }
    return list
  }

  /**
   * One rollout with its devices and what happened.
   * @throws NearsideError NS_ROLLOUT_UNKNOWN
   */
  async find(id: string): Promise<RolloutDetail> {
    const { store } = this.#options
    const row = await store.rollouts.find(id)
    if (!row) {
      const sentence = `There is no rollout ${id}; see /api/v1/rollouts for those there are.`
      throw new NearsideError('NS_ROLLOUT_UNKNOWN', sentence)
    }
    const devices = await this.#devices(id)
    const timeline = await store.rollouts.timeline(id, TIMELINE_LINES)
    const counts = countDevices(devices)
    return { ...summary(row, counts, sentenceNow(row, devices)), devices, timeline }
  }

  #publishRow({ id, gen, desired }: DeviceRow): void {
    if (gen === 0) return // nobody ever asked anything of this device
    const { publishDesired, blobsUrl } = this.#options
    const models = JSON.parse(desired) as DesiredModel[]
    publishDesired(id, { gen, models, blobs: blobsUrl() })
  }

  async #devices(rollout: string): Promise<RolloutDevice[]> {
    const { store, clock } = this.#options
    const now = clock.now()
    const contacts = await store.devices.contacts()
    return (await store.rollouts.devices(rollout)).map((row) => {
      const contact = contacts.get(row.device)
      return {
        device: row.device,
        name: row.name,
        state: row.state as RolloutDevice['state'],
        progress: row.progress,
        code: row.code,
        reason: contact ? reasonNow(row, presenceOf(contact, now)) : row.reason,
        previousVersion: row.previous_version,
        at: row.at
      }
    })
  }

  async #save(tables: StoreTables, row: WantedRow, stepped: boolean): Promise<void> {
    const { model: _model, version: _version, ...stored } = row
    await tables.rollouts.saveDevice(stored)
    if (stepped) {
      const name = (await tables.devices.find(row.device))?.name ?? row.device
      const { rollout, device, at } = row
      const sentence = timelineSentence(name, row)
      await tables.rollouts.addTimeline({ rollout, at, device, sentence })
    }
    await this.#settle(tables, row.rollout)
  }

  /** Writes the state and the sentence that its devices make of a rollout. */
  async #settle(tables: StoreTables, id: string): Promise<void> {
    const row = await tables.rollouts.find(id)
    if (row?.state !== 'running') return
    const what = `${row.model} ${row.version}`
    const { state, sentence } = outcomeOf(await tables.rollouts.devices(id), what)
    const now = this.#options.clock.now()
    const ended_at = state === 'running' ? null : now
    await tables.rollouts.change(id, { state, sentence, ended_at })
    if (ended_at !== null)
      await tables.rollouts.addTimeline({ rollout: id, at: now, device: null, sentence })
  }
}

function summary(row: RolloutRow, counts: Counts, sentence: string): Rollout {
  return {
    id: row.id,
    model: row.model,
    version: row.version,
    state: row.state,
    sentence,
    createdAt: row.created_at,
    endedAt: row.ended_at,
    counts
  }
}

/** While one device alone is missing, the sentence says what it waits for. */
function sentenceNow(row: RolloutRow, devices: readonly RolloutDevice[]): string {
  if (row.state !== 'running') return row.sentence
  const { sentence } = outcomeOf(devices, `${row.model} ${row.version}`)
  const waiting = devices.filter(({ state }) => state === 'pending' || state === 'sent')
  const [only] = waiting
  return waiting.length === 1 && only ? `${sentence} ${only.name}: ${only.reason}` : sentence
}
