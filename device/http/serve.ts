// The HTTP server of the device: routes, pages, live events, health.

import type { Registry } from 'prom-client'
import { type DeviceEvents, PRODUCT_VERSION } from '../../contract/index.ts'
import { EventStream } from '../../kernel/http-events.ts'
import { registerHealth } from '../../kernel/http-health.ts'
import { createHttpApp, type HttpApp } from '../../kernel/http-server.ts'
import { serveUi } from '../../kernel/http-static.ts'
import type { Logger } from '../../kernel/logger.ts'
import { addAdviceRoutes } from './advice-routes.ts'
import { addAlarmRoutes } from './alarm-routes.ts'
import { addBenchmarkRoutes } from './benchmark-routes.ts'
import type { DevicePorts } from './device-ports.ts'
import { addGpuRoutes } from './gpu-routes.ts'
import { addIntakeRoutes } from './intake-routes.ts'
import { addJobRoutes } from './job-routes.ts'
import { addModelRoutes } from './model-routes.ts'
import type { InferDoor } from './oip-infer-routes.ts'
import { addOipRoutes } from './oip-routes.ts'
import { addRemoteRoutes } from './remote-routes.ts'
import { addStatusRoutes } from './status-routes.ts'
import { addTuningRoutes } from './tuning-routes.ts'

interface ServeOptions {
  readonly ports: DevicePorts
  /** The inference protocol, which gRPC may share. */
  readonly door: InferDoor
  readonly registry: Registry
  readonly logger: Logger
  readonly ready: () => string | null
}

export interface DeviceServer {
  readonly app: HttpApp
  readonly events: EventStream<DeviceEvents>
}

/** Builds the server; the caller listens and closes. */
export async function createDeviceServer({
  ports,
  door,
  registry,
  logger,
  ready
}: ServeOptions): Promise<DeviceServer> {
  const app = await createHttpApp({
    title: 'Nearside device',
    version: PRODUCT_VERSION,
    logger,
    maxConnections: door.limits.connections,
    stalledMs: door.limits.stalledMs
  })
  const events = new EventStream<DeviceEvents>()
  registerHealth(app, { registry, ready })
  addStatusRoutes(app, ports)
  addAlarmRoutes(app, ports)
  addGpuRoutes(app, ports)
  addModelRoutes(app, ports.modelActs)
  addRemoteRoutes(app, ports.remoteActs)
  addBenchmarkRoutes(app, ports.benchmarks)
  addAdviceRoutes(app, ports.advisor)
  addTuningRoutes(app, ports.advisor)
  addJobRoutes(app, ports)
  await addIntakeRoutes(app, ports)
  await addOipRoutes(app, door, ready)
  events.register(app, '/api/v1/events', () => [
    { name: 'device', data: ports.device() },
    { name: 'telemetry', data: ports.telemetry.snapshot() },
    { name: 'models', data: ports.models() },
    ...ports.alarms.list().map((data) => ({ name: 'alarm' as const, data })),
    ...ports.jobs.list().map((data) => ({ name: 'job' as const, data }))
  ])
  await serveUi(app, { pages: { '/': 'kiosk.html', '/workbench/': 'workbench.html' } })
  return { app, events }
}
