// A device for tests of the fleet: enrols over HTTP and speaks the real protocol over mutual TLS, well or
// badly as the test wants. It keeps what it is sent.

import { webcrypto } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import { connect, type IClientOptions, type MqttClient } from 'mqtt'
import {
  type DesiredState,
  EnrolmentAnswer,
  type Envelope,
  type EventAck,
  type EventStream,
  type Hello,
  type ReportedState,
  topics
} from '../../contract/index.ts'
import { newId } from '../../kernel/ids.ts'
import { CERTIFICATE_ALGORITHM, loadX509 } from '../../kernel/x509.ts'

export interface DeviceKeys {
  readonly key: string
  readonly csr: string
}

/** A fresh key and a certificate request signed by it. */
export async function makeRequest(name = 'CN=anything'): Promise<DeviceKeys> {
  const x509 = await loadX509()
  const keys = await webcrypto.subtle.generateKey(CERTIFICATE_ALGORITHM, true, ['sign', 'verify'])
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name,
    keys,
    signingAlgorithm: CERTIFICATE_ALGORITHM
  })
  const der = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  const key = `-----BEGIN PRIVATE KEY-----\n${Buffer.from(der).toString('base64')}\n-----END PRIVATE KEY-----\n`
  return { key, csr: request.toString('pem') }
}

export interface DeviceIdentity {
  readonly id: string
  readonly mqtt: string
  readonly key: string
  readonly certificate: string
  readonly authority: string
}

/** Enrols a device with a fleet that runs at the address. */
export async function enrolDevice(url: string, name: string): Promise<DeviceIdentity> {
  const token = await fetch(`${url}/api/v1/enrolment-tokens`, { method: 'POST' })
  const { key, csr } = await makeRequest()
  const answer = await fetch(`${url}/api/v1/enrolments`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: ((await token.json()) as { token: string }).token, name, csr })
  })
  const { deviceId, mqtt, certificate, authority } = EnrolmentAnswer.parse(await answer.json())
  return { id: deviceId, mqtt, key, certificate, authority }
}

interface Received {
  readonly topic: string
  readonly retain: boolean
  readonly envelope: Envelope
}

export class FakeDevice {
  readonly identity: DeviceIdentity
  readonly received: Received[] = []
  readonly session = newId()
  /** Id of the outbox file. */
  epoch = newId()
  /** Times that the connection was closed. */
  closed = 0
  #client: MqttClient | undefined
  #waiting = new Set<() => void>()
  #seq = 0

  constructor(identity: DeviceIdentity) {
    this.identity = identity
  }

  static async enrolled(url: string, name: string): Promise<FakeDevice> {
    return new FakeDevice(await enrolDevice(url, name))
  }

  get id(): string {
    return this.identity.id
  }

  get client(): MqttClient {
    if (!this.#client) throw new Error('the device is not connected')
    return this.#client
  }

  /** Connects with a Will, and subscribes to what is for this device. */
  async connect(options: IClientOptions = {}): Promise<void> {
    const { key, certificate: cert, authority: ca, mqtt } = this.identity
    const will = {
      topic: topics.state(this.id),
      payload: this.wrap({ online: false, session: this.session }),
      qos: 1 as const,
      retain: true
    }
    const client = connect(mqtt, {
      protocolVersion: 4,
      clientId: this.id,
      key,
      cert,
      ca,
      will,
      reconnectPeriod: 0,
      writeCache: false,
      ...options
    })
    this.#client = client
    client.on('message', (topic, payload, { retain }) => {
      if (payload.length === 0) return
      this.received.push({ topic, retain, envelope: JSON.parse(payload.toString()) as Envelope })
      this.#wake()
    })
    client.on('close', () => {
      this.closed += 1
      this.#wake()
    })
    await new Promise<void>((resolve, reject) => {
      client.once('connect', () => resolve())
      client.once('error', reject)
      client.once('close', () => reject(new Error('the connection was closed')))
    })
    client.on('error', () => undefined)
    await client.subscribeAsync([topics.desired(this.id), topics.ack(this.id)], { qos: 1 })
  }

  /** Says hello and reports that it is online. */
  async appear(state: Partial<ReportedState> = {}): Promise<void> {
    await this.hello()
    await this.state(state)
  }

  hello(changes: Partial<Hello> = {}): Promise<unknown> {
    return this.send(topics.hello(this.id), { ...HELLO, session: this.session, ...changes })
  }

  state(changes: Partial<ReportedState> = {}): Promise<unknown> {
    const body = { ...STATE, session: this.session, ...changes }
    return this.client.publishAsync(topics.state(this.id), this.wrap(body), {
      qos: 1,
      retain: true
    })
  }

  /** Sends events numbered from `from`; deflated when asked. */
  events(
    stream: EventStream,
    batch: {
      readonly from: number
      readonly bodies: readonly unknown[]
      readonly oldest?: number
      readonly deflate?: boolean
    }
  ): Promise<unknown> {
    const { from, bodies, oldest, deflate = false } = batch
    const records = bodies.map((body, index) => ({ seq: from + index, ts: Date.now(), body }))
    const text = this.wrap({ epoch: this.epoch, ...(oldest ? { oldest } : {}), records })
    const payload = deflate ? deflateSync(text) : text
    return this.client.publishAsync(topics.event(this.id, stream), payload, { qos: 1 })
  }

  send(topic: string, body: unknown): Promise<unknown> {
    return this.client.publishAsync(topic, this.wrap(body), { qos: 1 })
  }

  /** An envelope round a body, as text. */
  wrap(body: unknown): string {
    return JSON.stringify({ v: 1, id: newId(), ts: Date.now(), seq: this.#seq++, gen: 0, body })
  }

  /** Highest number that the fleet acknowledged of a stream. */
  acked(stream: EventStream): number {
    const acks = this.received
      .filter(({ topic }) => topic === topics.ack(this.id))
      .map(({ envelope }) => envelope.body as EventAck)
      .filter((ack) => ack.stream === stream && ack.epoch === this.epoch)
    return Math.max(-1, ...acks.map(({ upto }) => upto))
  }

  untilAcked(stream: EventStream, upto: number): Promise<void> {
    return this.until(() => this.acked(stream) >= upto)
  }

  /** The newest desired state that was received. */
  get desired(): DesiredState | undefined {
    const all = this.received.filter(({ topic }) => topic === topics.desired(this.id))
    return all.at(-1)?.envelope.body as DesiredState | undefined
  }

  /** Resolves when the condition holds; it is asked again after every message and every close. */
  until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve()
    return new Promise((resolve) => {
      const check = (): void => {
        if (!condition()) return
        this.#waiting.delete(check)
        resolve()
      }
      this.#waiting.add(check)
    })
  }

  /** Goes as by a cut cable: the Will is published. */
  async cut(): Promise<void> {
    const before = this.closed
    this.client.stream.destroy()
    await this.until(() => this.closed > before)
  }

  async end(): Promise<void> {
    await this.#client?.endAsync(true)
  }

  #wake(): void {
    for (const check of [...this.#waiting]) check()
  }
}

const HELLO: Omit<Hello, 'session'> = {
  name: 'A test device',
  version: '0.1.0',
  platform: 'linux x64',
  cpu: 'test',
  cores: 2,
  memoryBytes: 1e9,
  gpus: [],
  startedAt: 0,
  gen: 0
}

const STATE: Omit<ReportedState, 'session'> = {
  online: true,
  gen: 0,
  models: [],
  installs: [],
  outbox: { events: 0, bytes: 0, oldestAt: null },
  alarms: { p1: 0, p2: 0, p3: 0, p4: 0 },
  disk: { freeBytes: 1e9, totalBytes: 2e9 },
  lastError: null
}

/** Asks again until the answer is as wished; for states that only HTTP shows. Gives up after ten seconds. */
export async function eventually<T>(
  ask: () => Promise<T>,
  wished: (value: T) => boolean
): Promise<T> {
  const end = performance.now() + 10_000
  for (;;) {
    const value = await ask()
    if (wished(value)) return value
    if (performance.now() > end) throw new Error(`still not as wished: ${JSON.stringify(value)}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
