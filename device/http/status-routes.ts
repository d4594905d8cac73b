// What the device is and sees: itself, its telemetry, its log watch, its models, what it stores.

import { z } from 'zod'
import {
  DeviceInfo,
  DeviceModels,
  LogOverview,
  NearsideError,
  PrivacyStatus,
  SeriesHistory,
  TelemetrySnapshot
} from '../../contract/index.ts'
import { problems } from '../../kernel/http-responses.ts'
import type { HttpApp } from '../../kernel/http-server.ts'
import type { DevicePorts } from './device-ports.ts'

/** Minutes of history that can be asked for: up to thirty days. */
const Span = z.object({ minutes: z.coerce.number().min(1).max(43_200).default(15) })

export function addStatusRoutes(app: HttpApp, ports: DevicePorts): void {
  app.get(
    '/api/v1/device',
    { schema: { summary: 'This device', response: { 200: DeviceInfo, ...problems() } } },
    () => ports.device()
  )
  app.get(
    '/api/v1/telemetry',
    {
      schema: {
        summary: 'Every series as it stands',
        response: { 200: TelemetrySnapshot, ...problems() }
      }
    },
    () => ports.telemetry.snapshot()
  )
  app.get(
    '/api/v1/telemetry/:name',
    {
      schema: {
        summary: 'History of one series with its band and score',
        params: z.object({ name: z.string().max(200) }),
        querystring: Span,
        response: { 200: SeriesHistory, ...problems(404) }
      }
    },
    async ({ params, query }) => {
      const history = await ports.telemetry.history(params.name, query.minutes * 60)
      if (history) return history
      throw new NearsideError(
        'NS_SERIES_UNKNOWN',
        `There is no series ${params.name}; GET /api/v1/telemetry lists them.`
      )
    }
  )
  app.get(
    '/api/v1/logs',
    {
      schema: { summary: 'What the log watch sees', response: { 200: LogOverview, ...problems() } }
    },
    () => ports.logs()
  )
  app.get(
    '/api/v1/models',
    {
      schema: {
        summary: 'Models and their installs',
        response: { 200: DeviceModels, ...problems() }
      }
    },
    () => ports.models()
  )
  app.get(
    '/api/v1/privacy',
    {
      schema: {
        summary: 'What is stored, where it goes, what was wiped',
        response: { 200: PrivacyStatus, ...problems() }
      }
    },
    () => ports.privacy()
  )
}
