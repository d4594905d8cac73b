// Settings of a device: from `<home>/device/settings.json`, then the command line. Everything has a default;
// docs/reference/settings.md is made from the descriptions here.

import { join } from 'node:path'
import { z } from 'zod'
import { readSettings } from '../kernel/settings-file.ts'

const Port = z.number().int().min(0).max(65_535)

export const DeviceSettings = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(80)
    .optional()
    .describe('How people call the device; without it the host name.'),
  host: z
    .string()
    .default('127.0.0.1')
    .describe(
      'Address that pages and interface listen on; loopback only, there is no sign-in yet.'
    ),
  port: Port.default(8080).describe('TCP port of pages and interface; 0 takes any free one.'),
  grpcPort: Port.optional().describe(
    'TCP port of the Open Inference Protocol over gRPC, on 127.0.0.1; 0 takes any free one, without it gRPC is off.'
  ),
  inferenceBodyMb: z
    .number()
    .int()
    .min(1)
    .max(1024)
    .default(256)
    .describe(
      'Largest body of an inference request, MiB; twice as much may be in memory at a time.'
    ),
  connections: z
    .number()
    .int()
    .min(10)
    .max(10_000)
    .default(2000)
    .describe(
      'Connections of HTTP at a time, half as many of gRPC; a new one takes the place of the one that is idle for longest.'
    ),
  stalledSeconds: z
    .number()
    .int()
    .min(1)
    .max(3600)
    .default(30)
    .describe(
      'Seconds in which a client must send or take something while the device waits for it; then it is hung up on.'
    ),
  engineSharing: z
    .boolean()
    .default(true)
    .describe(
      'Whether TensorRT engines are taken from equal devices of the fleet, and given to them. An engine is executable content.'
    ),
  logs: z
    .array(z.string().min(1))
    .max(100)
    .default([])
    .describe('Paths of log files that are watched besides the device’s own.'),
  journals: z
    .array(z.string().regex(/^[A-Za-z0-9@._:-]{1,120}$/))
    .max(20)
    .default([])
    .describe('Names of systemd units whose journal is watched.'),
  keepHours: z
    .number()
    .min(0.1)
    .max(24 * 30)
    .default(24)
    .describe('Hours that inputs and reports are kept after the end of a job.'),
  logLevel: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('What the device’s own log takes up.'),
  logFile: z
    .string()
    .optional()
    .describe('Path of the device’s own log; without it `<home>/device/device.log`.')
})
export type DeviceSettings = z.infer<typeof DeviceSettings>

/**
 * Reads the settings of a home folder and lays what the command line says over them.
 * @throws NearsideError NS_SETTINGS_INVALID that names the setting
 */
export function loadDeviceSettings(
  home: string,
  over: Partial<DeviceSettings> = {}
): Promise<DeviceSettings> {
  const path = join(home, 'device', 'settings.json')
  return readSettings({ path, schema: DeviceSettings, over })
}
