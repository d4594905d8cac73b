// Settings of a device: from `<home>/device/settings.json`, then the command line. Everything has a default.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { NearsideError } from '../contract/index.ts'

const Port = z.number().int().min(0).max(65_535)

export const DeviceSettings = z.strictObject({
  /** How people call the device; default: the host name. */
  name: z.string().min(1).max(80).optional(),
  /** Address that pages and API listen on. */
  host: z.string().default('127.0.0.1'),
  port: Port.default(8080),
  /** Log files that are watched besides the device's own. */
  logs: z.array(z.string().min(1)).max(100).default([]),
  /** systemd units whose journal is watched. */
  journals: z
    .array(z.string().regex(/^[A-Za-z0-9@._:-]{1,120}$/))
    .max(20)
    .default([]),
  /** Hours that inputs and reports are kept after the end of a job. */
  keepHours: z
    .number()
    .min(0.1)
    .max(24 * 30)
    .default(24),
  logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** File of the device's own log; default `<home>/device/device.log`. */
  logFile: z.string().optional()
})
export type DeviceSettings = z.infer<typeof DeviceSettings>

/**
 * Reads the settings of a home folder and lays what the command line says over them.
 * @throws NearsideError NS_SETTINGS_INVALID that names the setting
 */
export async function loadDeviceSettings(
  home: string,
  over: Partial<DeviceSettings> = {}
): Promise<DeviceSettings> {
  const path = join(home, 'device', 'settings.json')
  const text = await readFile(path, 'utf8').catch(() => '{}')
  let stored: unknown
  try {
    stored = JSON.parse(text)
  } catch (cause) {
    throw new NearsideError(
      'NS_SETTINGS_INVALID',
      `${path} is not valid JSON; mend it or remove it.`,
      { cause }
    )
  }
  const given = Object.fromEntries(Object.entries(over).filter(([, value]) => value !== undefined))
  const parsed = DeviceSettings.safeParse({ ...(stored as object), ...given })
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const sentence = `${path}: ${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'does not fit'}; see docs/reference/settings.md.`
  throw new NearsideError('NS_SETTINGS_INVALID', sentence)
}
