// The public face of fleet/alerts.

export { type FleetSituation, listAttention } from './attention.ts'
export { listAlerts } from './list-alerts.ts'
