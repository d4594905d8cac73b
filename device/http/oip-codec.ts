// Decodes requests and encodes answers without holding the event loop up: small ones here, large ones in one
// worker thread that starts at its first work and ends when it is idle. A body that kills the worker is refused.

import { Worker } from 'node:worker_threads'
import { NearsideError } from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { InferCall, ModelFacts } from './oip-call.ts'
import type { CodecAnswer, CodecWork } from './oip-codec-protocol.ts'
import { decodeInfer } from './oip-decode.ts'
import { type EncodedAnswer, encodeAnswer, type InferResult } from './oip-encode.ts'

/** JSON up to here is parsed at once: below 2 ms on a slow core. */
const INLINE_JSON_BYTES = 64 * 1024
/** Bodies up to here are copied and checked at once. */
const INLINE_BINARY_BYTES = 2 * 1024 * 1024
/** Numbers that are written as JSON at once. */
const INLINE_NUMBERS = 16 * 1024
/** Memory of the worker: parsed JSON takes many times its bytes. Beyond it the worker ends, not the agent, MB. */
const WORKER_MEMORY_MB = 1024
/** A worker that had nothing to do for this long is ended, ms. */
const IDLE_MS = 60_000

interface Waiting {
  readonly resolve: (answer: CodecAnswer) => void
  readonly reject: (error: NearsideError) => void
}

export class OipCodec {
  #clock: Clock
  #worker: Worker | undefined
  #waiting: Waiting[] = []
  #cancelIdle = (): void => undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** True while the worker lives. */
  get threaded(): boolean {
    return this.#worker !== undefined
  }

  /**
   * Decodes a REST request; the body may be gone afterwards.
   * @throws NearsideError as decodeInfer does, and NS_INPUT_TOO_LARGE when its JSON takes too much memory
   */
  async decode(
    model: ModelFacts,
    body: Uint8Array<ArrayBuffer>,
    headerBytes: number | undefined
  ): Promise<InferCall> {
    const jsonBytes = headerBytes ?? body.length
    if (jsonBytes <= INLINE_JSON_BYTES && body.length <= INLINE_BINARY_BYTES)
      return decodeInfer(model, body, headerBytes)
    return this.#call({ kind: 'rest', model, body, headerBytes }, whole(body))
  }

  /**
   * Decodes a large ModelInferRequest of gRPC, in the worker whatever its size.
   * @throws NearsideError as decodeGrpcInfer does, and NS_INPUT_TOO_LARGE
   */
  decodeGrpc(model: ModelFacts, message: Uint8Array<ArrayBuffer>): Promise<InferCall> {
    return this.#call({ kind: 'grpc', model, message }, whole(message))
  }

  /**
   * Encodes an answer of REST; the outputs may be gone afterwards.
   * @throws NearsideError as encodeAnswer does
   */
  async encode(result: InferResult): Promise<EncodedAnswer> {
    const numbers = result.wanted.reduce(
      (sum, { name, binary }) => sum + (binary ? 0 : (result.outputs[name]?.data.length ?? 0)),
      0
    )
    if (numbers <= INLINE_NUMBERS) return encodeAnswer(result)
    const reply = await this.#work({ kind: 'answer', result }, [])
    if (reply.kind === 'encoded') return reply.encoded
    throw outOfTurn()
  }

  /** Ends the worker; what it works on fails. */
  async close(): Promise<void> {
    this.#cancelIdle()
    await this.#worker?.terminate()
  }

  async #call(work: CodecWork, transfer: ArrayBuffer[]): Promise<InferCall> {
    const reply = await this.#work(work, transfer)
    if (reply.kind === 'call') return reply.call
    throw outOfTurn()
  }

  async #work(work: CodecWork, transfer: ArrayBuffer[]): Promise<CodecAnswer> {
    this.#cancelIdle()
    this.#worker ??= this.#start()
    const worker = this.#worker
    const reply = await new Promise<CodecAnswer>((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      worker.ref()
      worker.postMessage(work, transfer)
    })
    if (reply.kind === 'refused') throw new NearsideError(reply.code, reply.sentence)
    return reply
  }

  #start(): Worker {
    const worker = new Worker(new URL('./oip-worker.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: WORKER_MEMORY_MB }
    })
    let fault: unknown
    worker.on('message', (reply: CodecAnswer) => {
      this.#waiting.shift()?.resolve(reply)
      if (this.#waiting.length === 0) this.#rest(worker)
    })
    worker.on('error', (error) => {
      fault = error
    })
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = undefined
      // Only the first can be at fault, but the bodies of the others went to the worker and are gone with it.
      for (const { reject } of this.#waiting.splice(0)) reject(lost(fault))
    })
    return worker
  }

  #rest(worker: Worker): void {
    worker.unref()
    this.#cancelIdle = this.#clock.after(IDLE_MS, () => {
      if (this.#waiting.length === 0) void worker.terminate()
    })
  }
}

/** The buffer of a view that spans it, which may then go to the worker without a copy. */
function whole({ buffer, byteLength }: Uint8Array<ArrayBuffer>): ArrayBuffer[] {
  return buffer.byteLength === byteLength ? [buffer] : []
}

function lost(fault: unknown): NearsideError {
  if ((fault as { code?: unknown } | undefined)?.code === 'ERR_WORKER_OUT_OF_MEMORY')
    return new NearsideError(
      'NS_INPUT_TOO_LARGE',
      'The JSON takes more memory than one request may have; send large tensors as binary data.'
    )
  const sentence =
    'The thread that reads large requests ended unexpectedly; send the request again.'
  return new NearsideError('NS_WORKER_FAILED', sentence, { cause: fault })
}

const outOfTurn = (): NearsideError =>
  new NearsideError('NS_INTERNAL', 'The codec answered out of turn; the log holds the details.')
