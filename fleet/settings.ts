// Settings of the fleet manager with their defaults.

import { hostname } from 'node:os'

/** What a command may set; everything but the home has a default. */
export interface FleetSettings {
  /** Folder for everything that is kept; the fleet uses `<home>/fleet`. */
  readonly home: string
  /** Address of the console and the HTTP interface; only loopback until there is sign-in. */
  readonly host?: string
  /** Default 8090; 0 takes any free port. */
  readonly port?: number
  /** Address of the broker. Default 127.0.0.1. */
  readonly mqttHost?: string
  /** Default 8883; 0 takes any free port. */
  readonly mqttPort?: number
  /** File for the log; default standard error. */
  readonly logFile?: string
  /** `silent` writes no log. */
  readonly logLevel?: string
  /** File into which one fresh enrolment token is written at the start, mode 0600. */
  readonly enrolmentTokenFile?: string
  /** Name of this fleet, shown in the console. */
  readonly name?: string
}

export type ResolvedSettings = Required<Omit<FleetSettings, 'logFile' | 'enrolmentTokenFile'>> &
  Pick<FleetSettings, 'logFile' | 'enrolmentTokenFile'>

/** Fills in the defaults, once. */
export function resolveSettings(settings: FleetSettings): ResolvedSettings {
  return {
    host: '127.0.0.1',
    port: 8090,
    mqttHost: '127.0.0.1',
    mqttPort: 8883,
    logLevel: 'info',
    name: `Fleet on ${hostname()}`,
    ...settings
  }
}
