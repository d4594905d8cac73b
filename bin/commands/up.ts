// nearside up: a fleet and a device on this machine, enrolled with each other, open to nobody else.

import type { Command } from 'commander'
import { lockHome } from '../../kernel/home-lock.ts'
import { untilSignal } from '../../kernel/lifecycle.ts'
import { homeFolder } from '../home.ts'
import { port } from '../option-values.ts'
import { ensureReleaseKey } from '../release-key.ts'
import { makeKeepers, type UpSettings } from '../up-processes.ts'

interface UpOptions extends Omit<UpSettings, 'home'> {
  readonly home?: string
  readonly json?: boolean
}

const EXAMPLES = `
Examples:
  $ nearside up
  $ nearside up --log /var/log/syslog --log /var/log/line2/*.log
  $ nearside up --port 0 --fleet-port 0 --mqtt-port 0 --home /tmp/try --json`

export function addUp(program: Command): void {
  program
    .command('up')
    .description(
      'start a fleet and a device on this machine, enrol the device, open nothing to the network'
    )
    .option(
      '--home <dir>',
      'folder for everything that is kept (default: $NEARSIDE_HOME, else .nearside)'
    )
    .option(
      '--port <port>',
      'port of the device: kiosk and workbench (0: any free one)',
      port,
      8080
    )
    .option('--fleet-port <port>', 'port of the fleet console', port, 8090)
    .option('--mqtt-port <port>', 'port of the broker', port, 8883)
    .option('--name <name>', 'name of the device as the fleet shows it')
    .option('--log <file...>', 'log files to watch besides our own and those of the settings', [])
    .option(
      '--journal <unit...>',
      'systemd units whose journal is watched, besides those of the settings',
      []
    )
    .option('--json', 'print one line of JSON when all is up')
    .addHelpText('after', EXAMPLES)
    .action(up)
}

async function up(options: UpOptions): Promise<void> {
  const home = homeFolder(options.home)
  const unlock = lockHome(home, 'up')
  const say = (sentence: string): void => void process.stderr.write(`${sentence}\n`)
  const releaseKey = await ensureReleaseKey(home)
  const { fleet, device } = makeKeepers({ ...options, home }, say)
  const stopped = untilSignal()
  try {
    const fleetSaid = await fleet.start()
    const deviceSaid = await device.start()
    announce({
      options,
      home,
      releaseKey: releaseKey.path,
      made: releaseKey.made,
      fleetSaid,
      deviceSaid
    })
    await stopped
    fleet.release()
    device.release()
    if (!options.json) say('Stopping the device, then the fleet.')
  } finally {
    await device.stop()
    await fleet.stop()
    unlock()
  }
}

interface Announcement {
  readonly options: UpOptions
  readonly home: string
  readonly releaseKey: string
  /** True when the key was made just now. */
  readonly made: boolean
  readonly fleetSaid: Record<string, unknown>
  readonly deviceSaid: Record<string, unknown>
}

/** What an administrator sends to other servers is no secret to whoever starts the device. */
function promise(sentElsewhere: readonly string[] = []): string {
  if (sentElsewhere.length === 0) return 'Nothing leaves this machine.'
  return `What is analysed with ${sentElsewhere.join(', ')} is sent to another server; the privacy page names it.`
}

function announce({ options, home, releaseKey, made, fleetSaid, deviceSaid }: Announcement): void {
  const device = String(deviceSaid['device'])
  const [console_, mqtt] = [String(fleetSaid['console']), String(fleetSaid['mqtt'])]
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ ready: true, device, console: console_, mqtt })}\n`)
    return
  }
  const watching = deviceSaid['watching'] as { series: number; logs: string[] } | undefined
  const key = made
    ? `\nA release key for your own models was made: ${releaseKey}\n  This device trusts it. Keep it offline: whoever has it can install models.`
    : ''
  process.stdout.write(`
Nearside is up. ${promise(deviceSaid['sentElsewhere'] as readonly string[])}

  Kiosk      ${device}/
  Workbench  ${device}/workbench/
  Console    ${console_}/

Watching ${watching?.series ?? 0} readings of this machine, and ${watching?.logs.length ?? 0} logs:
${(watching?.logs ?? []).map((log) => `  ${log}`).join('\n')}
State is kept under ${home}.${key}
Press Ctrl-C to stop.
`)
}
