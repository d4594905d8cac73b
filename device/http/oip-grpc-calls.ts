// Bounds what clients of the gRPC server can hold: the number of calls, the bytes of requests that are not
// complete and of answers that nobody takes, and the time in which nothing moves. gRPC has no such limits.

import type { ServerInterceptor } from '@grpc/grpc-js'
import { NearsideError } from '../../contract/index.ts'
import type { Cancel, Clock } from '../../kernel/clock.ts'
import type { BodyBudget } from './oip-body.ts'
import { BoundedCall } from './oip-grpc-call.ts'

export interface CallLimits {
  /** Calls at a time, of all connections; a new one takes the place of the one without work for longest. */
  readonly most: number
  /** A call that owes a message, or whose client takes nothing of its answer, ends after this, ms. */
  readonly stalledMs: number
  /** Largest message, bytes. */
  readonly messageBytes: number
  readonly budget: BodyBudget
  readonly clock: Clock
  /** The connection with this port of its client has one call more or less. */
  readonly onCall: (port: number | undefined, change: 1 | -1) => void
}

/** Looks at all calls in the time in which one may stall. */
const LOOKS = 6

/** The calls of a server; its interceptor takes them in. */
export class GrpcCalls {
  #limits: CallLimits
  /** In the order in which something last happened to them. */
  #calls = new Set<BoundedCall>()
  /** Messages that a call still counts, because nobody works on them yet. */
  #counted = new WeakMap<object, BoundedCall>()
  #cancel: Cancel

  constructor(limits: CallLimits) {
    this.#limits = limits
    const { clock, stalledMs } = limits
    this.#cancel = clock.every(Math.ceil(stalledMs / LOOKS), () => this.#look())
  }

  readonly interceptor: ServerInterceptor = ({ requestStream }, next) => {
    const { onCall } = this.#limits
    const port = next.getConnectionInfo().remotePort
    const call = new BoundedCall(next, {
      ...this.#limits,
      requestStream,
      onMoved: (moved) => {
        if (this.#calls.delete(moved)) this.#calls.add(moved)
      },
      onMessage: (message, counting) => this.#counted.set(message, counting),
      onEnd: (ended) => {
        if (this.#calls.delete(ended)) onCall(port, -1)
      }
    })
    this.#calls.add(call)
    onCall(port, 1)
    if (this.#calls.size > this.#limits.most) this.#makeRoom(call)
    return call
  }

  /**
   * Somebody works on a message from now on, whose bytes stay counted until they call what is returned.
   * @throws NearsideError NS_INFERENCE_OVERLOADED
   */
  claim(message: Buffer): () => void {
    const call = this.#counted.get(message)
    if (!call) throw new Error('a message came past its call')
    this.#counted.delete(message)
    return call.handOver(message)
  }

  close(): void {
    this.#cancel()
  }

  #makeRoom(newest: BoundedCall): void {
    const sentence = `More than ${this.#limits.most} calls are open; this one had nothing to do for longest. Call again.`
    const idle = this.#calls.values().find((call) => call === newest || !call.works)
    idle?.refuse(new NearsideError('NS_SERVER_BUSY', sentence))
  }

  #look(): void {
    const { clock, stalledMs } = this.#limits
    const now = clock.monotonicMs()
    for (const call of this.#calls)
      if (call.dueMs <= now)
        call.refuse(
          new NearsideError('NS_REQUEST_TIMEOUT', `Nothing moved for ${stalledMs} ms; call again.`)
        )
  }
}
