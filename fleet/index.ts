// The public face of the fleet manager.

export { type RunFile, type RunningFleet, startFleet } from './manager.ts'
export type { FleetSettings } from './settings.ts'
