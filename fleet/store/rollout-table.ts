// Rollouts, the devices in them, and what happened when.

import type { QueryHandle } from './query-handle.ts'
import type { IdempotencyRow, RolloutDeviceRow, RolloutRow } from './tables.ts'

export type DeviceOfRollout = RolloutDeviceRow & { readonly name: string }

type RolloutChange = Pick<RolloutRow, 'state' | 'sentence' | 'ended_at'>

/** Rollouts, their devices, their timelines, and the keys under which they were asked for. */
export class RolloutTable {
  readonly #db: QueryHandle

  constructor(db: QueryHandle) {
    this.#db = db
  }

  /** Newest first. */
  recent(limit: number): Promise<RolloutRow[]> {
    return this.#db
      .selectFrom('rollouts')
      .selectAll()
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit)
      .execute()
  }

  /** Undefined when there is none of that id. */
  find(id: string): Promise<RolloutRow | undefined> {
    return this.#db.selectFrom('rollouts').selectAll().where('id', '=', id).executeTakeFirst()
  }

  /** Writes a rollout with its devices; the caller holds the transaction. */
  async insert(rollout: RolloutRow, devices: readonly RolloutDeviceRow[]): Promise<void> {
    await this.#db.insertInto('rollouts').values(rollout).execute()
    for (const device of devices)
      await this.#db.insertInto('rollout_devices').values(device).execute()
  }

  /** Writes what its devices make of a rollout. */
  async change(id: string, change: RolloutChange): Promise<void> {
    await this.#db.updateTable('rollouts').set(change).where('id', '=', id).execute()
  }

  /** Devices of a rollout with their names, by id. */
  devices(rollout: string): Promise<DeviceOfRollout[]> {
    return this.#db
      .selectFrom('rollout_devices')
      .innerJoin('devices', 'devices.id', 'rollout_devices.device')
      .selectAll('rollout_devices')
      .select('devices.name')
      .where('rollout', '=', rollout)
      .orderBy('device')
      .execute()
  }

  /** How many rollouts there are in each state. */
  async countByState(): Promise<Map<string, number>> {
    const rows = await this.#db
      .selectFrom('rollouts')
      .select(({ fn }) => ['state', fn.countAll<number>().as('count')])
      .groupBy('state')
      .execute()
    return new Map(rows.map(({ state, count }) => [state, count]))
  }

  /** How many devices of each rollout are in each state. */
  async deviceStates(rollouts: readonly string[]): Promise<Map<string, Map<string, number>>> {
    const states = new Map(rollouts.map((id) => [id, new Map<string, number>()]))
    if (rollouts.length === 0) return states
    const rows = await this.#db
      .selectFrom('rollout_devices')
      .select(({ fn }) => ['rollout', 'state', fn.countAll<number>().as('count')])
      .where('rollout', 'in', rollouts)
      .groupBy(['rollout', 'state'])
      .execute()
    for (const { rollout, state, count } of rows) states.get(rollout)?.set(state, count)
    return states
  }

  /** The running rollouts that a device is part of, oldest first, with what they want it to run. */
  ofDevice(device: string): Promise<(RolloutDeviceRow & { model: string; version: string })[]> {
    return this.#db
      .selectFrom('rollout_devices')
      .innerJoin('rollouts', 'rollouts.id', 'rollout_devices.rollout')
      .selectAll('rollout_devices')
      .select(['rollouts.model', 'rollouts.version'])
      .where('rollout_devices.device', '=', device)
      .where('rollouts.state', '=', 'running')
      .orderBy('rollouts.created_at')
      .orderBy('rollouts.id')
      .execute()
  }

  /** Writes how far a device is; who takes part and since when never changes. */
  async saveDevice(row: RolloutDeviceRow): Promise<void> {
    const { rollout, device, state, progress, code, reason, at } = row
    await this.#db
      .updateTable('rollout_devices')
      .set({ state, progress, code, reason, at })
      .where('rollout', '=', rollout)
      .where('device', '=', device)
      .execute()
  }

  /** Adds a line to what happened. */
  async addTimeline(entry: {
    rollout: string
    at: number
    device: string | null
    sentence: string
  }): Promise<void> {
    await this.#db.insertInto('rollout_timeline').values(entry).execute()
  }

  /** Oldest first; the newest ones when there are more than the limit. */
  async timeline(rollout: string, limit: number) {
    const rows = await this.#db
      .selectFrom('rollout_timeline')
      .select(['at', 'device', 'sentence'])
      .where('rollout', '=', rollout)
      .orderBy('id', 'desc')
      .limit(limit)
      .execute()
    return rows.reverse()
  }

  /** What an earlier request under the same key made. */
  findKey(key: string): Promise<IdempotencyRow | undefined> {
    return this.#db
      .selectFrom('idempotency_keys')
      .selectAll()
      .where('key', '=', key)
      .executeTakeFirst()
  }

  /** Remembers what a request made; a second row under a key is an error. */
  async addKey(row: IdempotencyRow): Promise<void> {
    await this.#db.insertInto('idempotency_keys').values(row).execute()
  }
}
