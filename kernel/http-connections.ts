// Bounds what clients of an HTTP server can hold: the number of connections, requests ahead of their answers,
// and the time in which nothing moves. Says nothing of what requests are about.

import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Clock } from './clock.ts'
import { ConnectionTable } from './connection-table.ts'
import { refuseUnreadable } from './http-problems.ts'

interface ConnectionLimits {
  /** Connections at a time; a new one takes the place of the one that has been idle for longest. */
  readonly most: number
  /** A client that sends less than 1 KiB of its request, or takes nothing of its answer, for this long is hung up on. */
  readonly stalledMs: number
  /** Bytes of answers that clients have not taken yet; above, the largest are dropped. */
  readonly unsentBytes: number
  readonly clock: Clock
}

/** Requests that a client may have under way on one connection; browsers have one. */
const MOST_AHEAD = 16
/** Looks at busy connections in the time in which one may stall. */
const LOOKS = 6
/** Less in `stalledMs` is no upload. */
const LEAST_BYTES = 1024
/** Connections that wait to be taken in or hung up on. */
const ARRIVING = 256

/** What goes on on a busy connection, and how far it was when something last moved. */
interface Progress {
  readonly exchanges: Map<ServerResponse, IncomingMessage>
  received: number
  receivedAt: number
  sent: number
  sentAt: number
}

/** @public */
export function boundConnections(server: Server, limits: ConnectionLimits): void {
  const { most, stalledMs, clock } = limits
  const connections = new Connections(limits)
  server.maxConnections = most + ARRIVING
  server.headersTimeout = stalledMs
  server.on('connection', (socket) => connections.accept(socket))
  server.on('request', (request, response) => connections.begin(request, response))
  const cancel = clock.every(Math.ceil(stalledMs / LOOKS), () => connections.look())
  server.once('close', cancel)
}

class Connections {
  #limits: ConnectionLimits
  #table: ConnectionTable
  #progress = new Map<Socket, Progress>()

  constructor(limits: ConnectionLimits) {
    this.#limits = limits
    this.#table = new ConnectionTable(limits.most)
  }

  accept(socket: Socket): void {
    if (this.#table.accept(socket)) socket.once('close', () => this.#progress.delete(socket))
  }

  begin(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request
    if (this.#table.begin(socket) > MOST_AHEAD) return void socket.destroy()
    const progress = this.#progress.get(socket) ?? this.#started(socket)
    progress.exchanges.set(response, request)
    response.once('close', () => {
      progress.exchanges.delete(response)
      if (progress.exchanges.size === 0) this.#progress.delete(socket)
      this.#table.end(socket)
    })
  }

  /** Hangs up on those that have stalled, and on the largest when too much waits for clients. */
  look(): void {
    const waiting: { readonly socket: Socket; readonly bytes: number }[] = []
    let total = 0
    for (const [socket, progress] of this.#progress) {
      const bytes = unsentOf(progress)
      if (this.#hangsUp(socket, progress, bytes) || bytes === 0) continue
      total += bytes
      waiting.push({ socket, bytes })
    }
    waiting.sort((one, other) => other.bytes - one.bytes)
    for (const { socket, bytes } of waiting) {
      if (total <= this.#limits.unsentBytes) return
      total -= bytes
      socket.destroy()
    }
  }

  #started(socket: Socket): Progress {
    const at = this.#limits.clock.monotonicMs()
    const now = { received: socket.bytesRead, receivedAt: at, sent: sentOf(socket), sentAt: at }
    const progress = { exchanges: new Map(), ...now }
    this.#progress.set(socket, progress)
    return progress
  }

  #hangsUp(socket: Socket, progress: Progress, unsent: number): boolean {
    const now = this.#limits.clock.monotonicMs()
    const open = [...progress.exchanges].find(([, { complete }]) => !complete)
    // Bytes that the server leaves unread, as while a disk is slow, are not the client's fault.
    const owes = open !== undefined && open[1].readableLength === 0
    if (!owes || socket.bytesRead - progress.received >= LEAST_BYTES) {
      progress.received = socket.bytesRead
      progress.receivedAt = now
    }
    const sent = sentOf(socket)
    if (unsent === 0 || sent > progress.sent) {
      progress.sent = sent
      progress.sentAt = now
    }
    const oldest = Math.min(progress.receivedAt, progress.sentAt)
    if (now - oldest < this.#limits.stalledMs) return false
    if (open && !open[0].headersSent) refuseUnreadable(STALLED, socket)
    else socket.destroy()
    return true
  }
}

const STALLED = Object.assign(new Error('the client stalled'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' })

/** Bytes that the system has taken. */
const sentOf = (socket: Socket): number => socket.bytesWritten - socket.writableLength

/** Bytes of answers that wait in the process, those behind the one being sent included. */
function unsentOf({ exchanges }: Progress): number {
  let bytes = 0
  for (const response of exchanges.keys()) bytes += response.writableLength
  return bytes
}
