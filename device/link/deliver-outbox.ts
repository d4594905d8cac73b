// Brings the outbox to the fleet: batches by priority, a bounded number under way, each sent again until the
// fleet says that it is committed; only then are records deleted. A PUBACK of the broker means nothing here.

import {
  EVENT_STREAMS,
  type EventAck,
  type EventStream,
  MAX_BATCH_BYTES,
  topics
} from '../../contract/index.ts'
import type { Cancel, Clock } from '../../kernel/clock.ts'
import type { Outbox } from '../store/index.ts'
import type { MqttLink } from './mqtt-link.ts'
import { StreamSender } from './stream-sender.ts'

interface DeliverOptions {
  readonly deviceId: string
  readonly outbox: Outbox
  readonly link: Pick<MqttLink, 'events' | 'online' | 'send'>
  readonly clock: Clock
  /** Jitter; default Math.random. */
  readonly random?: () => number
  /** Time without an acknowledgement after which a batch is sent again, ms; doubles each time. Default 15,000. */
  readonly resendMs?: number
}

/** Batches under way at most, all streams together. */
const WINDOW = 20
const BATCH_ROOM_BYTES = 1024 // frame of the batch and its envelope
const FAIR_TURN = 5 // every so many batches the least important waiting stream has its turn
const BATCHES_A_TURN = 2 // then the event loop gets air: a batch costs about 2 ms
const CHECK_MS = 1000

/** Sends what waits, and deletes what the fleet has committed. */
export class DeliverOutbox {
  #options: DeliverOptions
  #senders: Map<EventStream, StreamSender>
  #waiting = new Set<EventStream>(EVENT_STREAMS)
  #turn = 0
  #isScheduled = false
  #acks = new Map<EventStream, number>()
  #acknowledged = 0
  #resent = 0
  #owned: Cancel[] = []

  constructor(options: DeliverOptions) {
    this.#options = options
    const { clock, random = Math.random, resendMs = 15_000 } = options
    const make = (): StreamSender =>
      new StreamSender({ clock, random, resendMs, maxWindow: WINDOW })
    this.#senders = new Map(EVENT_STREAMS.map((stream) => [stream, make()]))
  }

  /** Events that the fleet has committed and batches that were sent again, since the start. */
  get stats(): { readonly acknowledged: number; readonly resent: number } {
    return { acknowledged: this.#acknowledged, resent: this.#resent }
  }

  /** Begins to send, now or as soon as the link is up. */
  start(): void {
    if (this.#owned.length > 0) return
    const { link, outbox, clock } = this.#options
    this.#owned = [
      link.events.on('online', () => this.#restart()),
      link.events.on('ack', (ack) => this.#acked(ack)),
      outbox.events.on('ready', (stream) => {
        this.#waiting.add(stream)
        this.#schedule()
      }),
      clock.every(CHECK_MS, () => this.#resendOverdue())
    ]
    if (link.online) this.#restart()
  }

  /** Stops sending; what was acknowledged so far is deleted. */
  stop(): void {
    this.#deleteAcked()
    for (const release of this.#owned.splice(0)) release()
  }

  /** After a connect nothing is known of what was under way: all of it is sent again. */
  #restart(): void {
    this.#deleteAcked()
    for (const sender of this.#senders.values()) sender.reset()
    for (const stream of EVENT_STREAMS) this.#waiting.add(stream)
    this.#schedule()
  }

  #acked({ stream, epoch, upto }: EventAck): void {
    const { outbox } = this.#options
    if (epoch !== outbox.epoch) return
    const known = Math.min(upto, outbox.lastSeq(stream))
    this.#senders.get(stream)?.acked(known)
    this.#acks.set(stream, Math.max(known, this.#acks.get(stream) ?? 0))
    this.#waiting.add(stream)
    this.#schedule()
  }

  /** Acknowledgements come in bunches; one deletion a stream and turn is enough. */
  #deleteAcked(): void {
    const { outbox } = this.#options
    for (const [stream, upto] of this.#acks)
      this.#acknowledged += outbox.ack(stream, outbox.epoch, upto)
    this.#acks.clear()
  }

  #resendOverdue(): void {
    for (const [stream, sender] of this.#senders) {
      const overdue = sender.takeOverdue()
      if (overdue === 0) continue
      this.#resent += overdue
      this.#waiting.add(stream)
    }
    this.#schedule()
  }

  #schedule(): void {
    if (this.#isScheduled || this.#owned.length === 0) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      if (this.#owned.length > 0) this.#pump()
    })
  }

  #pump(): void {
    this.#deleteAcked()
    for (let sent = 0; sent < BATCHES_A_TURN; sent += 1) if (!this.#sendOne()) return
    this.#schedule()
  }

  /** Sends one batch of the stream whose turn it is; false when there is nothing to do now. */
  #sendOne(): boolean {
    let underWay = 0
    for (const sender of this.#senders.values()) underWay += sender.underWay
    if (!this.#options.link.online || underWay >= WINDOW) return false
    this.#turn += 1
    const order = EVENT_STREAMS.filter((stream) => this.#waiting.has(stream))
    if (this.#turn % FAIR_TURN === 0) order.reverse()
    return order.some((stream) => this.#sendBatch(stream))
  }

  #sendBatch(stream: EventStream): boolean {
    const { outbox, link, deviceId } = this.#options
    const sender = this.#senders.get(stream)
    if (!sender?.hasRoom) return false
    const bytes = MAX_BATCH_BYTES - BATCH_ROOM_BYTES
    const records = outbox.next(stream, { after: sender.cursor, bytes })
    const last = records.at(-1)
    if (!last) {
      this.#waiting.delete(stream)
      return false
    }
    const oldest = outbox.oldestSeq(stream)
    const list = records.map(({ seq, ts, json }) => `{"seq":${seq},"ts":${ts},"body":${json}}`)
    const body = `{"epoch":"${outbox.epoch}","oldest":${oldest},"records":[${list.join(',')}]}`
    if (!link.send(topics.event(deviceId, stream), body)) return false
    sender.sent(last.seq)
    return true
  }
}
