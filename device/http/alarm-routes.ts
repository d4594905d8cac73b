// Alarms: list, acknowledge, shelve.

import { z } from 'zod'
import { Alarm, ShelveRequest } from '../../contract/index.ts'
import { problems } from '../../kernel/http-responses.ts'
import type { HttpApp } from '../../kernel/http-server.ts'
import type { DevicePorts } from './device-ports.ts'

const params = z.object({ id: z.string().max(80) })

export function addAlarmRoutes(app: HttpApp, { alarms }: DevicePorts): void {
  app.get(
    '/api/v1/alarms',
    {
      schema: {
        summary: 'Alarms, open ones first',
        response: { 200: z.array(Alarm), ...problems() }
      }
    },
    () => [...alarms.list()]
  )
  app.post(
    '/api/v1/alarms/:id/acknowledge',
    {
      schema: {
        summary: 'Acknowledge an alarm',
        params,
        response: { 200: Alarm, ...problems(404) }
      }
    },
    (request) => alarms.acknowledge(request.params.id)
  )
  app.post(
    '/api/v1/alarms/:id/shelve',
    {
      schema: {
        summary: 'Shelve an alarm for at most one shift',
        params,
        body: ShelveRequest,
        response: { 200: Alarm, ...problems(404, 413, 415) }
      }
    },
    (request) => alarms.shelve(request.params.id, request.body.reason, request.body.minutes)
  )
}
