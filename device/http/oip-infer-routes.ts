// POST …/infer: one inference over REST. The body is read within bounds, decoded, submitted, and answered as
// JSON or binary data; a client that hangs up takes its request out of the queue.

import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { NearsideError } from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import { problems } from '../../kernel/http-responses.ts'
import type { HttpApp } from '../../kernel/http-server.ts'
import { type BodyBudget, readBody } from './oip-body.ts'
import type { OipCodec } from './oip-codec.ts'
import type { ModelDirectory } from './oip-describe.ts'
import type { EncodedAnswer, InferResult } from './oip-encode.ts'
import { type Inferred, infer } from './oip-infer.ts'
import type { InferenceServing, ServingLimits } from './oip-port.ts'
import { InferRequest } from './oip-schemas.ts'

export interface InferDoor {
  readonly serving: InferenceServing
  readonly directory: ModelDirectory
  readonly codec: OipCodec
  readonly limits: ServingLimits
  readonly budget: BodyBudget
  readonly clock: Clock
}

const HEADER_LENGTH = 'inference-header-content-length'
/** Larger answers are sent in such pieces, so that it shows whether their client reads, bytes. */
const PIECE_BYTES = 256 * 1024

export const modelParams = z.object({
  model: z.string().max(300),
  version: z.string().max(100).optional()
})

const SCHEMA = {
  summary:
    'Infer (Open Inference Protocol v2): JSON, or binary data after Inference-Header-Content-Length bytes of JSON',
  params: modelParams,
  body: InferRequest,
  consumes: ['application/json', 'application/octet-stream'],
  produces: ['application/json', 'application/octet-stream'],
  response: {
    200: z.any().describe('The answer'),
    ...problems(404, 409, 413, 415, 422, 429, 503, 504)
  }
}

export function addInferRoutes(app: HttpApp, door: InferDoor): void {
  for (const url of ['/v2/models/:model/infer', '/v2/models/:model/versions/:version/infer'])
    app.post(url, { schema: SCHEMA }, (request, reply) =>
      serve(door, { request, reply, ...request.params })
    )
}

interface Exchange {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly model: string
  readonly version?: string | undefined
}

async function serve(door: InferDoor, exchange: Exchange): Promise<FastifyReply> {
  const { request, reply } = exchange
  const { limits, budget, clock } = door
  const taken = { bytes: 0 }
  const gone = new AbortController()
  const count = (bytes: number): void => {
    budget.give(taken.bytes)
    taken.bytes = 0
    if (reply.raw.destroyed) return
    budget.take(bytes)
    taken.bytes = bytes
  }
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort()
    budget.give(taken.bytes)
    taken.bytes = 0
  })
  const facts = door.directory.facts(exchange.model, exchange.version)
  const headerBytes = headerLength(request.raw)
  const body = await readBody(request.raw, {
    limitBytes: limits.bodyBytes,
    stalledMs: limits.stalledMs,
    ...{ budget, taken, clock }
  })
  const call = await door.codec.decode(facts, body, headerBytes)
  const done = await infer(door.serving, { facts, call, signal: gone.signal })
  // A model may answer a thousand times what it was asked.
  count(bytesOfOutputs(done.result))
  const encoded = await door.codec.encode(done.result)
  count(bytesOfParts(encoded))
  return send({ reply, limits }, done, encoded)
}

function headerLength({ headers }: IncomingMessage): number | undefined {
  const text = headers[HEADER_LENGTH]
  if (text === undefined) return undefined
  if (/^\d{1,12}$/.test(String(text))) return Number(text)
  const sentence =
    'Inference-Header-Content-Length is a number of bytes; send the length of the JSON.'
  throw new NearsideError('NS_REQUEST_INVALID', sentence)
}

const bytesOfOutputs = ({ outputs }: InferResult): number =>
  Object.values(outputs).reduce((sum, { data }) => sum + data.byteLength, 0)

const bytesOfParts = ({ parts }: EncodedAnswer): number =>
  parts.reduce((sum, part) => sum + part.length, 0)

interface Sender {
  readonly reply: FastifyReply
  readonly limits: ServingLimits
}

function send({ reply, limits }: Sender, done: Inferred, encoded: EncodedAnswer): FastifyReply {
  const { headerBytes, parts } = encoded
  const bytes = bytesOfParts(encoded)
  // A client that stops reading is hung up on; until then its answer waits in memory.
  reply.raw.socket?.setTimeout(limits.stalledMs)
  reply.headers({
    'nearside-batch-size': done.batchSize,
    'nearside-queue-us': Math.round(done.queueMs * 1000),
    'nearside-compute-us': Math.round(done.computeMs * 1000),
    'nearside-rung': done.rung,
    'content-length': bytes,
    'cache-control': 'no-store'
  })
  if (headerBytes === undefined) reply.type('application/json; charset=utf-8')
  else reply.type('application/octet-stream').header(HEADER_LENGTH, headerBytes)
  const buffers = parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength))
  if (bytes <= PIECE_BYTES) return reply.send(Buffer.concat(buffers))
  return reply.send(Readable.from(pieces(buffers)))
}

function* pieces(buffers: readonly Buffer[]): Generator<Buffer> {
  for (const buffer of buffers)
    for (let at = 0; at < buffer.length; at += PIECE_BYTES)
      yield buffer.subarray(at, at + PIECE_BYTES)
}
