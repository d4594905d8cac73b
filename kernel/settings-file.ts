// Reads the settings of a process: a JSON file, with what the command line says laid over it, through a
// schema that holds every default. A file that is not there is an empty one.

import { readFile } from 'node:fs/promises'
import type { z } from 'zod'
import { NearsideError } from '../contract/index.ts'

interface SettingsSource<Schema extends z.ZodType> {
  readonly path: string
  readonly schema: Schema
  /** What the command line says; undefined values count as not given. */
  readonly over: object
}

/**
 * Reads and checks the settings.
 * @throws NearsideError NS_SETTINGS_INVALID that names the file or the command line, and the setting
 * @public
 */
export async function readSettings<Schema extends z.ZodType>({
  path,
  schema,
  over
}: SettingsSource<Schema>): Promise<z.output<Schema>> {
  const stored = await readObject(path)
  const given = Object.fromEntries(Object.entries(over).filter(([, value]) => value !== undefined))
  const parsed = schema.safeParse({ ...stored, ...given })
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const setting = issue?.path.join('.') || 'the file'
  const where = Object.hasOwn(given, String(issue?.path[0])) ? 'The command line' : path
  const sentence = `${where}: ${setting}: ${issue?.message ?? 'does not fit'}; see docs/reference/settings.md.`
  throw new NearsideError('NS_SETTINGS_INVALID', sentence)
}

async function readObject(path: string): Promise<object> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return {}
    const sentence = `${path} cannot be read; mend its owner and mode, or remove it.`
    throw new NearsideError('NS_SETTINGS_INVALID', sentence, { cause })
  }
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch (cause) {
    const sentence = `${path} is not valid JSON; mend it or remove it.`
    throw new NearsideError('NS_SETTINGS_INVALID', sentence, { cause })
  }
  throw new NearsideError('NS_SETTINGS_INVALID', `${path} is no JSON object; mend it or remove it.`)
}
