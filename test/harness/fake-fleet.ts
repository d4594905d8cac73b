// A fleet for tests of the device: a real broker, real TLS, enrolment over HTTP, and a store in memory that
// commits and then acknowledges. It can lose acknowledgements and take batches twice, and it counts.

import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { inflateSync } from 'node:zlib'
import { connect, type MqttClient } from 'mqtt'
import {
  type DesiredState,
  type Envelope,
  EventBatch,
  PROTOCOL_VERSION,
  parseTopic,
  topics
} from '../../contract/index.ts'
import { TestAuthority } from './test-authority.ts'
import { type BrokerKind, startBroker, type TestBroker } from './test-broker.ts'

interface PublishOptions {
  readonly retain?: boolean
  /** Fields of the envelope to set. */
  readonly v?: number
  readonly exp?: number
}

export class FakeFleet {
  readonly token = 'one-time-token-for-tests'
  readonly authority: TestAuthority
  readonly broker: TestBroker
  /** Every event, by device, stream, epoch and number. */
  readonly committed = new Map<string, unknown>()
  /** Records that came once more. */
  repeated = 0
  /** Records that came once more with other contents: must stay 0. */
  contradictions = 0
  acks = 0
  readonly states: Record<string, unknown>[] = []
  readonly hellos: Record<string, unknown>[] = []
  readonly responses: Envelope[] = []
  /** Whether to swallow the acknowledgement number n. */
  losesAck: (n: number) => boolean = () => false
  /** Port that devices are told; a proxy's, say. */
  mqttPort: () => number
  #http: Server
  #client: MqttClient
  /** Per stream: committed without a hole up to a number, and what was committed beyond it. */
  #seen = new Map<string, { upto: number; beyond: Set<number> }>()
  #waiters = new Set<() => void>()

  private constructor(authority: TestAuthority, broker: TestBroker, client: MqttClient) {
    this.authority = authority
    this.broker = broker
    this.mqttPort = () => broker.port
    this.#client = client
    this.#http = createServer((request, response) => {
      void request
        .toArray()
        .then((pieces) => this.#enrol(Buffer.concat(pieces).toString()))
        .then(({ status, body }) => {
          response.writeHead(status, { 'content-type': 'application/json' })
          response.end(JSON.stringify(body))
        })
    })
    client.on('message', (topic, payload) => this.#received(topic, payload))
  }

  static async start(kind: BrokerKind = 'embedded'): Promise<FakeFleet> {
    const authority = await TestAuthority.create()
    const broker = await startBroker(kind, authority)
    const { certificate, privateKey } = await authority.issue('fleet')
    const client = connect(`mqtts://127.0.0.1:${broker.port}`, {
      clientId: 'fleet',
      protocolVersion: 4,
      clean: false,
      key: privateKey,
      cert: certificate,
      ca: authority.certificate,
      reconnectPeriod: 50,
      reconnectOnConnackError: true
    })
    client.on('error', () => undefined)
    const fleet = new FakeFleet(authority, broker, client)
    await new Promise<void>((resolve) => client.once('connect', () => resolve()))
    await client.subscribeAsync(topics.allUp, { qos: 1 })
    fleet.#http.listen(0, '127.0.0.1')
    await once(fleet.#http, 'listening')
    return fleet
  }

  get url(): string {
    const address = this.#http.address()
    return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  }

  /** Resolves when the condition holds; it is looked at after every message. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiters.add(resolve))
  }

  /** Number of committed events of a stream. */
  count(stream: string): number {
    let events = 0
    for (const key of this.committed.keys()) if (key.split('/')[1] === stream) events += 1
    return events
  }

  /** Numbers that are missing below a committed one: must be 0 in the end. */
  get holes(): number {
    let missing = 0
    for (const { upto, beyond } of this.#seen.values()) {
      if (beyond.size > 0) missing += Math.max(...beyond) - upto - beyond.size
    }
    return missing
  }

  async desire(device: string, desired: DesiredState): Promise<void> {
    await this.publish(topics.desired(device), desired, { retain: true })
  }

  async publish(topic: string, body: unknown, more: PublishOptions = {}): Promise<void> {
    const { retain = false, ...fields } = more
    const head = { v: PROTOCOL_VERSION, id: 'from-fleet', ts: Date.now(), seq: 0, gen: 0 }
    const text = JSON.stringify({ ...head, body, ...fields })
    await this.#client.publishAsync(topic, text, { qos: 1, retain })
  }

  async close(): Promise<void> {
    this.#http.close()
    this.#http.closeAllConnections()
    await this.#client.endAsync(true)
    await this.broker.down()
  }

  async #enrol(text: string): Promise<{ status: number; body: unknown }> {
    const { token, csr } = JSON.parse(text) as { token: string; csr: string }
    if (token !== this.token) {
      const detail = 'The token is not known; make a new one in the console.'
      const problem = { type: 'urn:nearside:error:NS_ENROLMENT_TOKEN', title: 'Token', status: 401 }
      const rest = { detail, code: 'NS_ENROLMENT_TOKEN', instance: '/', retryable: false }
      return { status: 401, body: { ...problem, ...rest } }
    }
    const { certificate, deviceId } = await this.authority.signRequest(csr)
    const mqtt = `mqtts://127.0.0.1:${this.mqttPort()}`
    const authority = this.authority.certificate
    return { status: 200, body: { deviceId, certificate, authority, mqtt, fleet: this.url } }
  }

  #received(topic: string, payload: Buffer): void {
    const parsed = parseTopic(topic)
    const text = payload[0] === 0x78 ? inflateSync(payload) : payload
    const envelope = JSON.parse(text.toString('utf8')) as Envelope
    const body = envelope.body as Record<string, unknown>
    if (parsed?.channel === 'state') this.states.push(body)
    if (parsed?.channel === 'hello') this.hellos.push(body)
    if (parsed?.channel === 'response') this.responses.push(envelope)
    if (parsed?.channel === 'event') {
      this.#commit(parsed.device, parsed.stream, EventBatch.parse(body))
    }
    for (const waiter of this.#waiters) waiter()
    this.#waiters.clear()
  }

  #commit(device: string, stream: string, { epoch, oldest = 1, records }: EventBatch): void {
    const of = `${device}/${stream}/${epoch}`
    const seen = this.#seen.get(of) ?? { upto: 0, beyond: new Set<number>() }
    this.#seen.set(of, seen)
    for (const { seq, body } of records) {
      const key = `${of}/${seq}`
      const value = JSON.stringify(body)
      if (this.committed.has(key)) {
        this.repeated += 1
        if (this.committed.get(key) !== value) this.contradictions += 1
        continue
      }
      this.committed.set(key, value)
      seen.beyond.add(seq)
    }
    seen.upto = Math.max(seen.upto, oldest - 1)
    while (seen.beyond.delete(seen.upto + 1)) seen.upto += 1
    this.acks += 1
    if (this.losesAck(this.acks)) return
    // Only what came without a hole: a batch may be lost between a broker that starts and its subscribers.
    const ack = { stream, epoch, upto: seen.upto }
    void this.publish(topics.ack(device), ack).catch(() => undefined) // the broker may be down just now
  }
}
