// How far the requests and answers of one HTTP connection are, and when something last moved in each direction.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Less since the last look is no upload. */
const LEAST_BYTES = 1024

export class ConnectionProgress {
  readonly exchanges = new Map<ServerResponse, IncomingMessage>()
  #socket: Socket
  #received: number
  #receivedAtMs: number
  #sent: number
  #sentAtMs: number

  constructor(socket: Socket, nowMs: number) {
    this.#socket = socket
    this.#received = socket.bytesRead
    this.#sent = sentOf(socket)
    this.#receivedAtMs = nowMs
    this.#sentAtMs = nowMs
  }

  /** The client owes the rest of a request, and no answer to it has begun. */
  get owes(): boolean {
    const response = this.#owed()
    return response !== undefined && !response.headersSent
  }

  /** Bytes of answers that wait in the process, those behind the one being sent included. */
  get unsentBytes(): number {
    let bytes = this.#socket.writableLength
    for (const response of this.exchanges.keys())
      if (response.socket === null) bytes += response.writableLength
    return bytes
  }

  /** How long ago 1 KiB of a request had come, or none was owed, ms. */
  slowForMs(nowMs: number): number {
    return this.#socket.bytesRead - this.#received < LEAST_BYTES ? nowMs - this.#receivedAtMs : 0
  }

  /** Notes what has moved; returns how long nothing has in the direction that is behind, ms. */
  look(nowMs: number): number {
    const behind = this.#socket.bytesRead - this.#received < LEAST_BYTES
    if (!this.#owed() || !behind) {
      this.#received = this.#socket.bytesRead
      this.#receivedAtMs = nowMs
    }
    const sent = sentOf(this.#socket)
    if (sent > this.#sent || this.unsentBytes === 0) {
      this.#sent = sent
      this.#sentAtMs = nowMs
    }
    return nowMs - Math.min(this.#receivedAtMs, this.#sentAtMs)
  }

  /** Answer to a request that is not complete; bytes that the server leaves unread are not its client's fault. */
  #owed(): ServerResponse | undefined {
    for (const [response, { complete, readableLength }] of this.exchanges)
      if (!complete && readableLength === 0) return response
    return undefined
  }
}

/** Bytes that the system has taken. */
const sentOf = (socket: Socket): number => socket.bytesWritten - socket.writableLength
