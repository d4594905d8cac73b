// nearside doctor: what this machine can do, what is missing, and the command that mends it.

import type { Command } from 'commander'
import { type Check, examine, examineLadder } from '../../device/index.ts'
import { homeFolder } from '../home.ts'

interface DoctorOptions {
  readonly home?: string
  readonly json?: boolean
}

const MARKS: Readonly<Record<Check['state'], string>> = {
  fine: 'ok     ',
  optional: 'absent ',
  broken: 'BROKEN '
}

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('tell what this machine can do, what is missing, and the command that mends it')
    .option(
      '--home <dir>',
      'folder for everything that is kept (default: $NEARSIDE_HOME, else .nearside)'
    )
    .option('--json', 'print the checks as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ nearside doctor\n  $ nearside doctor --json\n\nExit code 2 when something that Nearside needs is broken.'
    )
    .action(doctor)
}

async function doctor(options: DoctorOptions): Promise<void> {
  const home = homeFolder(options.home)
  const print = (found: readonly Check[]): void => {
    if (!options.json) for (const check of found) process.stdout.write(lines(check))
  }
  const machine = await examine(home)
  print(machine)
  // Trying the rungs takes seconds: what is known is shown meanwhile.
  const ladder = await examineLadder(home)
  print(ladder)
  const checks = [...machine, ...ladder]
  if (options.json) process.stdout.write(`${JSON.stringify(checks, null, 2)}\n`)
  if (checks.some((check) => check.state === 'broken')) process.exitCode = 2
}

function lines({ state, title, sentence, mend }: Check): string {
  const remedy = mend === null ? '' : `\n         mend: ${mend}`
  return `${MARKS[state]}  ${title}: ${sentence}${remedy}\n`
}
