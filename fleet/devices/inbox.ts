// Where every message of every device comes in: the topic says who speaks (the broker has checked it) and
// what about; each kind goes to the one that keeps it.

import { parseTopic } from '../../contract/index.ts'
import type { Logger } from '../../kernel/logger.ts'
import type { Contacts } from './contacts.ts'
import type { Ingest } from './ingest-events.ts'
import { readEnvelope, readHello, readState } from './read-message.ts'

/** Of so many unreadable messages one is noted in the log. */
const NOTED_EVERY = 1000

export interface InboxOptions {
  readonly contacts: Contacts
  readonly ingest: Ingest
  readonly logger: Logger
  /** After a hello the device learns what is committed, so that it sends nothing twice. */
  readonly onHello: (device: string) => Promise<void>
}

/** Takes one message after the other, so that states cannot overtake each other. */
export class Inbox {
  readonly #options: InboxOptions
  #unreadable = 0

  constructor(options: InboxOptions) {
    this.#options = options
  }

  /** Messages that could not be read since the start. */
  get unreadable(): number {
    return this.#unreadable
  }

  /** Takes one message; resolves when the next one may come. Never rejects. */
  async take(topic: string, payload: Uint8Array): Promise<void> {
    try {
      if (await this.#dispatch(topic, payload)) return
      this.#unreadable += 1
      // A device gone wild must not fill the disk with the log of its rubbish.
      if (this.#unreadable % NOTED_EVERY !== 1) return
      const facts = { topic, bytes: payload.byteLength, unreadable: this.#unreadable }
      this.#options.logger.warn(facts, 'message cannot be read')
    } catch (error) {
      this.#options.logger.error({ err: error, topic }, 'message could not be stored')
    }
  }

  async #dispatch(topic: string, payload: Uint8Array): Promise<boolean> {
    const { contacts, ingest, onHello } = this.#options
    const parsed = parseTopic(topic)
    const body = parsed && readEnvelope(payload)?.body
    if (!parsed || body === undefined) return false
    const { device } = parsed
    if (parsed.channel === 'event') return ingest.accept({ device, stream: parsed.stream }, body)
    if (parsed.channel === 'hello') {
      const hello = readHello(body)
      if (!hello) return false
      await contacts.hello(device, hello)
      await onHello(device)
      return true
    }
    const state = parsed.channel === 'state' ? readState(body) : undefined
    if (state) await contacts.state(device, state)
    return state !== undefined || parsed.channel === 'response'
  }
}
