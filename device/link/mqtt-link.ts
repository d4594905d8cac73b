// The link to the fleet: keeps one connection up, says hello, reports state, and passes on what comes down.
// Connections come and go; nothing that matters rests on one. Events are delivered by deliver-outbox.ts.

import {
  DesiredState,
  type Envelope,
  type ErrorCode,
  EventAck,
  type Hello,
  NearsideError,
  parseTopic,
  type ReportedState,
  topics
} from '../../contract/index.ts'
import type { Cancel, Clock } from '../../kernel/clock.ts'
import { EventBus } from '../../kernel/event-bus.ts'
import { newId } from '../../kernel/ids.ts'
import type { Enrolment } from './identity.ts'
import { linkFailure } from './link-failure.ts'
import { MqttConnection } from './mqtt-connection.ts'
import { ReconnectDelay, type ReconnectLimits, reconnectLimits } from './reconnect-delay.ts'
import { StateRhythm } from './state-rhythm.ts'
import { pack, unpack } from './wire.ts'

export interface MqttLinkOptions {
  readonly deviceId: string
  readonly enrolment: Enrolment
  readonly clock: Clock
  /** Jitter; default Math.random. */
  readonly random?: () => number
  /** What the device is, asked at each connection. */
  readonly hello: () => Omit<Hello, 'session'>
  /** What the device runs now, asked at each report. */
  readonly state: () => Omit<ReportedState, 'online' | 'session'>
  /** Default: 1 s to 5 min, on the same machine to 5 s. */
  readonly reconnect?: Partial<ReconnectLimits>
  /** MQTT keep-alive, s; a dead link is noticed after at most one and a half of it. Default 30. */
  readonly keepaliveS?: number
  /** Time for TLS and CONNACK together, ms; default 10,000. */
  readonly connectTimeoutMs?: number
}

export interface LinkEvents {
  online: { readonly session: string }
  /** An online link was lost, or the first attempt since then failed. */
  offline: { readonly code: ErrorCode; readonly reason: string }
  desired: DesiredState
  ack: EventAck
  request: { readonly operation: string; readonly envelope: Envelope }
  /** A message could not be read; it is ignored. */
  refused: NearsideError
}

export type LinkState = 'connecting' | 'online' | 'offline'

/** The supervised link: one connection at a time, and always another try. */
export class MqttLink {
  readonly events = new EventBus<LinkEvents>()
  #options: MqttLinkOptions
  #delay: ReconnectDelay
  #rhythm: StateRhythm
  #connection: MqttConnection | undefined
  #cancelRetry: Cancel | undefined
  #isStarted = false
  #session = ''
  #seq = 0
  #gen = 0
  #state: LinkState = 'connecting'
  #since: number
  #reason = ''

  constructor(options: MqttLinkOptions) {
    const { clock, random = Math.random, reconnect, enrolment } = options
    const limits = { ...reconnectLimits(enrolment.mqtt), ...reconnect }
    this.#options = options
    this.#since = clock.now()
    this.#delay = new ReconnectDelay(limits, clock, random)
    this.#rhythm = new StateRhythm(clock, () => this.#publishState())
  }

  /** State of the link, since when, and why it is offline. */
  get status(): { readonly state: LinkState; readonly since: number; readonly reason: string } {
    return { state: this.#state, since: this.#since, reason: this.#reason }
  }

  /** Whether messages can be sent now. */
  get online(): boolean {
    return this.#state === 'online'
  }

  /** Begins to connect; does nothing when it has begun. */
  start(): void {
    if (this.#isStarted) return
    this.#isStarted = true
    this.#attempt()
  }

  /** Says goodbye and ends the connection; nothing is tried again until start. */
  async stop(): Promise<void> {
    this.#isStarted = false
    this.#cancelRetry?.()
    this.#rhythm.stop()
    const connection = this.#connection
    this.#connection = undefined
    if (!connection) return
    const goodbye = JSON.stringify({ online: false, session: this.#session })
    const payload = String(pack(this.#head(), goodbye))
    await connection.close(
      this.online
        ? { topic: topics.state(this.#options.deviceId), payload, retain: true }
        : undefined
    )
    this.#setState('offline', 'the device was stopped')
  }

  /** Tries at once instead of waiting for the end of the delay, for example when a network came up. */
  retryNow(): void {
    if (!this.#isStarted || this.#connection) return
    this.#cancelRetry?.()
    this.#attempt()
  }

  /** Reports the state soon: at once when the last report is a second old, else when it is. */
  stateChanged(): void {
    if (this.online) this.#rhythm.changed()
  }

  /**
   * Sends a body that is JSON text already; false when there is no connection.
   * @throws NearsideError NS_MESSAGE_INVALID when it is too large
   */
  send(topic: string, bodyJson: string, { retain = false, cid = '' } = {}): boolean {
    if (!this.online || !this.#connection) return false
    const head = this.#head()
    const payload = pack(cid === '' ? head : { ...head, cid }, bodyJson)
    this.#connection.publish(topic, payload, retain)
    return true
  }

  /** Answers a request of the fleet. */
  respond(operation: string, request: Envelope, body: unknown): boolean {
    const topic = topics.response(this.#options.deviceId, operation)
    return this.send(topic, JSON.stringify(body), { cid: request.id })
  }

  #head() {
    return { ts: this.#options.clock.now(), seq: this.#seq++, gen: this.#gen }
  }

  #attempt(): void {
    const { deviceId, enrolment, clock, keepaliveS = 30, connectTimeoutMs = 10_000 } = this.#options
    this.#session = newId(clock.now())
    this.#seq = 0
    const goodbye = JSON.stringify({ online: false, session: this.#session })
    const connection: MqttConnection = new MqttConnection(
      {
        deviceId,
        enrolment,
        keepaliveS,
        connectTimeoutMs,
        will: { topic: topics.state(deviceId), payload: String(pack(this.#head(), goodbye)) },
        topics: [topics.desired(deviceId), topics.ack(deviceId), topics.request(deviceId, '+')]
      },
      {
        open: () => this.#opened(),
        message: (topic, payload) => this.#received(topic, payload),
        closed: (error) => this.#closed(connection, error)
      }
    )
    this.#connection = connection
  }

  #opened(): void {
    if (!this.#isStarted) return
    this.#delay.connected()
    this.#setState('online', '')
    const hello = { ...this.#options.hello(), session: this.#session }
    this.#gen = hello.gen
    this.send(topics.hello(this.#options.deviceId), JSON.stringify(hello))
    this.#rhythm.start()
    this.events.emit('online', { session: this.#session })
  }

  #closed(connection: MqttConnection, error: unknown): void {
    if (this.#connection !== connection) return
    this.#connection = undefined
    this.#rhythm.stop()
    const failure = linkFailure(error)
    const wasOffline = this.#state === 'offline'
    this.#setState('offline', failure.reason)
    const delayMs = this.#delay.next()
    this.#cancelRetry = this.#options.clock.after(delayMs, () => this.#attempt())
    if (!wasOffline) this.events.emit('offline', failure)
  }

  #setState(state: LinkState, reason: string): void {
    if (state !== this.#state) this.#since = this.#options.clock.now()
    this.#state = state
    this.#reason = reason
  }

  #publishState(): void {
    const state = { ...this.#options.state(), online: true, session: this.#session }
    this.#gen = state.gen
    this.send(topics.state(this.#options.deviceId), JSON.stringify(state), { retain: true })
  }

  #received(topic: string, payload: Buffer): void {
    const parsed = parseTopic(topic)
    if (!parsed || payload.length === 0) return // an empty retained message deletes the one before
    try {
      const envelope = unpack(payload)
      if (envelope.exp !== undefined && envelope.exp < this.#options.clock.now()) return
      if (parsed.channel === 'desired') this.events.emit('desired', body(DesiredState, envelope))
      else if (parsed.channel === 'ack') this.events.emit('ack', body(EventAck, envelope))
      else if (parsed.channel === 'request')
        this.events.emit('request', { operation: parsed.operation, envelope })
    } catch (error) {
      if (!(error instanceof NearsideError)) throw error
      this.events.emit('refused', error)
    }
  }
}

function body<T>(
  schema: { safeParse(value: unknown): { success: true; data: T } | { success: false } },
  envelope: Envelope
): T {
  const parsed = schema.safeParse(envelope.body)
  if (parsed.success) return parsed.data
  const sentence =
    'The fleet sent a message that this version cannot read; update the device or the fleet.'
  throw new NearsideError('NS_MESSAGE_INVALID', sentence)
}
