// What holds the models back and what was changed about it: read the advice, apply one recommendation, switch the
// continuous mode.

import { z } from 'zod'
import { AdvisorOverview, AppliedChange } from '../../contract/index.ts'
import { problems } from '../../kernel/http-responses.ts'
import type { HttpApp } from '../../kernel/http-server.ts'
import type { Advisor } from '../advisor/index.ts'

/** What the routes need of the advisor. */
export type AdvicePort = Pick<Advisor, 'overview' | 'apply' | 'setContinuous' | 'tuning' | 'tune'>

export function addAdviceRoutes(app: HttpApp, advisor: AdvicePort): void {
  app.get(
    '/api/v1/advice',
    {
      schema: {
        summary: 'What holds each model back, with the evidence; changes so far',
        response: { 200: AdvisorOverview, ...problems() }
      }
    },
    () => advisor.overview()
  )
  app.post(
    '/api/v1/advice/:id/apply',
    {
      schema: {
        summary: 'Apply a recommendation, measure before and after, keep it only when it helps',
        params: z.object({ id: z.string().max(160) }),
        response: { 202: AppliedChange, ...problems(404, 409) }
      }
    },
    async ({ params: { id } }, reply) => reply.code(202).send(await advisor.apply(id))
  )
  app.post(
    '/api/v1/advice/continuous',
    {
      schema: {
        summary: 'Let the advisor apply its recommendations by itself, or not any more',
        body: z.object({ on: z.boolean() }),
        response: { 200: AdvisorOverview, ...problems(415, 507) }
      }
    },
    ({ body: { on } }) => advisor.setContinuous(on)
  )
}
