// The command line: from arguments to a command. Each command lives in bin/commands; only the one that is
// asked for is loaded, so that `nearside analyze` starts without a broker or a server.

import { Command, CommanderError } from 'commander'
import { PRODUCT_VERSION, toNearsideError } from '../contract/index.ts'

type Add = (parent: Command) => void

/** Loads the modules of a command and adds it to the program. */
const COMMANDS: Readonly<Record<string, () => Promise<Add>>> = {
  up: async () => (await import('./commands/up.ts')).addUp,
  device: async () => (await import('./commands/device.ts')).addDevice,
  fleet: async () => (await import('./commands/fleet.ts')).addFleet,
  enroll: async () => (await import('./commands/enroll.ts')).addEnroll,
  analyze: async () => (await import('./commands/analyze.ts')).addAnalyze,
  models: async () => (await import('./commands/models.ts')).addModels,
  rollout: async () => (await import('./commands/rollout.ts')).addRollout,
  doctor: async () => (await import('./commands/doctor.ts')).addDoctor
}

const EXAMPLES = `
Examples:
  $ nearside up                                   start a fleet and a device on this machine
  $ nearside analyze text reports/ -o report.html --format html
  $ journalctl -o cat | nearside analyze logs -
  $ nearside doctor                               what this machine can do, and what is missing

Exit codes: 0 fine, 1 findings at or above --fail-on, 2 wrong use or bad input, 3 a fault of ours.`

function strict(command: Command): void {
  command.exitOverride()
  for (const child of command.commands) strict(child)
}

async function buildProgram(name: string | undefined): Promise<Command> {
  const program = new Command('nearside')
    .description('Private AI at the edge: what you analyse never leaves the device.')
    .version(PRODUCT_VERSION)
    .enablePositionalOptions() // `models sign --version` is the model's, not ours
    .addHelpText('after', EXAMPLES)
    .showHelpAfterError('(run with --help for how to use it)')
  const known = name !== undefined && Object.hasOwn(COMMANDS, name)
  for (const [command, load] of Object.entries(COMMANDS)) {
    if (!known || command === name) (await load())(program)
  }
  strict(program)
  return program
}

/** Runs the command line and returns the exit code. */
async function main(args: readonly string[]): Promise<number> {
  try {
    const program = await buildProgram(args.find((argument) => !argument.startsWith('-')))
    if (args.length === 0) {
      program.outputHelp()
      return 0
    }
    await program.parseAsync(args, { from: 'user' })
    return Number(process.exitCode ?? 0)
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    const known = toNearsideError(error)
    process.stderr.write(`${known.message}\n`)
    if (known.exitCode === 3 && process.env['NEARSIDE_DEBUG'])
      process.stderr.write(`${String((error as Error).stack)}\n`)
    return known.exitCode
  }
}

// A reader that ends early (`… | head`) is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 3)
})
process.exitCode = await main(process.argv.slice(2))
if (process.connected) process.disconnect() // the channel to a keeper would hold a command that failed
