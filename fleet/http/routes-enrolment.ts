// /api/v1/enrolment-tokens and /api/v1/enrolments: how a device gets in.

import { EnrolmentAnswer, EnrolmentRequest, TokenAnswer } from '../../contract/index.ts'
import { problems } from '../../kernel/http-responses.ts'
import type { HttpApp } from '../../kernel/http-server.ts'
import type { FleetServices } from './fleet-services.ts'

/**
 * Adds both steps; the second one is the only address that a device needs before it has a
 * certificate.
 */
export function addEnrolmentRoutes(
  app: HttpApp,
  { enrolment, changes, addresses }: FleetServices
): void {
  app.post(
    '/api/v1/enrolment-tokens',
    {
      schema: {
        summary: 'Make a one-time token for one device, valid for 60 minutes',
        response: { 201: TokenAnswer, ...problems(507) }
      }
    },
    async (_, reply) => {
      const token = await enrolment.makeToken()
      changes.emit('overview', {})
      return reply.code(201).send(token)
    }
  )
  app.post(
    '/api/v1/enrolments',
    {
      schema: {
        summary: 'Enrol a device: a token and a certificate request (P-256) for a certificate',
        body: EnrolmentRequest,
        response: { 201: EnrolmentAnswer, ...problems(401, 413, 415, 507) }
      }
    },
    async ({ body }, reply) => {
      const enrolled = await enrolment.enrol(body)
      const { url, mqttUrl } = addresses()
      return reply.code(201).send({ ...enrolled, mqtt: mqttUrl, fleet: url })
    }
  )
}
