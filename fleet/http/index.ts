// The public face of fleet/http.

export { EventRate } from './event-rate.ts'
export type { FleetServices } from './fleet-services.ts'
export { registerFleetMetrics } from './metrics.ts'
export { createFleetApp } from './serve.ts'
