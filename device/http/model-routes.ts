// Acts on one model: load it and keep it, give its memory back, see its newest batches, build its TensorRT
// engine. What models there are is in status-routes.ts; asking a model is the Open Inference Protocol.

import { z } from 'zod'
import { BatchTrace, EngineBuild } from '../../contract/index.ts'
import { problems } from '../../kernel/http-responses.ts'
import type { HttpApp } from '../../kernel/http-server.ts'

export interface ModelActs {
  /** @throws NearsideError NS_MODEL_UNKNOWN, NS_GOLDEN_MISMATCH, NS_INFERENCE_* */
  load(name: string): Promise<void>
  /** @throws NearsideError NS_MODEL_UNKNOWN */
  unload(name: string): Promise<void>
  /** The newest batches first. @throws NearsideError NS_MODEL_UNKNOWN */
  traces(limit: number, name: string): BatchTrace[]
  /** Starts a build in the background. @throws NearsideError NS_MODEL_UNKNOWN, NS_RUNG_*, NS_ENGINE_BUILD */
  buildEngine(name: string): Promise<EngineBuild>
  /** @throws NearsideError NS_MODEL_UNKNOWN, NS_ENGINE_MISSING when none is being built */
  cancelEngine(name: string): Promise<EngineBuild>
}

const params = z.object({ name: z.string().max(64) })

export function addModelRoutes(app: HttpApp, acts: ModelActs): void {
  const done = { 204: z.null() }
  app.post(
    '/api/v1/models/:name/load',
    {
      schema: {
        summary: 'Load a model now and keep it loaded',
        params,
        response: { ...done, ...problems(404, 422, 429, 503) }
      }
    },
    async (request, reply) => {
      await acts.load(request.params.name)
      return reply.code(204).send(null)
    }
  )
  app.post(
    '/api/v1/models/:name/unload',
    {
      schema: {
        summary: 'Give the memory of a model back; its next request loads it again',
        params,
        response: { ...done, ...problems(404) }
      }
    },
    async (request, reply) => {
      await acts.unload(request.params.name)
      return reply.code(204).send(null)
    }
  )
  app.get(
    '/api/v1/models/:name/traces',
    {
      schema: {
        summary: 'The newest batches of a model: size, wait, compute, and why they were closed',
        params,
        querystring: z.object({ limit: z.coerce.number().int().min(1).max(500).default(100) }),
        response: { 200: z.array(BatchTrace), ...problems(404) }
      }
    },
    ({ params: { name }, query: { limit } }) => acts.traces(limit, name)
  )
  addEngineRoutes(app, acts)
}

function addEngineRoutes(app: HttpApp, acts: ModelActs): void {
  app.post(
    '/api/v1/models/:name/engine',
    {
      schema: {
        summary: 'Build the TensorRT engine of a model in the background',
        params,
        response: { 202: EngineBuild, ...problems(404, 409, 422, 503) }
      }
    },
    async (request, reply) => reply.code(202).send(await acts.buildEngine(request.params.name))
  )
  app.delete(
    '/api/v1/models/:name/engine',
    {
      schema: {
        summary: 'Cancel the build of a TensorRT engine',
        params,
        response: { 200: EngineBuild, ...problems(404, 503) }
      }
    },
    (request) => acts.cancelEngine(request.params.name)
  )
}
