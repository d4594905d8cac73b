// Everything that the fleet sends down to devices: acknowledgements and what they are to run. Each message
// can be made again from the store, so one that finds no connection is dropped without harm.

import {
  type DesiredState,
  type EventAck,
  MAX_PACKET_BYTES,
  PROTOCOL_VERSION,
  topics
} from '../contract/index.ts'
import type { Clock } from '../kernel/clock.ts'
import { newId } from '../kernel/ids.ts'
import type { Logger } from '../kernel/logger.ts'
import type { FleetLink } from './broker/index.ts'

/** Room for topic and header in a packet, bytes. */
const FRAME_BYTES = 1024

interface Message {
  readonly topic: string
  readonly body: unknown
  readonly gen: number
  readonly retain: boolean
}

interface DownlinkOptions {
  readonly clock: Clock
  readonly logger: Logger
}

/** Made before the connection exists; until it is attached messages are dropped. */
export class Downlink {
  readonly #options: DownlinkOptions
  #link: Pick<FleetLink, 'publish'> | undefined
  #seq = 0

  constructor(options: DownlinkOptions) {
    this.#options = options
  }

  /** From now on messages go out by this connection. */
  attach(link: Pick<FleetLink, 'publish'>): void {
    this.#link = link
  }

  /** Tells a device what is committed. Lost, it comes again with the repetition of the batch. */
  acknowledge(device: string, ack: EventAck): void {
    this.#send({ topic: topics.ack(device), body: ack, gen: 0, retain: false })
  }

  /** Tells a device what it is to run; the broker keeps it for a device that is away. */
  desire(device: string, desired: DesiredState): void {
    const { gen } = desired
    this.#send({ topic: topics.desired(device), body: desired, gen, retain: true })
  }

  #send({ topic, body, gen, retain }: Message): void {
    const { clock, logger } = this.#options
    const ts = clock.now()
    const envelope = { v: PROTOCOL_VERSION, id: newId(ts), ts, seq: this.#seq++, gen, body }
    const payload = JSON.stringify(envelope)
    // A packet over the cap would close the connection, and again at every repetition.
    if (Buffer.byteLength(payload) > MAX_PACKET_BYTES - FRAME_BYTES)
      logger.error({ topic, bytes: payload.length }, 'message is too large and was not sent')
    else this.#link?.publish(topic, payload, { retain, qos: retain ? 1 : 0 })
  }
}
