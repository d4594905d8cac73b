// The reference page of settings, made from the schemas of the settings files.

import { z } from 'zod'
import { DeviceSettings } from '../../device/index.ts'
import { FleetFileSettings } from '../../fleet/index.ts'

interface Property {
  readonly type?: string
  readonly enum?: readonly string[]
  readonly items?: { readonly type?: string }
  readonly default?: unknown
  readonly description?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly maxItems?: number
  readonly maxLength?: number
}

/** What a value may be, in words. */
function valuesOf(property: Property): string {
  if (property.enum) return property.enum.map((choice) => `\`${choice}\``).join(', ')
  if (property.type === 'array') return `at most ${property.maxItems} strings`
  if (property.type === 'string')
    return property.maxLength === undefined ? 'string' : `string, at most ${property.maxLength}`
  const kind = property.type === 'integer' ? 'whole number' : 'number'
  return `${kind}, ${property.minimum} to ${property.maximum}`
}

function table(schema: z.ZodType): string {
  const { properties } = z.toJSONSchema(schema, { io: 'input' }) as {
    properties: Record<string, Property>
  }
  const rows = Object.entries(properties).map(([key, property]) => {
    const preset = property.default === undefined ? '' : `\`${JSON.stringify(property.default)}\``
    return `| \`${key}\` | ${valuesOf(property)} | ${preset} | ${property.description} |`
  })
  return ['| key | value | default | meaning |', '|---|---|---|---|', ...rows].join('\n')
}

/** docs/reference/settings.md as it must be. */
export const settingsPage = (): string => `# Settings

Everything has a default, and no file need exist. What the command line says counts more than the file. A key that is not
listed here, or a value out of its range, is refused at the start with one sentence that names it. Files are read at the start only.

## Device

\`<home>/device/settings.json\`, one JSON object.

${table(DeviceSettings)}

## Fleet

\`<home>/fleet/settings.json\`, one JSON object.

${table(FleetFileSettings)}

\`nearside up\` gives its fleet and its device their ports and the files of their own logs; every other key of both files counts there too.
Logs and journals of the command line are watched besides those of the file.

## Environment

| variable | meaning |
|---|---|
| \`NEARSIDE_HOME\` | home folder of every command that is given no \`--home\`; without it \`.nearside\` in the checkout |
| \`NEARSIDE_DEBUG\` | when set, a fault of ours prints its stack to standard error |
| \`NODE_COMPILE_CACHE\` | folder where compiled sources are kept; default \`node_modules/.cache/nearside-compile\` |

## The home folder

| below it | what |
|---|---|
| \`device/identity/\` | key and certificate of the device; the key never leaves it |
| \`device/trusted-keys/\` | public release keys (\`.pem\`) that the device trusts besides those of [models/keys](../../models/keys) |
| \`device/settings.json\`, \`fleet/settings.json\` | the files above |
| \`device/device.log\`, \`fleet/fleet.log\` | logs, one JSON object a line |
| \`device/models/\` | models that were installed |
| \`fleet/ca/\` | the authority that signs device certificates |
| \`fleet/fleet.db\`, \`fleet/blobs/\` | the fleet's database and the files of its models |
| \`release-key/\` | the release key that \`nearside up\` makes for trials |
`
