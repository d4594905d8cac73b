// nearside enroll: makes this device part of a fleet, with a one-time token of that fleet.

import { join } from 'node:path'
import type { Command } from 'commander'
import { enrol } from '../../device/index.ts'
import { systemClock } from '../../kernel/clock.ts'
import { lockHome } from '../../kernel/home-lock.ts'
import { homeFolder } from '../home.ts'

interface EnrollOptions {
  readonly home?: string
  readonly fleet: string
  readonly token: string
  readonly name?: string
}

const EXAMPLES = `
Examples:
  $ curl -X POST http://127.0.0.1:8090/api/v1/enrolment-tokens      on the fleet's machine
  $ nearside enroll --fleet http://127.0.0.1:8090 --token TOKEN --name "Press 7"`

export function addEnroll(program: Command): void {
  program
    .command('enroll')
    .description('make this device part of a fleet')
    .requiredOption('--fleet <url>', 'HTTP address of the fleet')
    .requiredOption('--token <token>', 'one-time token that the fleet gave out')
    .option('--name <name>', 'name of the device as the fleet shows it')
    .option(
      '--home <dir>',
      'folder for everything that is kept (default: $NEARSIDE_HOME, else .nearside)'
    )
    .addHelpText('after', EXAMPLES)
    .action(enroll)
}

async function enroll({ fleet, token, name, home: option }: EnrollOptions): Promise<void> {
  const home = homeFolder(option)
  const unlock = lockHome(join(home, 'device'), 'device')
  try {
    const named = name === undefined ? {} : { name }
    const { deviceId } = await enrol({ home, fleet, token, ...named, clock: systemClock })
    const place = option === undefined ? '' : ` --home ${option}`
    const sentence = `This device is enrolled as ${deviceId}. Start it with: nearside device${place}`
    process.stdout.write(`${sentence}\n`)
  } finally {
    unlock()
  }
}
