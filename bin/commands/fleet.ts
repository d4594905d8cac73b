// nearside fleet: the fleet manager alone.

import type { Command } from 'commander'
import { homeFolder } from '../home.ts'
import { port } from '../option-values.ts'
import { untilToldToStop } from '../supervised.ts'

interface FleetOptions {
  readonly home?: string
  readonly host?: string
  readonly port?: number
  readonly mqttHost?: string
  readonly mqttPort?: number
  readonly name?: string
  readonly logFile?: string
  readonly enrolmentTokenFile?: string
  readonly json?: boolean
}

const EXAMPLES = `
Examples:
  $ nearside fleet
  $ nearside fleet --home /var/lib/nearside --name "Plant north"
  $ nearside fleet --port 0 --mqtt-port 0 --home /tmp/try --json`

export function addFleet(parent: Command): void {
  parent
    .command('fleet')
    .description('start the fleet manager: console, broker, registry, rollouts')
    .option(
      '--home <dir>',
      'folder for everything that is kept (default: $NEARSIDE_HOME, else .nearside)'
    )
    .option(
      '--host <address>',
      'address of the console; loopback only, there is no sign-in yet (default: 127.0.0.1)'
    )
    .option('--port <port>', 'port of the console, 0 for any free one (default: 8090)', port)
    .option(
      '--mqtt-host <address>',
      'address of the broker; devices need a certificate (default: 127.0.0.1)'
    )
    .option('--mqtt-port <port>', 'port of the broker, 0 for any free one (default: 8883)', port)
    .option('--name <name>', 'name of the fleet in the console')
    .option('--log-file <file>', 'append the log to a file instead of standard error')
    .option(
      '--enrolment-token-file <file>',
      'write one fresh enrolment token to a file at the start'
    )
    .option('--json', 'print one line of JSON when all is up')
    .addHelpText('after', EXAMPLES)
    .action(fleet)
}

async function fleet(options: FleetOptions): Promise<void> {
  const { json, enrolmentTokenFile, home: option, ...over } = options
  const home = homeFolder(option)
  const stopped = untilToldToStop()
  const { loadFleetSettings, startFleet } = await import('../../fleet/index.ts')
  const settings = await loadFleetSettings(home, over)
  const running = await startFleet({ ...settings, home, enrolmentTokenFile })
  const { url, mqttUrl } = running
  const text = `The fleet manager is up.\n\n  Console  ${url}/\n  Broker   ${mqttUrl}\n\nPress Ctrl-C to stop.\n`
  const line = `${JSON.stringify({ ready: true, console: url, mqtt: mqttUrl })}\n`
  process.stdout.write(json ? line : text)
  await stopped
  await running.stop()
}
