// The embedded broker: aedes behind TLS with client certificates, in a thread of its own so that neither
// the console nor a long transaction can delay a heartbeat. It ends by message.

import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { parentPort, workerData } from 'node:worker_threads'
import { Aedes, type AedesOptions, type Client } from 'aedes'
import { systemClock } from '../../kernel/clock.ts'
import { keepMqttNumbersSmall } from '../../kernel/mqtt-numbers.ts'
import { trimWhenSettled } from '../../kernel/trim-memory.ts'
import type { TlsIdentity } from '../devices/index.ts'
import {
  FLEET_CLIENT,
  mayPublish,
  mayReceive,
  mayRetain,
  maySubscribe,
  sinkTopic
} from './access.ts'
import type { DeniedAction } from './broker-port.ts'
import { ConnectionRate } from './connection-rate.ts'
import { guardPacketSize } from './packet-size-guard.ts'

keepMqttNumbersSmall()

/** What the thread is started with; it shares nothing else with the process. */
export interface BrokerThreadData {
  readonly host: string
  readonly port: number
  readonly identity: TlsIdentity
  readonly maxPacketBytes: number
}

/** What the thread says; the only thing that it is told is to stop. */
export type BrokerThreadMessage =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'refused'; readonly code: string; readonly text: string }
  | {
      readonly kind: 'stats'
      readonly clients: number
      readonly denied: Record<DeniedAction, number>
      readonly takeovers: number
    }

/** How often changed statistics are told to the fleet, ms. */
const STATS_PERIOD_MS = 500
/** Subscriptions that one device may hold: it needs one. */
const MAX_SUBSCRIPTIONS = 32
const RETURN_IDENTIFIER_REJECTED = 2
const RETURN_UNAVAILABLE = 3

const data = workerData as BrokerThreadData
const denied: Record<DeniedAction, number> = {
  connect: 0,
  publish: 0,
  subscribe: 0,
  forward: 0,
  packet: 0
}
let takeovers = 0
/** False while the fleet does not listen: whatever a device said then would be heard by nobody. */
let fleetListens = false
let changed = true

function deny(action: DeniedAction): void {
  denied[action] += 1
  changed = true
}

/** The common name of the client certificate; TLS has checked that our authority issued it. */
const commonName = (client: Client): unknown =>
  (client.conn as TLSSocket).getPeerCertificate?.().subject?.CN

const authenticate: AedesOptions['authenticate'] = (client, ...credentials) => {
  const [, , done] = credentials // a certificate is the credential; user name and password are not used
  if (client.id === commonName(client)) {
    if (!fleetListens && client.id !== FLEET_CLIENT) {
      const error = new Error('the fleet manager is not connected yet')
      return done(Object.assign(error, { returnCode: RETURN_UNAVAILABLE }), null)
    }
    if (client.id in broker.clients) takeovers += 1
    return done(null, true)
  }
  deny('connect')
  const error = new Error('the client id is not the name in the certificate')
  done(Object.assign(error, { returnCode: RETURN_IDENTIFIER_REJECTED }), null)
}

/**
 * A refused message is rewritten, not refused: refusing closes the socket, the client sends it again at
 * every reconnect, and nothing behind it ever arrives (fleet.md, fact 3).
 */
const authorizePublish: AedesOptions['authorizePublish'] = (client, packet, done) => {
  const id = client?.id ?? ''
  if (!mayPublish(id, packet.topic)) {
    deny('publish')
    packet.topic = sinkTopic(id)
    packet.payload = Buffer.alloc(0)
    packet.retain = false
  } else if (packet.retain && !mayRetain(id, packet.topic)) {
    packet.retain = false
  }
  done(null)
}

/** Refuses by disconnecting: the documented refusal leaves the filter in a lasting session (fact 1). */
const authorizeSubscribe: AedesOptions['authorizeSubscribe'] = (client, subscription, done) => {
  const held = Object.keys((client as unknown as { subscriptions: object }).subscriptions).length
  if (maySubscribe(client.id, subscription.topic) && held < MAX_SUBSCRIPTIONS)
    return done(null, subscription)
  deny('subscribe')
  done(new Error('the device may not subscribe to this'))
}

/** The second wall of fact 1: what a session must not get is not handed out, however it got the filter. */
const authorizeForward: AedesOptions['authorizeForward'] = (client, packet) => {
  if (mayReceive(client.id, packet.topic)) return packet
  deny('forward')
  return null
}

const broker = new Aedes({
  id: 'nearside',
  concurrency: 1000,
  drainTimeout: 30_000, // a device that reads nothing for so long is cut: one frozen reader stalls all
  connectTimeout: 10_000,
  keepaliveLimit: 300,
  heartbeatInterval: 60_000,
  authenticate,
  authorizePublish,
  authorizeSubscribe,
  authorizeForward
}) as Aedes & { readonly clients: Record<string, unknown> }

function accept(socket: TLSSocket): void {
  guardPacketSize(socket, data.maxPacketBytes, () => deny('packet'))
  broker.handle(socket)
}

function listenTls(): Server {
  const { key, certificate, authority } = data.identity
  const tls = createTlsServer(
    {
      key,
      cert: certificate,
      ca: authority,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
      handshakeTimeout: 10_000
    },
    accept
  )
  tls.on('tlsClientError', () => deny('connect'))
  const rate = new ConnectionRate({ perSecond: 100, burst: 300, nowMs: () => performance.now() })
  return createServer({ noDelay: true, pauseOnConnect: false }, (socket: Socket) => {
    if (rate.take()) tls.emit('connection', socket)
    else {
      deny('connect')
      socket.destroy()
    }
  })
}

const tell = (message: BrokerThreadMessage): void => parentPort?.postMessage(message)

function tellStats(): void {
  if (!changed) return
  changed = false
  const ids = Object.keys(broker.clients)
  const clients = ids.filter((id) => id !== FLEET_CLIENT).length
  tell({ kind: 'stats', clients, denied, takeovers })
}

await broker.listen()
for (const event of ['client', 'clientDisconnect'] as const) {
  broker.on(event, () => {
    changed = true
  })
}
broker.on('subscribe', (_filters, { id }) => {
  if (id === FLEET_CLIENT) fleetListens = true
})
broker.on('clientDisconnect', ({ id }) => {
  if (id === FLEET_CLIENT) fleetListens = false
})
// Errors of a connection are the affair of that connection; without a listener they would end the thread.
broker.on('clientError', () => undefined)
broker.on('connectionError', () => undefined)

const server = listenTls()
const statistics = setInterval(tellStats, STATS_PERIOD_MS)
server.on('error', (error: NodeJS.ErrnoException) => {
  tell({ kind: 'refused', code: error.code ?? '', text: error.message })
})
server.listen(data.port, data.host, () => {
  const address = server.address()
  tell({ kind: 'listening', port: typeof address === 'object' && address ? address.port : 0 })
})
const stopTrimming = trimWhenSettled(systemClock)
parentPort?.on('message', () => {
  stopTrimming()
  clearInterval(statistics)
  server.close()
  broker.close(() => parentPort?.close())
})
