// Offers the engines that were built on this device to its fleet, one after the other: after a build, when the
// link comes up, and now and then. Keeps no list on disk: the fleet says what it has and what is missing.

import { type EngineStatement, type NearsideError, toNearsideError } from '../../contract/index.ts'
import type { Cancel, Clock } from '../../kernel/clock.ts'
import type { EngineExchange } from './engine-exchange.ts'
import type { EngineStore, StoredEngine } from './engine-store.ts'
import { Serial } from './serial.ts'

export interface EngineOffersOptions {
  readonly store: EngineStore
  readonly exchange: Pick<EngineExchange, 'offer'>
  readonly clock: Clock
  /** The model that a file belongs to; undefined when the device has it no more. */
  readonly modelOf: (sha256: string) => EngineStatement['model'] | undefined
  readonly onFault: (error: NearsideError) => void
}

/** After a failure everything is offered again, ms. */
const AGAIN_MS = 15 * 60_000

export class EngineOffers {
  #options: EngineOffersOptions
  #turn = new Serial()
  #abort = new AbortController()
  /** What the fleet has taken or declined since the link came up. */
  #settled = new Set<string>()
  #again: Cancel | undefined

  constructor(options: EngineOffersOptions) {
    this.#options = options
  }

  /** The link came up, perhaps to another fleet: everything is offered anew. */
  restart(): Promise<void> {
    this.#settled.clear()
    return this.offerAll()
  }

  /** Offers what the fleet has not answered for yet. Never rejects. */
  offerAll(): Promise<void> {
    return this.#turn.run(async () => {
      this.#again?.()
      this.#again = undefined
      for (const engine of await this.#options.store.list()) {
        if (this.#abort.signal.aborted) return
        await this.#offer(engine)
      }
    })
  }

  async #offer(engine: StoredEngine): Promise<void> {
    const { store, exchange, modelOf, onFault, clock } = this.#options
    const { digest, record } = engine
    const model = modelOf(record.key.modelSha256)
    const mark = `${digest} ${record.builtAt}`
    if (!record.machine || !model || this.#settled.has(mark)) return
    if (await store.origin(engine).catch(() => true)) return // its builder offers it
    const { signal } = this.#abort
    try {
      await exchange.offer(engine, model, signal)
      this.#settled.add(mark)
    } catch (error) {
      if (signal.aborted) return
      const known = toNearsideError(error)
      onFault(known)
      if (known.retryable) this.#again ??= clock.after(AGAIN_MS, () => void this.offerAll())
      else this.#settled.add(mark)
    }
  }

  /** Ends what is sent. */
  async stop(): Promise<void> {
    this.#abort.abort()
    await this.#turn.run(async () => undefined)
    this.#again?.()
  }
}
