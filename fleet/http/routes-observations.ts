// What the fleet has seen: the overview, logs, alerts, the audit trail.

import { z } from 'zod'
import { DeviceId, FleetAlert, FleetAudit, FleetLogs, FleetOverview } from '../../contract/index.ts'
import { problems } from '../../kernel/http-responses.ts'
import type { HttpApp } from '../../kernel/http-server.ts'
import { listAlerts } from '../alerts/index.ts'
import { readFleetLogs } from '../logs/index.ts'
import type { FleetServices } from './fleet-services.ts'
import { readOverview } from './overview.ts'

const device = DeviceId.optional().describe('Only of this device.')
const limit = z.coerce.number().int().min(1).max(1000).default(200).describe('Rows at most.')
const hours = z.coerce.number().min(1).max(720).default(24).describe('How far back, hours.')

/** An optional query field without an `undefined` in it. */
const ofDevice = (id: string | undefined) => (id === undefined ? {} : { device: id })

/** Adds the read-only pages; each is put together from the store at the time of asking. */
export function addObservationRoutes(app: HttpApp, services: FleetServices): void {
  const { store, clock } = services
  app.get(
    '/api/v1/overview',
    {
      schema: {
        summary: 'The fleet at a glance',
        response: { 200: FleetOverview, ...problems() }
      }
    },
    () => readOverview(services)
  )
  app.get(
    '/api/v1/logs',
    {
      schema: {
        summary: 'Log templates, anomalies and a timeline over all devices; never a line',
        querystring: z.object({ device, hours }),
        response: { 200: FleetLogs, ...problems() }
      }
    },
    ({ query }) =>
      readFleetLogs(store, { now: clock.now(), hours: query.hours, ...ofDevice(query.device) })
  )
  app.get(
    '/api/v1/alerts',
    {
      schema: {
        summary: 'Alarms of all devices, newest first',
        querystring: z.object({ device, limit }),
        response: { 200: z.array(FleetAlert), ...problems() }
      }
    },
    ({ query }) => listAlerts(store, { limit: query.limit, ...ofDevice(query.device) })
  )
  app.get(
    '/api/v1/audit',
    {
      schema: {
        summary: 'Who did what, newest first',
        querystring: z.object({ limit }),
        response: { 200: z.array(FleetAudit), ...problems() }
      }
    },
    async ({ query }) =>
      (await store.audit.recent(query.limit)).map(({ id: _id, device: from, actor, ...entry }) => ({
        ...entry,
        actor: from === null ? actor : `${actor} (${from})`
      }))
  )
}
