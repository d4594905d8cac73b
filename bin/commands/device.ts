// nearside device: the agent alone, as on an appliance.

import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { NearsideError } from '../../contract/index.ts'
import {
  type DeviceSettings,
  loadDeviceSettings,
  loadIdentity,
  startDevice
} from '../../device/index.ts'
import { homeFolder } from '../home.ts'
import { port } from '../option-values.ts'
import { scratchKeyFromKeeper, untilToldToStop } from '../supervised.ts'

interface DeviceOptions {
  readonly home?: string
  readonly host?: string
  readonly port?: number
  readonly name?: string
  readonly log?: string[]
  readonly journal?: string[]
  readonly logFile?: string
  readonly fleet?: string
  readonly mqtt?: string
  readonly enrolmentTokenFile?: string
  readonly json?: boolean
}

const EXAMPLES = `
Examples:
  $ nearside device                                     alone, without a fleet
  $ nearside enroll --fleet http://127.0.0.1:8090 --token TOKEN && nearside device
  $ nearside device --log /var/log/syslog --journal nginx.service`

export function addDevice(program: Command): void {
  program
    .command('device')
    .description('start the device agent: kiosk, workbench, watches, jobs')
    .option(
      '--home <dir>',
      'folder for everything that is kept (default: $NEARSIDE_HOME, else .nearside)'
    )
    .option('--host <address>', 'address to listen on (default: 127.0.0.1)')
    .option('--port <port>', 'port to listen on, 0 for any free one (default: 8080)', port)
    .option('--name <name>', 'name of the device as people call it')
    .option('--log <file...>', 'log files to watch besides our own and those of the settings')
    .option(
      '--journal <unit...>',
      'systemd units whose journal is watched, besides those of the settings'
    )
    .option('--log-file <file>', 'file of our own log')
    .option('--fleet <url>', 'address of the fleet, when it is not the one of the enrolment')
    .option('--mqtt <url>', 'address of the broker, when it is not the one of the enrolment')
    .option(
      '--enrolment-token-file <file>',
      'file with a one-time token, for the first start in a fleet'
    )
    .option('--json', 'print one line of JSON when the device serves')
    .addHelpText('after', EXAMPLES)
    .action(device)
}

async function device(options: DeviceOptions): Promise<void> {
  const home = homeFolder(options.home)
  const { fleet, mqtt, enrolmentTokenFile } = options
  const settings = await settingsOf(home, options)
  const token = await tokenOf(home, enrolmentTokenFile)
  const scratchKey = await scratchKeyFromKeeper()
  const stopped = untilToldToStop()
  const running = await startDevice({
    home,
    settings,
    scratchKey,
    enrolment: fleet && token ? { fleet, token } : undefined,
    addresses: fleet && mqtt ? { fleet, mqtt } : undefined
  })
  const { url, watching, sentElsewhere } = running
  if (options.json)
    process.stdout.write(
      `${JSON.stringify({ ready: true, device: url, watching, sentElsewhere })}\n`
    )
  else
    process.stdout.write(
      `Kiosk      ${url}/\nWorkbench  ${url}/workbench/\nWatching ${watching.series} readings and ${watching.logs.length} logs. Press Ctrl-C to stop.\n`
    )
  await stopped
  await running.stop()
}

/** What the command line says counts more than the file; logs and journals of both are watched. */
async function settingsOf(home: string, options: DeviceOptions): Promise<DeviceSettings> {
  const { host, port: onPort, name, log = [], journal = [], logFile } = options
  const stored = await loadDeviceSettings(home)
  return loadDeviceSettings(home, {
    ...(host !== undefined && { host }),
    ...(onPort !== undefined && { port: onPort }),
    ...(name !== undefined && { name }),
    ...(logFile !== undefined && { logFile }),
    logs: [...new Set([...stored.logs, ...log])],
    journals: [...new Set([...stored.journals, ...journal])]
  })
}

/** The one-time token; an enrolled device needs none, so that its file may be gone. */
async function tokenOf(home: string, file: string | undefined): Promise<string | undefined> {
  if (file === undefined || (await loadIdentity(home)).enrolment) return undefined
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (cause) {
    const sentence = `${file} cannot be read; give the file with the token that the fleet wrote.`
    throw new NearsideError('NS_INPUT_NOT_FOUND', sentence, { cause })
  }
}
