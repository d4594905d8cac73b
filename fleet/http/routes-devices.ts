// /api/v1/devices: the devices of the fleet and their readings.

import { z } from 'zod'
import {
  DeviceId,
  FleetDevice,
  FleetSeries,
  metricOf,
  NearsideError
} from '../../contract/index.ts'
import { problems } from '../../kernel/http-responses.ts'
import type { HttpApp } from '../../kernel/http-server.ts'
import { findDevice, listDevices } from '../devices/index.ts'
import type { FleetServices } from './fleet-services.ts'

const HOUR_MS = 3_600_000

const SeriesQuery = z.object({
  series: z.string().min(1).max(200).describe('Name of the series, as in cpu.load.'),
  hours: z.coerce.number().min(1).max(168).default(24).describe('How far back, hours.')
})

/** Adds the devices and their series. */
export function addDeviceRoutes(app: HttpApp, { store, clock }: FleetServices): void {
  app.get(
    '/api/v1/devices',
    {
      schema: {
        summary: 'All devices, by id',
        response: { 200: z.array(FleetDevice), ...problems() }
      }
    },
    () => listDevices(store, clock.now())
  )
  app.get(
    '/api/v1/devices/:id',
    {
      schema: {
        summary: 'One device',
        params: z.object({ id: DeviceId }),
        response: { 200: FleetDevice, ...problems(404) }
      }
    },
    ({ params }) => findDevice(store, params.id, clock.now())
  )
  app.get(
    '/api/v1/devices/:id/telemetry',
    {
      schema: {
        summary: 'A series of a device by the minute, oldest first',
        params: z.object({ id: DeviceId }),
        querystring: SeriesQuery,
        response: { 200: FleetSeries, ...problems(404) }
      }
    },
    async ({ params, query }) => {
      const device = await findDevice(store, params.id, clock.now())
      const known = device.telemetry.find(({ name }) => name === query.series)
      if (!known) throw seriesUnknown(params.id, query.series)
      const since = clock.now() - query.hours * HOUR_MS
      const rows = await store.telemetry.minutes({ device: params.id, name: query.series, since })
      return {
        series: query.series,
        unit: known.unit || (metricOf(query.series)?.unit ?? ''),
        points: rows.map(({ minute, min, mean, max }) => ({ at: minute, min, mean, max }))
      }
    }
  )
}

function seriesUnknown(device: string, series: string): NearsideError {
  const sentence = `${device} has sent no series ${series}; see the telemetry of the device for those it has.`
  return new NearsideError('NS_SERIES_UNKNOWN', sentence)
}
