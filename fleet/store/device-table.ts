// Devices and the one-time tokens by which they enrol.

import type { QueryHandle } from './query-handle.ts'
import type { DeviceRow, TokenRow } from './tables.ts'

export type DeviceContact = Pick<DeviceRow, 'id' | 'session' | 'last_seen_at' | 'offline_at'>

type Contact = Partial<
  Pick<DeviceRow, 'last_seen_at' | 'session' | 'offline_at' | 'hello' | 'reported'>
>

/** Devices are never deleted: their events refer to them. */
export class DeviceTable {
  readonly #db: QueryHandle

  constructor(db: QueryHandle) {
    this.#db = db
  }

  /** With everything that they reported, by id. */
  all(): Promise<DeviceRow[]> {
    return this.#db.selectFrom('devices').selectAll().orderBy('id').execute()
  }

  /** What says whether a device is there, without the documents that it reported; by id. */
  async contacts(): Promise<Map<string, DeviceContact>> {
    const rows = await this.#db
      .selectFrom('devices')
      .select(['id', 'session', 'last_seen_at', 'offline_at'])
      .execute()
    return new Map(rows.map((row) => [row.id, row]))
  }

  /** Undefined when no such device is enrolled. */
  find(id: string): Promise<DeviceRow | undefined> {
    return this.#db.selectFrom('devices').selectAll().where('id', '=', id).executeTakeFirst()
  }

  /** Cheaper than reading the device. */
  async exists(id: string): Promise<boolean> {
    const row = await this.#db
      .selectFrom('devices')
      .select('id')
      .where('id', '=', id)
      .executeTakeFirst()
    return row !== undefined
  }

  /** A device that has never connected and is asked to run nothing. */
  async insert(device: Pick<DeviceRow, 'id' | 'name' | 'enrolled_at'>): Promise<void> {
    const unknown = {
      last_seen_at: null,
      session: null,
      offline_at: null,
      hello: null,
      reported: null
    }
    await this.#db
      .insertInto('devices')
      .values({ ...device, ...unknown, gen: 0, desired: '[]' })
      .execute()
  }

  /** Writes what a device said of itself, or that it was heard. */
  async touch(id: string, contact: Contact): Promise<void> {
    await this.#db.updateTable('devices').set(contact).where('id', '=', id).execute()
  }

  /** At a start nobody is connected: whoever was becomes offline since it was last heard. */
  async allOffline(now: number): Promise<void> {
    await this.#db
      .updateTable('devices')
      .set(({ fn, ref, val }) => ({ offline_at: fn.coalesce(ref('last_seen_at'), val(now)) }))
      .where('offline_at', 'is', null)
      .where('session', 'is not', null)
      .execute()
  }

  /** Replaces the desired models of a device under a higher generation. */
  async setDesired(id: string, gen: number, desired: string): Promise<void> {
    await this.#db.updateTable('devices').set({ gen, desired }).where('id', '=', id).execute()
  }

  /** Takes the digest; the token itself is kept nowhere. */
  async addToken(token: Pick<TokenRow, 'hash' | 'created_at' | 'expires_at'>): Promise<void> {
    await this.#db
      .insertInto('enrolment_tokens')
      .values({ ...token, used_at: null, device: null })
      .execute()
  }

  /** True when a token could be used up now. */
  async isUsable(hash: string, now: number): Promise<boolean> {
    const row = await this.#db
      .selectFrom('enrolment_tokens')
      .select('hash')
      .where('hash', '=', hash)
      .where('used_at', 'is', null)
      .where('expires_at', '>', now)
      .executeTakeFirst()
    return row !== undefined
  }

  /** Uses a token up. False when it is unknown, used or too old: asked and answered in one statement. */
  async useToken(hash: string, device: string, now: number): Promise<boolean> {
    const used = await this.#db
      .updateTable('enrolment_tokens')
      .set({ used_at: now, device })
      .where('hash', '=', hash)
      .where('used_at', 'is', null)
      .where('expires_at', '>', now)
      .executeTakeFirst()
    return used.numUpdatedRows === 1n
  }
}
