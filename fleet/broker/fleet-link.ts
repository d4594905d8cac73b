// The fleet's own connection to the broker, over MQTT like every device's. It hands messages on in order,
// and stops reading while whoever takes them is busy.

import { connect, type IClientOptions, type MqttClient } from 'mqtt'
import { topics } from '../../contract/index.ts'
import { keepMqttNumbersSmall } from '../../kernel/mqtt-numbers.ts'
import type { TlsIdentity } from '../devices/index.ts'
import { FLEET_CLIENT } from './access.ts'

keepMqttNumbersSmall()

export interface FleetLinkOptions {
  readonly url: string
  readonly identity: TlsIdentity
  /** Takes a message; the next one is read when it has resolved. */
  readonly onMessage: (topic: string, payload: Uint8Array) => Promise<void> | void
  /** Called after every connect, when the subscription stands: a broker in memory has forgotten all. */
  readonly onConnected: () => void
}

interface PublishOptions {
  readonly qos?: 0 | 1
  readonly retain?: boolean
}

/** One connection that is mended by itself until it is stopped. */
export class FleetLink {
  readonly #options: FleetLinkOptions
  #client: MqttClient | undefined

  constructor(options: FleetLinkOptions) {
    this.#options = options
  }

  get connected(): boolean {
    return this.#client?.connected ?? false
  }

  /** Connects and subscribes; resolves when messages flow. Later losses are mended without a call. */
  start(): Promise<void> {
    const client = connect(this.#options.url, this.#clientOptions())
    this.#client = client
    client.handleMessage = (packet, done) => {
      const { topic, payload } = packet
      const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload
      Promise.resolve(this.#options.onMessage(topic, bytes)).then(() => done(), done)
    }
    client.on('error', () => undefined) // every loss is followed by a reconnect
    return new Promise((resolve) => {
      client.on('connect', () => {
        client.subscribe(topics.allUp, { qos: 1 }, (error) => {
          if (error) {
            client.reconnect()
          } else {
            this.#options.onConnected()
            resolve()
          }
        })
      })
    })
  }

  /** Disconnects at once; what was not published is lost, which is harmless (see downlink.ts). */
  async stop(): Promise<void> {
    await this.#client?.endAsync(true)
  }

  /** Publishes now, or drops the message when there is no connection: every message can be repeated. */
  publish(topic: string, payload: string, { qos = 0, retain = false }: PublishOptions = {}): void {
    if (this.connected) this.#client?.publish(topic, payload, { qos, retain }, () => undefined)
  }

  #clientOptions(): IClientOptions {
    const { key, certificate, authority } = this.#options.identity
    return {
      protocolVersion: 4, // aedes 1.x refuses MQTT 5
      clientId: FLEET_CLIENT,
      clean: true, // what is missed is sent again by the device, which keeps it until we acknowledge
      key,
      cert: certificate,
      ca: authority,
      keepalive: 30,
      reconnectPeriod: 1000,
      reconnectOnConnackError: true, // else one refusal stops the client for ever
      connectTimeout: 10_000,
      resubscribe: false,
      queueQoSZero: false
    }
  }
}
