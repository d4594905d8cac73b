// A TCP proxy that misbehaves on command: cuts, resets, goes silent, delays. It stands between a device and
// a broker or a blob server in tests of bad networks.

import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

export class TcpProxy {
  /** Bytes from the target to the client after which the connection is cut, once. */
  cutAfterBytes: number | undefined
  /** Added to each piece in each direction, ms. */
  delayMs = 0
  #server: Server
  #target: () => number
  #sockets = new Set<Socket>()
  #isSilent = false
  #isRefusing = false
  #connections = 0

  /** @param target port on 127.0.0.1, asked at each connection */
  constructor(target: () => number) {
    this.#target = target
    this.#server = createServer((client) => this.#accept(client))
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return this.port
  }

  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' && address ? address.port : 0
  }

  /** Connections accepted so far. */
  get connections(): number {
    return this.#connections
  }

  /** Ends every connection with a reset. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  /** Cuts, and resets every new connection until heal. */
  refuse(): void {
    this.#isRefusing = true
    this.cut()
  }

  /** Half-open: connections stay, but nothing passes any more, and new ones are never answered. */
  silence(): void {
    this.#isSilent = true
  }

  heal(): void {
    if (this.#isSilent) this.cut() // what was swallowed is gone, so the old streams are broken
    this.#isSilent = false
    this.#isRefusing = false
  }

  async close(): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #accept(client: Socket): void {
    this.#connections += 1
    this.#track(client)
    if (this.#isRefusing) {
      client.resetAndDestroy()
      return
    }
    const target = connect(this.#target(), '127.0.0.1')
    this.#track(target)
    this.#pipe(client, target, () => undefined)
    let passed = 0
    this.#pipe(target, client, (bytes) => {
      passed += bytes
      if (this.cutAfterBytes === undefined || passed < this.cutAfterBytes) return
      this.cutAfterBytes = undefined
      client.resetAndDestroy()
      target.destroy()
    })
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => this.#sockets.delete(socket))
  }

  #pipe(from: Socket, to: Socket, count: (bytes: number) => void): void {
    from.on('data', (piece) => {
      if (this.#isSilent) return
      const pass = (): void => {
        if (!to.destroyed) to.write(piece)
        count(piece.length)
      }
      if (this.delayMs > 0) setTimeout(pass, this.delayMs)
      else pass()
    })
    // On a half-open link the end of one side does not reach the other either.
    from.on('close', () => {
      if (!this.#isSilent && !from.readableEnded) to.destroy()
    })
    from.on('end', () => {
      if (!this.#isSilent) to.end()
    })
  }
}
