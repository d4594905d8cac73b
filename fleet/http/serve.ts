// The fleet's HTTP server: a table of contents of its routes.

import { PRODUCT_VERSION } from '../../contract/index.ts'
import { registerHealth } from '../../kernel/http-health.ts'
import { createHttpApp, type HttpApp } from '../../kernel/http-server.ts'
import { serveUi } from '../../kernel/http-static.ts'
import type { FleetServices } from './fleet-services.ts'
import { LiveEvents } from './live-events.ts'
import { addBlobRoutes } from './routes-blobs.ts'
import { addDeviceRoutes } from './routes-devices.ts'
import { addEngineRoutes } from './routes-engines.ts'
import { addEnrolmentRoutes } from './routes-enrolment.ts'
import { addModelRoutes } from './routes-models.ts'
import { addObservationRoutes } from './routes-observations.ts'
import { addRolloutRoutes } from './routes-rollouts.ts'

/** Makes the application; the caller listens and closes. */
export async function createFleetApp(services: FleetServices): Promise<HttpApp> {
  const { logger, metrics, ready } = services
  const app = await createHttpApp({ title: 'Nearside fleet', version: PRODUCT_VERSION, logger })
  registerHealth(app, { registry: metrics, ready })
  addObservationRoutes(app, services)
  addDeviceRoutes(app, services)
  addEnrolmentRoutes(app, services)
  await addModelRoutes(app, services)
  await addEngineRoutes(app, services)
  addRolloutRoutes(app, services)
  addBlobRoutes(app, services)
  new LiveEvents(services).register(app)
  await serveUi(app, { pages: { '/': 'console.html' } })
  return app
}
