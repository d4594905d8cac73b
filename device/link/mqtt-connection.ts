// One connection to the fleet's broker, from CONNECT to its end: mutual TLS, MQTT 3.1.1, a persistent
// session and a Will. It never connects again by itself and keeps no message over its end: mqtt.js would
// resend a refused packet for ever and lose others, so both are left to mqtt-link.ts and the outbox.

import { connect, type MqttClient } from 'mqtt'
import { keepMqttNumbersSmall } from '../../kernel/mqtt-numbers.ts'
import type { Enrolment } from './identity.ts'

keepMqttNumbersSmall()

interface ConnectionOptions {
  readonly deviceId: string
  readonly enrolment: Enrolment
  readonly will: { readonly topic: string; readonly payload: string }
  /** Topics to subscribe to, QoS 1. */
  readonly topics: readonly string[]
  readonly keepaliveS: number
  readonly connectTimeoutMs: number
}

interface ConnectionHandlers {
  /** Connected, and every topic is subscribed. */
  open(): void
  message(topic: string, payload: Buffer): void
  /** Called once, whatever ended it; the error is missing when the peer just closed. */
  closed(error?: unknown): void
}

const DISCONNECT_MS = 2000

/** A connection that begins in its constructor and ends once. */
export class MqttConnection {
  #client: MqttClient
  #handlers: ConnectionHandlers
  #error: unknown
  #isClosed = false

  constructor(options: ConnectionOptions, handlers: ConnectionHandlers) {
    this.#handlers = handlers
    this.#client = connect(options.enrolment.mqtt, clientOptions(options))
    this.#client.on('connect', () => this.#subscribe(options.topics))
    this.#client.on('message', (topic, payload) => handlers.message(topic, payload))
    this.#client.on('error', (error) => this.#end(error))
    this.#client.on('close', () => this.#end())
  }

  /** Hands one message to the client, QoS 1; what is lost with the connection is not sent again. */
  publish(topic: string, payload: string | Buffer, retain = false): void {
    this.#client.publish(topic, payload, { qos: 1, retain }, () => undefined)
  }

  /** Publishes a last message, waits for its acknowledgement, and ends in order, so without the Will. */
  async close(last?: { topic: string; payload: string; retain: boolean }): Promise<void> {
    const client = this.#client
    if (!client.connected) {
      this.#end()
      return
    }
    const deadline = new Promise<void>((resolve) => setTimeout(resolve, DISCONNECT_MS).unref())
    const goodbye = async (): Promise<void> => {
      if (last) await client.publishAsync(last.topic, last.payload, { qos: 1, retain: last.retain })
      await client.endAsync(false)
    }
    await Promise.race([goodbye().catch(() => undefined), deadline])
    this.#end()
  }

  #subscribe(topics: readonly string[]): void {
    this.#client.subscribe([...topics], { qos: 1 }, (error, granted) => {
      const isDenied = granted?.some(({ qos }) => qos === 128) ?? false
      if (error || isDenied) this.#end(error ?? Object.assign(new Error('denied'), { code: 5 }))
      else if (!this.#isClosed) this.#handlers.open()
    })
  }

  #end(error?: unknown): void {
    this.#error ??= error
    if (this.#isClosed) return
    this.#isClosed = true
    this.#client.end(true)
    this.#handlers.closed(this.#error)
  }
}

function clientOptions(options: ConnectionOptions) {
  const { enrolment, will } = options
  return {
    clientId: options.deviceId,
    protocolVersion: 4 as const, // aedes refuses 5; no feature of 5 may be needed
    clean: false,
    key: enrolment.privateKey,
    cert: enrolment.certificate,
    ca: enrolment.authority,
    rejectUnauthorized: true,
    keepalive: options.keepaliveS,
    connectTimeout: options.connectTimeoutMs,
    reconnectPeriod: 0,
    reconnectOnConnackError: false,
    queueQoSZero: false,
    resubscribe: false,
    will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1 as const, retain: true }
  }
}
