// The connections of a listener, of which there are only so many: a new one takes the place of the one that has
// been idle for longest. Knows no protocol; whoever speaks one says what is busy.

import type { Socket } from 'node:net'

/** @public */
export class ConnectionTable {
  readonly most: number
  /** In the order in which they became idle. */
  #idle = new Set<Socket>()
  /** Exchanges under way on each. */
  #busy = new Map<Socket, number>()

  constructor(most: number) {
    this.most = most
  }

  get size(): number {
    return this.#idle.size + this.#busy.size
  }

  /**
   * Takes a new connection in, idle. False: all are busy, and it was hung up on.
   * @param spare gives a busy connection up when none is idle; true when it has
   */
  accept(socket: Socket, spare: () => boolean = () => false): boolean {
    if (this.size >= this.most) {
      const [longest] = this.#idle
      if (longest) this.#drop(longest)
      else if (!spare()) {
        socket.destroy()
        return false
      }
    }
    this.#idle.add(socket)
    socket.once('close', () => this.forget(socket))
    return true
  }

  #drop(socket: Socket): void {
    socket.destroy()
    this.forget(socket)
  }

  /** Counts a connection no more, before its end is told. */
  forget(socket: Socket): void {
    this.#idle.delete(socket)
    this.#busy.delete(socket)
  }

  /** An exchange begins; returns how many are under way on the connection. */
  begin(socket: Socket): number {
    if (socket.destroyed) return 0
    this.#idle.delete(socket)
    const count = (this.#busy.get(socket) ?? 0) + 1
    this.#busy.set(socket, count)
    return count
  }

  end(socket: Socket): void {
    const count = this.#busy.get(socket)
    if (count === undefined) return
    if (count > 1) this.#busy.set(socket, count - 1)
    else {
      this.#busy.delete(socket)
      this.#idle.add(socket)
    }
  }

  /** Hangs up on all. */
  destroy(): void {
    for (const socket of [...this.#idle, ...this.#busy.keys()]) socket.destroy()
  }
}
