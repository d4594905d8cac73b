// /api/v1/engines: TensorRT engines that devices built. What operators do is as open as the rest of this server;
// what devices do is signed with the key of their certificate (kernel/device-signature.ts).

import type { Readable } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import {
  DeviceEnvelope,
  EngineOfferAnswer,
  EngineUploadAnswer,
  ModelName,
  ModelVersion,
  NearsideError,
  Sha256,
  SharedEngine
} from '../../contract/index.ts'
import { problems } from '../../kernel/http-responses.ts'
import type { HttpApp } from '../../kernel/http-server.ts'
import type { FleetServices } from './fleet-services.ts'
import { readRange, refuseRange } from './routes-blobs.ts'

const SIGNED =
  'For devices: signed by RFC 9421 over @method, @path and upload-offset (ecdsa-p256-sha256), the certificate in nearside-certificate.'
const One = z.object({ id: Sha256 })
const OneFile = One.extend({ sha256: Sha256 })

type EngineServices = Pick<FleetServices, 'engines' | 'engineBlobs' | 'proof'>

/** Adds the routes of operators and those of devices. */
export async function addEngineRoutes(app: HttpApp, services: EngineServices): Promise<void> {
  addOperatorRoutes(app, services)
  addOfferRoutes(app, services)
  addTakeRoutes(app, services)
  // Pieces come as plain bytes; nobody else on this server takes them.
  await app.register((scope, _options, registered) => {
    scope.addContentTypeParser('application/octet-stream', (_request, payload, done) =>
      done(null, payload)
    )
    addUploadRoute(scope as unknown as HttpApp, services)
    registered()
  })
}

const caller = ({ proof }: EngineServices, request: FastifyRequest): Promise<string> => {
  const [path = ''] = request.url.split('?')
  return proof.device({ method: request.method, path, headers: request.headers })
}

function addOperatorRoutes(app: HttpApp, { engines }: EngineServices): void {
  app.get(
    '/api/v1/engines',
    {
      schema: {
        summary: 'TensorRT engines that devices built and this fleet hands on',
        response: { 200: z.array(SharedEngine), ...problems() }
      }
    },
    () => engines.list()
  )
  app.delete(
    '/api/v1/engines/:id',
    {
      schema: {
        summary: 'Remove an engine; devices that have it keep it',
        params: One,
        response: { 204: z.null().describe('Removed.'), ...problems(404) }
      }
    },
    async ({ params }, reply) => {
      await engines.remove(params.id)
      return reply.code(204).send(null)
    }
  )
  app.delete(
    '/api/v1/engines',
    {
      schema: {
        summary: 'Remove the engines of a model, or of one version of it',
        querystring: z.object({ model: ModelName, version: ModelVersion.optional() }),
        response: { 200: z.object({ removed: z.number().int() }), ...problems() }
      }
    },
    async ({ query }) => ({ removed: await engines.removeModel(query.model, query.version) })
  )
}

function addOfferRoutes(app: HttpApp, services: EngineServices): void {
  const { engines } = services
  app.post(
    '/api/v1/engines',
    {
      schema: {
        summary: 'Offer an engine; the answer says what of it to send',
        description: SIGNED,
        body: DeviceEnvelope,
        response: { 200: EngineOfferAnswer, ...problems(401, 413, 422, 507) }
      }
    },
    async (request) => engines.offer(await caller(services, request), request.body)
  )
  app.post(
    '/api/v1/engine-faults',
    {
      schema: {
        summary: 'Report that an engine does not do; it is handed out no more',
        description: SIGNED,
        body: DeviceEnvelope,
        response: { 204: z.null().describe('Noted.'), ...problems(401, 422, 507) }
      }
    },
    async (request, reply) => {
      await engines.fault(await caller(services, request), request.body)
      return reply.code(204).send(null)
    }
  )
}

function addTakeRoutes(app: HttpApp, services: EngineServices): void {
  const { engines, engineBlobs } = services
  app.get(
    '/api/v1/engines/:id',
    {
      schema: {
        summary: 'What the builder of an engine signed, for a device that needs exactly this one',
        description: SIGNED,
        params: One,
        response: { 200: DeviceEnvelope, ...problems(401, 404) }
      }
    },
    async (request) => {
      await caller(services, request)
      return engines.take(request.params.id)
    }
  )
  app.get(
    '/api/v1/engines/:id/files/:sha256',
    {
      schema: {
        summary: 'A file of an engine, whole or in part (Range)',
        description: SIGNED,
        params: OneFile,
        produces: ['application/octet-stream'],
        response: {
          200: z.any().describe('The file.'),
          206: z.any().describe('The part that Range asks for.'),
          ...problems(401, 404, 416)
        }
      }
    },
    async (request, reply) => {
      await caller(services, request)
      const { id, sha256 } = request.params
      const size = await engines.fileSize(id, sha256)
      const range = readRange(request.headers.range, size)
      if (range === 'unsatisfiable') return refuseRange(reply, size)
      void reply
        .header('etag', `"${sha256}"`)
        .header('accept-ranges', 'bytes')
        .header('cache-control', 'no-store')
        .type('application/octet-stream')
      if (!range) return reply.header('content-length', size).send(engineBlobs.read(sha256))
      return reply
        .code(206)
        .header('content-range', `bytes ${range.start}-${range.end}/${size}`)
        .header('content-length', range.end - range.start + 1)
        .send(engineBlobs.read(sha256, range))
    }
  )
}

/** The number of the header; a body without it would not say where it belongs. */
function offsetOf({ headers }: FastifyRequest): number {
  const value = String(headers['upload-offset'] ?? '')
  if (/^\d{1,15}$/.test(value)) return Number(value)
  const sentence = 'The header upload-offset says at which byte of the file the piece begins.'
  throw new NearsideError('NS_REQUEST_INVALID', sentence)
}

function addUploadRoute(app: HttpApp, services: EngineServices): void {
  app.patch(
    '/api/v1/engines/:id/files/:sha256',
    {
      schema: {
        summary: 'Send a piece of a file of an engine that was offered, at the byte upload-offset',
        description: SIGNED,
        params: OneFile,
        consumes: ['application/octet-stream'],
        response: { 200: EngineUploadAnswer, ...problems(401, 404, 409, 413, 415, 422, 507) }
      }
    },
    async (request) => {
      const device = await caller(services, request)
      const { id: engine, sha256 } = request.params
      const stream = request.body as Readable | undefined
      if (!stream) {
        const sentence = 'A piece is sent as application/octet-stream.'
        throw new NearsideError('NS_REQUEST_MEDIA_TYPE', sentence)
      }
      return services.engines.receive(device, { engine, sha256, offset: offsetOf(request), stream })
    }
  )
}
