// /api/v1/rollouts: a version of a model to a set of devices.

import { z } from 'zod'
import { Rollout, RolloutDetail, RolloutRequest } from '../../contract/index.ts'
import { problems } from '../../kernel/http-responses.ts'
import type { HttpApp } from '../../kernel/http-server.ts'
import type { FleetServices } from './fleet-services.ts'

const CreateHeaders = z.object({
  'idempotency-key': z
    .string()
    .min(8)
    .max(100)
    .optional()
    .describe('A request repeated with the same key makes no second rollout.')
})

/** Adds the list, one rollout, and the creation, which is idempotent by its key. */
export function addRolloutRoutes(app: HttpApp, { rollouts }: FleetServices): void {
  app.get(
    '/api/v1/rollouts',
    {
      schema: {
        summary: 'The newest rollouts',
        response: { 200: z.array(Rollout), ...problems() }
      }
    },
    () => rollouts.list()
  )
  app.get(
    '/api/v1/rollouts/:id',
    {
      schema: {
        summary: 'One rollout with its devices and what happened',
        params: z.object({ id: z.string().max(64) }),
        response: { 200: RolloutDetail, ...problems(404) }
      }
    },
    ({ params }) => rollouts.find(params.id)
  )
  app.post(
    '/api/v1/rollouts',
    {
      schema: {
        summary: 'Roll a version out; an older version is a legal target',
        description: '201 when it was created, 200 when the Idempotency-Key was used before.',
        headers: CreateHeaders,
        body: RolloutRequest,
        response: { 200: RolloutDetail, 201: RolloutDetail, ...problems(404, 413, 415, 422, 507) }
      }
    },
    async ({ body, headers }, reply) => {
      const { rollout, created } = await rollouts.create(body, headers['idempotency-key'])
      return reply.code(created ? 201 : 200).send(rollout)
    }
  )
}
