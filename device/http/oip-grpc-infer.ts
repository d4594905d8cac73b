// Inference over gRPC: single calls and streams. Streams answer in the order of their requests, keep a bounded
// number of them in flight, and stop reading while the client does not read.

import { once } from 'node:events'
import {
  Metadata,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type sendUnaryData
} from '@grpc/grpc-js'
import { toNearsideError } from '../../contract/index.ts'
import { bytesOf } from '../inference/index.ts'
import { type Target, targetOf } from './oip-grpc-bounds.ts'
import { decodeGrpcInfer } from './oip-grpc-decode.ts'
import { toServiceError } from './oip-grpc-status.ts'
import { type Inferred, infer } from './oip-infer.ts'
import type { InferDoor } from './oip-infer-routes.ts'

/** Messages up to here are decoded at once; larger ones in the worker. */
const INLINE_BYTES = 64 * 1024
/** Requests of one stream that wait or run; more are not read yet. */
const MOST_IN_FLIGHT = 64

export interface GrpcDoor extends InferDoor {
  /** Takes a message over to work on; call what it returns when done. @throws NearsideError NS_INFERENCE_OVERLOADED */
  readonly claim: (message: Buffer) => () => void
}

interface CallContext {
  readonly signal: AbortSignal
  /** Milliseconds until the client gives up; undefined when it waits for ever. */
  readonly leftMs: number | undefined
}

const view = ({ buffer, byteOffset, byteLength }: Buffer): Uint8Array<ArrayBuffer> =>
  new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength)

/** @throws NearsideError as REST's infer does */
async function inferMessage(
  door: GrpcDoor,
  message: Buffer,
  { signal, leftMs }: CallContext
): Promise<Inferred> {
  const { model, version } = targetOf(message)
  const facts = door.directory.facts(model, version)
  const { length } = message
  const release = door.claim(message)
  try {
    const decoded =
      length <= INLINE_BYTES
        ? decodeGrpcInfer(facts, message)
        : await door.codec.decodeGrpc(facts, view(message))
    const timeoutMs = shorter(decoded.timeoutMs, leftMs)
    return await infer(door.serving, { facts, call: { ...decoded, timeoutMs }, signal })
  } finally {
    release()
  }
}

function shorter(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return Math.min(one, other)
}

/** What proto-loader takes for a ModelInferResponse. */
function responseOf({ result }: Inferred): object {
  const { model, version, id, wanted, outputs } = result
  const present = wanted.flatMap(({ name }) => {
    const tensor = outputs[name]
    return tensor ? [{ name, tensor }] : []
  })
  return {
    model_name: model,
    model_version: version,
    id: id ?? '',
    outputs: present.map(({ name, tensor: { datatype, shape } }) => ({ name, datatype, shape })),
    raw_output_contents: present.map(({ tensor }) => bytesOf(tensor.data))
  }
}

/** The same figures that REST gives as headers. */
function figuresOf({ batchSize, queueMs, computeMs, rung }: Inferred): Metadata {
  const metadata = new Metadata()
  metadata.set('nearside-batch-size', String(batchSize))
  metadata.set('nearside-queue-us', String(Math.round(queueMs * 1000)))
  metadata.set('nearside-compute-us', String(Math.round(computeMs * 1000)))
  metadata.set('nearside-rung', rung)
  return metadata
}

function leftMsOf(call: Pick<ServerUnaryCall<unknown, unknown>, 'getDeadline'>, nowMs: number) {
  const deadline = Number(call.getDeadline())
  return Number.isFinite(deadline) ? Math.max(1, deadline - nowMs) : undefined
}

/** ModelInfer. */
export function serveInfer(door: GrpcDoor) {
  return (call: ServerUnaryCall<Buffer, object>, answer: sendUnaryData<object>): void => {
    const gone = new AbortController()
    call.on('cancelled', () => gone.abort())
    const leftMs = leftMsOf(call, door.clock.now())
    void inferMessage(door, call.request, { signal: gone.signal, leftMs }).then(
      (done) => {
        call.sendMetadata(figuresOf(done))
        answer(null, responseOf(done))
      },
      (error) => answer(toServiceError(error))
    )
  }
}

type InferStream = ServerDuplexStream<Buffer, object>

/** ModelStreamInfer: an error is an answer, and the stream goes on. */
export function serveStream(door: GrpcDoor) {
  return (call: InferStream): void => {
    const gone = new AbortController()
    let inFlight = 0
    let last = Promise.resolve()
    call.on('cancelled', () => gone.abort())
    call.on('error', () => gone.abort())
    call.on('data', (message: Buffer) => {
      inFlight += 1
      if (inFlight >= MOST_IN_FLIGHT) call.pause()
      const answer = streamAnswer(door, message, gone.signal)
      last = last.then(async () => {
        await write(call, await answer, gone.signal)
        inFlight -= 1
        if (inFlight < MOST_IN_FLIGHT) call.resume()
      })
    })
    call.on('end', () => void last.then(() => call.end()))
  }
}

async function streamAnswer(door: GrpcDoor, message: Buffer, signal: AbortSignal): Promise<object> {
  try {
    const done = await inferMessage(door, message, { signal, leftMs: undefined })
    return { error_message: '', infer_response: responseOf(done) }
  } catch (error) {
    const { model, id } = readable(message)
    const error_message = toNearsideError(error).message
    return { error_message, infer_response: { model_name: model, id } }
  }
}

/** Whom an error is about, as far as the message says. */
function readable(message: Buffer): Target {
  try {
    return targetOf(message)
  } catch {
    return { model: '', version: '', id: '' }
  }
}

/** Writes an answer and waits until the client reads, or is gone. */
async function write(call: InferStream, answer: object, signal: AbortSignal): Promise<void> {
  if (signal.aborted || call.write(answer)) return
  await once(call, 'drain', { signal }).catch(() => undefined)
}
