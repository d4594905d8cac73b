// Settings of the fleet manager: from `<home>/fleet/settings.json`, then the command line. Everything has a
// default; docs/reference/settings.md is made from the descriptions here.

import { hostname } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { readSettings } from '../kernel/settings-file.ts'

const Port = z.number().int().min(0).max(65_535)

export const FleetFileSettings = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(80)
    .optional()
    .describe('Name of the fleet in the console; without it “Fleet on” and the host name.'),
  host: z
    .string()
    .default('127.0.0.1')
    .describe('Address of console and interface; loopback only, there is no sign-in yet.'),
  port: Port.default(8090).describe('TCP port of console and interface; 0 takes any free one.'),
  mqttHost: z
    .string()
    .default('127.0.0.1')
    .describe('Address of the broker, which asks every device for its certificate.'),
  mqttPort: Port.default(8883).describe('TCP port of the broker; 0 takes any free one.'),
  engineSharing: z
    .boolean()
    .default(true)
    .describe(
      'Whether TensorRT engines that one device built are handed to equal devices of this fleet. An engine is executable content.'
    ),
  engineMaxMb: z
    .number()
    .int()
    .min(1)
    .max(16_384)
    .default(500)
    .describe('Largest engine that the fleet takes from a device, MiB.'),
  enginesPerModel: z
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(16)
    .describe('Engines kept of one model; what no device took for longest goes first.'),
  enginesPerModelMb: z
    .number()
    .int()
    .min(1)
    .default(4096)
    .describe('Engines kept of one model, MiB together.'),
  enginesMb: z.number().int().min(1).default(16_384).describe('Engines kept in all, MiB.'),
  logLevel: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('What the fleet’s own log takes up.'),
  logFile: z.string().optional().describe('Path of the fleet’s own log; without it standard error.')
})
type FleetFileSettings = z.infer<typeof FleetFileSettings>

/** What a fleet manager is started with: a place, and settings that all have a default. */
export interface FleetSettings extends z.input<typeof FleetFileSettings> {
  /** Folder for everything that is kept; the fleet uses `<home>/fleet`. */
  readonly home: string
  /** File into which one fresh enrolment token is written at the start, mode 0600. */
  readonly enrolmentTokenFile?: string | undefined
}

export interface ResolvedSettings extends FleetFileSettings {
  readonly home: string
  readonly name: string
  readonly enrolmentTokenFile?: string | undefined
}

/**
 * Reads the settings of a home folder and lays what the command line says over them.
 * @throws NearsideError NS_SETTINGS_INVALID that names the setting
 */
export function loadFleetSettings(
  home: string,
  over: Partial<FleetFileSettings> = {}
): Promise<FleetFileSettings> {
  const path = join(home, 'fleet', 'settings.json')
  return readSettings({ path, schema: FleetFileSettings, over })
}

/** Fills in the defaults, once. */
export function resolveSettings({
  home,
  enrolmentTokenFile,
  ...settings
}: FleetSettings): ResolvedSettings {
  const filled = FleetFileSettings.parse(settings)
  return { ...filled, name: filled.name ?? `Fleet on ${hostname()}`, home, enrolmentTokenFile }
}
