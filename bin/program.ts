// The commands as one program of commander's. Each lives in bin/commands; only the one that is asked for is
// loaded, so that `nearside analyze` starts without a broker or a server. It runs nothing.

import { Command } from 'commander'
import { PRODUCT_VERSION } from '../contract/index.ts'

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
  bench: async () => (await import('./commands/bench.ts')).addBench,
  doctor: async () => (await import('./commands/doctor.ts')).addDoctor
}

const EXAMPLES = `
Examples:
  $ nearside up                                   start a fleet and a device on this machine
  $ nearside analyze text reports/ -o report.html --format html
  $ journalctl -o short-iso | nearside analyze logs -
  $ nearside doctor                               what this machine can do, and what is missing

Exit codes: 0 fine, 1 findings at or above --fail-on, 2 wrong use or bad input, 3 a fault of ours.`

/** No command ends the process by itself. */
function strict(command: Command): void {
  command.exitOverride()
  for (const child of command.commands) strict(child)
}

/** What the parser of arguments refuses, as one sentence like all our errors. */
function usageSentence(text: string): string {
  const flat = text
    .replace(/^error: /, '')
    .replaceAll(/\s*\n\s*/g, ' ')
    .trim()
  const words = flat.replaceAll('. ', ': ').replace(/\.$/, '')
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}; run it with --help for how to use it.`
}

/** The program with the command of that name; with all commands when there is none of that name. */
export async function buildProgram(name?: string): Promise<Command> {
  const program = new Command('nearside')
    .description('Private AI at the edge: what you analyse never leaves the device.')
    .version(PRODUCT_VERSION)
    .enablePositionalOptions() // `models sign --version` is the model's, not ours
    .addHelpText('after', EXAMPLES)
    .configureOutput({ outputError: (text, write) => write(`${usageSentence(text)}\n`) })
  const known = name !== undefined && Object.hasOwn(COMMANDS, name)
  for (const [command, load] of Object.entries(COMMANDS)) {
    if (!known || command === name) (await load())(program)
  }
  strict(program)
  return program
}
