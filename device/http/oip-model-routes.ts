// What the Open Inference Protocol says of server and models over REST, and the repository extension.

import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { NearsideError } from '../../contract/index.ts'
import { problems } from '../../kernel/http-responses.ts'
import type { HttpApp } from '../../kernel/http-server.ts'
import { readBody } from './oip-body.ts'
import { SERVER_METADATA } from './oip-describe.ts'
import { type InferDoor, modelParams } from './oip-infer-routes.ts'
import { parseJson } from './oip-json.ts'
import {
  IndexRequest,
  ModelConfig,
  ModelMetadata,
  ModelStatisticsAnswer,
  RepositoryIndex,
  RepositoryRequest,
  ServerMetadata
} from './oip-schemas.ts'

export function addModelRoutes(app: HttpApp, door: InferDoor, ready: () => string | null): void {
  addServerRoutes(app, ready)
  addDescriptionRoutes(app, door)
  addStatisticsRoutes(app, door)
  addRepositoryRoutes(app, door)
}

function addServerRoutes(app: HttpApp, ready: () => string | null): void {
  app.get(
    '/v2',
    {
      schema: { summary: 'Server and extensions', response: { 200: ServerMetadata, ...problems() } }
    },
    () => SERVER_METADATA
  )
  const live = z.object({ live: z.literal(true) })
  app.get(
    '/v2/health/live',
    { schema: { summary: 'The server lives', response: { 200: live, ...problems() } } },
    () => ({ live: true as const })
  )
  const isReady = z.object({ ready: z.literal(true) })
  app.get(
    '/v2/health/ready',
    { schema: { summary: 'The server serves', response: { 200: isReady, ...problems(503) } } },
    () => {
      const missing = ready()
      if (missing) throw new NearsideError('NS_DEVICE_UNREACHABLE', missing)
      return { ready: true as const }
    }
  )
}

/** Both addresses of something that a model has. */
const addresses = (what: string): string[] => [
  `/v2/models/:model${what}`,
  `/v2/models/:model/versions/:version${what}`
]

function addDescriptionRoutes(app: HttpApp, { directory }: InferDoor): void {
  const known = { params: modelParams }
  for (const url of addresses(''))
    app.get(
      url,
      {
        schema: {
          ...known,
          summary: 'Inputs and outputs of a model, its rung, and what speaks against faster ones',
          response: { 200: ModelMetadata, ...problems(404) }
        }
      },
      ({ params: { model, version } }) => directory.metadata(model, version)
    )
  const answer = z.object({ name: z.string(), ready: z.literal(true) })
  for (const url of addresses('/ready'))
    app.get(
      url,
      {
        schema: {
          ...known,
          summary: 'Whether a model takes requests; a cold one does',
          response: { 200: answer, ...problems(404, 503) }
        }
      },
      ({ params: { model, version } }) => {
        directory.requireReady(model, version)
        return { name: model, ready: true as const }
      }
    )
  for (const url of addresses('/config'))
    app.get(
      url,
      {
        schema: {
          ...known,
          summary: 'Configuration of a model, as Triton writes it',
          response: { 200: ModelConfig, ...problems(404) }
        }
      },
      ({ params: { model, version } }) => directory.config(model, version)
    )
}

function addStatisticsRoutes(app: HttpApp, { directory }: InferDoor): void {
  app.get(
    '/v2/models/stats',
    {
      schema: {
        summary: 'Statistics of all models since the start',
        response: { 200: ModelStatisticsAnswer, ...problems() }
      }
    },
    () => directory.statistics()
  )
  for (const url of addresses('/stats'))
    app.get(
      url,
      {
        schema: {
          params: modelParams,
          summary: 'Statistics of a model since the start',
          response: { 200: ModelStatisticsAnswer, ...problems(404) }
        }
      },
      ({ params: { model, version } }) => directory.statistics(model, version)
    )
}

/** Bodies of the repository routes are small. */
const REPOSITORY_BODY_BYTES = 64 * 1024

/** Reads a body that may be empty, whatever its content type: Triton's clients name none. */
async function readJson<Schema extends z.ZodType>(
  { raw }: FastifyRequest,
  { limits, budget, clock }: InferDoor,
  schema: Schema
): Promise<z.output<Schema>> {
  const taken = { bytes: 0 }
  try {
    const body = await readBody(raw, {
      limitBytes: REPOSITORY_BODY_BYTES,
      stalledMs: limits.stalledMs,
      ...{ budget, taken, clock }
    })
    const parsed = schema.safeParse(body.length === 0 ? {} : parseJson(body))
    if (parsed.success) return parsed.data
    const issue = parsed.error.issues[0]
    const where = issue?.path.join('.') || 'the body'
    const sentence = `${where}: ${issue?.message ?? 'does not fit'}; see /openapi.json.`
    throw new NearsideError('NS_REQUEST_INVALID', sentence)
  } finally {
    budget.give(taken.bytes)
  }
}

function addRepositoryRoutes(app: HttpApp, door: InferDoor): void {
  const { directory } = door
  app.post(
    '/v2/repository/index',
    {
      schema: {
        summary: 'Models with their states; {"ready":true} for those that are ready',
        body: IndexRequest,
        response: { 200: RepositoryIndex, ...problems() }
      }
    },
    async (request) => directory.index((await readJson(request, door, IndexRequest)).ready)
  )
  const params = z.object({ model: z.string().max(300) })
  const empty = z.object({})
  app.post(
    '/v2/repository/models/:model/load',
    {
      schema: {
        summary: 'Load a model and keep it loaded',
        params,
        body: RepositoryRequest,
        response: { 200: empty, ...problems(404, 422, 503, 504) }
      }
    },
    async (request) => {
      const { parameters } = await readJson(request, door, RepositoryRequest)
      await directory.load(request.params.model, Object.keys(parameters))
      return {}
    }
  )
  app.post(
    '/v2/repository/models/:model/unload',
    {
      schema: {
        summary: 'Unload a model; it takes no requests here until it is loaded again',
        params,
        body: RepositoryRequest,
        response: { 200: empty, ...problems(404) }
      }
    },
    async (request) => {
      await readJson(request, door, RepositoryRequest)
      await directory.unload(request.params.model)
      return {}
    }
  )
}
