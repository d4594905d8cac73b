// Bounds what clients of an HTTP server can hold: the number of connections, requests ahead of their answers,
// and the time in which nothing moves. Says nothing of what requests are about.

import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Clock } from './clock.ts'
import { ConnectionTable } from './connection-table.ts'
import { refuseUnreadable } from './http-problems.ts'
import { ConnectionProgress } from './http-progress.ts'

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
/** A request that brings less than a KiB in this time makes room where no connection is idle, ms. */
const SLOW_MS = 1000
/** Connections that wait to be taken in or hung up on. */
const ARRIVING = 256

const STALLED = Object.assign(new Error('the client stalled'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' })

/**
 * To be called when the server has its listeners for requests, which then hear of those within the bounds only.
 * @public
 */
export function boundConnections(server: Server, limits: ConnectionLimits): void {
  const { most, stalledMs, clock } = limits
  const connections = new Connections(limits)
  server.maxConnections = most + ARRIVING
  server.headersTimeout = stalledMs
  server.on('connection', (socket) => connections.accept(socket))
  // Before whoever answers: a parser goes on with what it has read, also when its connection was hung up on.
  const answerers = server.listeners('request') as RequestListener[]
  server.removeAllListeners('request')
  server.on('request', (request, response) => {
    if (!connections.begin(request, response)) return
    for (const answer of answerers) answer.call(server, request, response)
  })
  const cancel = clock.every(Math.ceil(stalledMs / LOOKS), () => connections.look())
  server.once('close', cancel)
}

class Connections {
  #limits: ConnectionLimits
  #table: ConnectionTable
  #progress = new Map<Socket, ConnectionProgress>()

  constructor(limits: ConnectionLimits) {
    this.#limits = limits
    this.#table = new ConnectionTable(limits.most)
  }

  accept(socket: Socket): void {
    const taken = this.#table.accept(socket, () => this.#spareSlow())
    if (taken) socket.once('close', () => this.#progress.delete(socket))
  }

  /** False: the request is not to be answered, and its connection ends. */
  begin(request: IncomingMessage, response: ServerResponse): boolean {
    const { socket } = request
    if (socket.destroyed) return false
    if (this.#table.begin(socket) > MOST_AHEAD) {
      socket.destroy()
      return false
    }
    const progress = this.#progress.get(socket) ?? this.#started(socket)
    progress.exchanges.set(response, request)
    const end = (): void => {
      progress.exchanges.delete(response)
      if (progress.exchanges.size === 0) this.#progress.delete(socket)
      this.#table.end(socket)
    }
    response.once('close', () => {
      // Node is done with an answer when it has been handed on, not when it has been taken.
      if (socket.writableNeedDrain && !socket.destroyed) socket.once('drain', end)
      else end()
    })
    return true
  }

  /** Hangs up on those that have stalled, and on the largest when too much waits for clients. */
  look(): void {
    const { stalledMs, unsentBytes, clock } = this.#limits
    const now = clock.monotonicMs()
    const waiting: { readonly socket: Socket; readonly bytes: number }[] = []
    let total = 0
    for (const [socket, progress] of this.#progress) {
      const bytes = progress.unsentBytes
      if (progress.look(now) >= stalledMs) this.#hangUp(socket, progress)
      else if (bytes > 0) {
        total += bytes
        waiting.push({ socket, bytes })
      }
    }
    waiting.sort((one, other) => other.bytes - one.bytes)
    for (const { socket, bytes } of waiting) {
      if (total <= unsentBytes) return
      total -= bytes
      socket.destroy()
    }
  }

  #started(socket: Socket): ConnectionProgress {
    const progress = new ConnectionProgress(socket, this.#limits.clock.monotonicMs())
    this.#progress.set(socket, progress)
    return progress
  }

  /** Gives up the connection that has owed its request for longest, if it drips. */
  #spareSlow(): boolean {
    const now = this.#limits.clock.monotonicMs()
    for (const [socket, progress] of this.#progress) {
      if (socket.destroyed || !progress.owes || progress.slowForMs(now) < SLOW_MS) continue
      this.#hangUp(socket, progress)
      return true
    }
    return false
  }

  #hangUp(socket: Socket, progress: ConnectionProgress): void {
    if (progress.owes) refuseUnreadable(STALLED, socket)
    else socket.destroy()
    this.#table.forget(socket)
    this.#progress.delete(socket)
  }
}
