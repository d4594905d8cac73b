// The public face of the fleet manager.

export { type RunFile, type RunningFleet, startFleet } from './manager.ts'
export { FleetFileSettings, type FleetSettings, loadFleetSettings } from './settings.ts'
