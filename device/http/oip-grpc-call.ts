// One call of the gRPC server with its bytes counted, in both directions, and the time since something moved.

import { constants, type ServerHttp2Stream } from 'node:http2'
import { ServerInterceptingCall, type ServerInterceptingCallInterface } from '@grpc/grpc-js'
import { type NearsideError, toNearsideError } from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { BodyBudget } from './oip-body.ts'
import { toServiceError } from './oip-grpc-status.ts'

type Call = ServerInterceptingCallInterface
type Listener = Parameters<Call['start']>[0]

interface CallOptions {
  readonly stalledMs: number
  readonly messageBytes: number
  readonly budget: BodyBudget
  readonly clock: Clock
  /** Its client may send any number of messages, at any time. */
  readonly requestStream: boolean
  readonly onMoved: (call: BoundedCall) => void
  readonly onMessage: (message: Buffer, call: BoundedCall) => void
  readonly onEnd: (call: BoundedCall) => void
}

/** What the library's own call has besides its interface; nothing else sees the parts of a message. */
interface Inner {
  readonly stream: ServerHttp2Stream
  readonly incomingEncoding?: string
}

/** An answer may take `stalledMs` for each of these, bytes. */
const SLOWEST_BYTES = 16 * 1024 * 1024
/** Time for the trailers of a refused call, ms. */
const TRAILERS_MS = 1000
/** Names and shapes of an answer, bytes. */
const ENVELOPE_BYTES = 1024
/** What a byte of deflate stands for at most (zlib's technical details). */
const DEFLATE_RATIO = 1032

interface Answer {
  readonly raw_output_contents?: readonly Uint8Array[]
  readonly infer_response?: Answer
}

function bytesOfAnswer({ raw_output_contents = [], infer_response }: Answer): number {
  if (infer_response) return bytesOfAnswer(infer_response)
  return raw_output_contents.reduce((sum, { length }) => sum + length, ENVELOPE_BYTES)
}

export class BoundedCall extends ServerInterceptingCall {
  #stream: ServerHttp2Stream
  #options: CallOptions
  #ratio: number
  /** Bytes of the message that is coming in. */
  #partial = 0
  /** Bytes of messages that nobody works on yet, of answers that are not taken. */
  #waiting = 0
  #unsent = 0
  #messages = 0
  #answers = 0
  #movedMs: number
  #ended = false

  constructor(next: Call, options: CallOptions) {
    super(next)
    this.#options = options
    const { stream, incomingEncoding = 'identity' } = next as unknown as Inner
    this.#stream = stream
    this.#ratio = incomingEncoding === 'identity' ? 1 : DEFLATE_RATIO
    this.#movedMs = options.clock.monotonicMs()
    stream.on('data', this.#onData)
    stream.once('close', () => this.#end())
  }

  /** A message of it is worked on or answered. */
  get works(): boolean {
    return this.#messages > this.#answers || this.#unsent > 0
  }

  /** When its client will have stalled, monotonic ms; infinite while it owes nothing. */
  get dueMs(): number {
    const { stalledMs, requestStream } = this.#options
    if (this.#unsent > 0) return this.#movedMs + stalledMs * Math.ceil(this.#unsent / SLOWEST_BYTES)
    const owes = this.#partial > 0 || (!requestStream && this.#messages === 0)
    return owes ? this.#movedMs + stalledMs : Number.POSITIVE_INFINITY
  }

  /**
   * Somebody works on a message from now on; what is returned says that they are done with it.
   * @throws NearsideError NS_INFERENCE_OVERLOADED when the call has ended and its memory is given to others
   */
  handOver({ length }: Buffer): () => void {
    const { budget, requestStream } = this.#options
    // The library keeps the message of a single call until the call ends.
    if (!this.#ended && !requestStream) return () => undefined
    if (this.#ended) budget.take(length)
    else this.#waiting -= length
    return () => budget.give(length)
  }

  /** Ends the call; a client that does not take what was sent before it gets no sentence. */
  refuse(error: NearsideError): void {
    if (this.#unsent > 0) {
      this.#stream.close(constants.NGHTTP2_CANCEL)
      return
    }
    // What still comes is thrown away; the library would go on collecting it.
    this.#stream.removeAllListeners('data')
    this.#stream.on('data', () => undefined)
    const { code, details } = toServiceError(error)
    const answering = this.#stream.headersSent
    this.sendStatus({ code, details })
    const close = (): void => this.#stream.close(constants.NGHTTP2_NO_ERROR)
    // The status of a stream that has answered before goes out as trailers, which a reset would overtake.
    if (answering) this.#options.clock.after(TRAILERS_MS, close)
    else close()
    this.#end()
  }

  override start(listener: Listener): void {
    super.start({
      onReceiveMetadata: (metadata) => listener.onReceiveMetadata(metadata),
      onReceiveMessage: (message: Buffer) => {
        if (this.#received(message)) listener.onReceiveMessage(message)
      },
      onReceiveHalfClose: () => listener.onReceiveHalfClose(),
      onCancel: () => listener.onCancel()
    })
  }

  override sendMessage(message: Answer, callback: () => void): void {
    const bytes = bytesOfAnswer(message)
    this.#answers += 1
    try {
      this.#options.budget.take(bytes)
    } catch (error) {
      this.refuse(toNearsideError(error))
      return
    }
    this.#unsent += bytes
    this.#moved()
    super.sendMessage(message, () => {
      if (!this.#ended) {
        this.#options.budget.give(bytes)
        this.#unsent -= bytes
        this.#moved()
      }
      callback()
    })
  }

  #onData = (chunk: Buffer): void => {
    const { budget, messageBytes } = this.#options
    const bytes = Math.min(chunk.length * this.#ratio, messageBytes - this.#partial)
    try {
      budget.take(bytes)
      this.#partial += bytes
      this.#moved()
    } catch (error) {
      this.refuse(toNearsideError(error))
    }
  }

  #received(message: Buffer): boolean {
    const { budget, onMessage } = this.#options
    if (this.#ended) return false
    budget.give(this.#partial)
    this.#partial = 0
    this.#messages += 1
    try {
      budget.take(message.length)
    } catch (error) {
      this.refuse(toNearsideError(error))
      return false
    }
    this.#waiting += message.length
    onMessage(message, this)
    this.#moved()
    return true
  }

  #moved(): void {
    this.#movedMs = this.#options.clock.monotonicMs()
    this.#options.onMoved(this)
  }

  #end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#options.budget.give(this.#partial + this.#waiting + this.#unsent)
    this.#options.onEnd(this)
  }
}
