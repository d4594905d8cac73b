// Decodes requests and encodes answers without holding the event loop up: small ones here, large ones in one
// worker thread that starts at its first work and ends when it is idle.

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
/** Heap of the worker: several times what the JSON of one request may take within its bounds (oip-decode.ts), MB. */
const WORKER_MEMORY_MB = 2048
/** A worker that had nothing to do for this long is ended, ms. */
const IDLE_MS = 10_000

/** One life of the worker and who waits for its answers, in order. */
interface Life {
  readonly worker: Worker
  readonly waiting: Waiting[]
}

interface Waiting {
  readonly resolve: (answer: CodecAnswer) => void
  readonly reject: (error: NearsideError) => void
}

export class OipCodec {
  #clock: Clock
  #life: Life | undefined
  #cancelIdle = (): void => undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** True while the worker lives. */
  get threaded(): boolean {
    return this.#life !== undefined
  }

  /**
   * Decodes a REST request; the body may be gone afterwards.
   * @throws NearsideError as decodeInfer does
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
   * @throws NearsideError as decodeGrpcInfer does
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
    const life = this.#life
    this.#life = undefined
    await life?.worker.terminate()
  }

  async #call(work: CodecWork, transfer: ArrayBuffer[]): Promise<InferCall> {
    const reply = await this.#work(work, transfer)
    if (reply.kind === 'call') return reply.call
    throw outOfTurn()
  }

  async #work(work: CodecWork, transfer: ArrayBuffer[]): Promise<CodecAnswer> {
    this.#cancelIdle()
    this.#life ??= this.#start()
    const { worker, waiting } = this.#life
    const reply = await new Promise<CodecAnswer>((resolve, reject) => {
      waiting.push({ resolve, reject })
      worker.ref()
      worker.postMessage(work, transfer)
    })
    if (reply.kind === 'refused') throw new NearsideError(reply.code, reply.sentence)
    return reply
  }

  #start(): Life {
    const worker = new Worker(new URL('./oip-worker.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: WORKER_MEMORY_MB }
    })
    const life: Life = { worker, waiting: [] }
    let fault: unknown
    worker.on('message', (reply: CodecAnswer) => {
      life.waiting.shift()?.resolve(reply)
      if (life.waiting.length === 0) this.#rest(life)
    })
    worker.on('error', (error) => {
      fault = error
    })
    worker.on('exit', () => {
      if (this.#life === life) this.#life = undefined
      for (const { reject } of life.waiting.splice(0)) reject(lost(fault))
    })
    return life
  }

  #rest(life: Life): void {
    life.worker.unref()
    if (this.#life !== life) return
    this.#cancelIdle = this.#clock.after(IDLE_MS, () => {
      this.#life = undefined
      void life.worker.terminate()
    })
  }
}

/** The buffer of a view that spans it, which may then go to the worker without a copy. */
function whole({ buffer, byteLength }: Uint8Array<ArrayBuffer>): ArrayBuffer[] {
  return buffer.byteLength === byteLength ? [buffer] : []
}

function lost(fault: unknown): NearsideError {
  const sentence =
    'The thread that reads large requests ended unexpectedly; send the request again.'
  return new NearsideError('NS_WORKER_FAILED', sentence, { cause: fault })
}

const outOfTurn = (): NearsideError =>
  new NearsideError('NS_INTERNAL', 'The codec answered out of turn; the log holds the details.')
