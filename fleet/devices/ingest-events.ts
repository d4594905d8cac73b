// Takes event batches, commits several in one transaction, and acknowledges only then. A device deletes
// nothing before the acknowledgement, so a crash at any point costs a repetition, never an event.

import { setImmediate as breathe } from 'node:timers/promises'
import type { EventAck, EventStream } from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Logger } from '../../kernel/logger.ts'
import type { ChangeBus, Store, StoreTables } from '../store/index.ts'
import { type CountedBatch, countBatch, type DeviceBatch } from './count-batch.ts'
import { readBatch } from './read-message.ts'

/** Records in one transaction, about: one fsync serves them all, and no reader waits long. */
const GROUP_RECORDS = 1000
/** Batches that may wait before reading from the broker stops. */
const WAITING_BATCHES = 128
/** Pause after a failed commit, ms: a full disk does not get emptier by asking. */
const RETRY_DELAY_MS = 1000

export interface IngestOptions {
  readonly store: Store
  readonly clock: Clock
  readonly logger: Logger
  readonly changes: ChangeBus
  /** Tells a device what is committed. */
  readonly acknowledge: (device: string, ack: EventAck) => void
  /** Called after each commit with the number of new events. */
  readonly onCommitted?: (stream: EventStream, events: number) => void
}

/** One for the fleet: all devices share its transactions. */
export class Ingest {
  readonly #options: IngestOptions
  readonly #waiting: DeviceBatch[] = []
  readonly #known = new Set<string>()
  #running: Promise<void> | undefined

  constructor(options: IngestOptions) {
    this.#options = options
  }

  /**
   * Takes the body of an event message. Resolves at once, or when there is room again.
   * @returns false when the body is no batch: nothing can be acknowledged then
   */
  async accept(source: { device: string; stream: EventStream }, body: unknown): Promise<boolean> {
    const batch = readBatch(source.stream, body)
    if (!batch || batch.good.length + batch.bad.length === 0) return false
    this.#waiting.push({ ...batch, ...source })
    this.#running ??= this.#run()
    if (this.#waiting.length >= WAITING_BATCHES) await this.#running
    return true
  }

  /** Resolves when everything that was taken is committed or given back to the devices. */
  async settled(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    await Promise.resolve() // batches that came in the same turn share the first transaction
    while (this.#waiting.length > 0) await this.#commit(this.#takeGroup())
    this.#running = undefined
  }

  #takeGroup(): DeviceBatch[] {
    let records = 0
    const end = this.#waiting.findIndex(({ good }) => {
      records += good.length
      return records > GROUP_RECORDS
    })
    return this.#waiting.splice(0, end < 0 ? this.#waiting.length : Math.max(1, end))
  }

  async #commit(batches: readonly DeviceBatch[]): Promise<void> {
    const { store, logger } = this.#options
    try {
      const counted = await store.transaction((tables) => this.#countAll(tables, batches))
      this.#tell(batches, counted)
    } catch (error) {
      this.#known.clear()
      // One batch may be at fault for all: alone, the others get through. Without an acknowledgement the
      // device sends the failed one again.
      if (batches.length > 1) for (const batch of batches) await this.#commit([batch])
      else {
        const { device, stream } = batches[0] as DeviceBatch
        logger.error({ err: error, device, stream }, 'events could not be committed')
        await this.#pause()
      }
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => void this.#options.clock.after(RETRY_DELAY_MS, resolve))
  }

  async #countAll(tables: StoreTables, batches: readonly DeviceBatch[]): Promise<CountedBatch[]> {
    const now = this.#options.clock.now()
    const counted: CountedBatch[] = []
    for (const batch of batches) {
      await this.#ensureDevice(tables, batch.device, now)
      counted.push(await countBatch(tables, batch, now))
      await breathe() // the database answers at once, so without this the loop would stand still
    }
    for (const device of new Set(batches.map((batch) => batch.device)))
      await tables.devices.touch(device, { last_seen_at: now })
    return counted
  }

  /** A device whose certificate is ours but whose row is gone (a restored backup) comes back by itself. */
  async #ensureDevice(tables: StoreTables, id: string, now: number): Promise<void> {
    if (this.#known.has(id)) return
    if (!(await tables.devices.exists(id)))
      await tables.devices.insert({ id, name: id, enrolled_at: now })
    this.#known.add(id)
  }

  #tell(batches: readonly DeviceBatch[], counted: readonly CountedBatch[]): void {
    const { acknowledge, changes, onCommitted } = this.#options
    const acks = new Map<string, { device: string; ack: EventAck }>()
    for (const [index, { device, stream, epoch }] of batches.entries()) {
      const { upto, fresh, alarms } = counted[index] as CountedBatch
      acks.set(`${device} ${stream} ${epoch}`, { device, ack: { stream, epoch, upto } })
      if (fresh > 0) onCommitted?.(stream, fresh)
      for (const id of alarms) changes.emit('alarm', { device, id })
      if (fresh > 0 && stream === 'log') changes.emit('logs', { device })
    }
    for (const { device, ack } of acks.values()) acknowledge(device, ack)
    for (const id of new Set(batches.map(({ device }) => device))) changes.emit('device', { id })
  }
}
