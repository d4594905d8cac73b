// The public face of fleet/logs.

export { readFleetLogs } from './fleet-logs.ts'
