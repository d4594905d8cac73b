// The command line: runs what the arguments ask for and turns what happened into an exit code. The commands
// are in bin/program.ts.

import { CommanderError } from 'commander'
import { type NearsideError, toNearsideError } from '../contract/index.ts'
import { endWithLauncher } from './launched.ts'
import { buildProgram } from './program.ts'

/** A command has no log of its own; the fault itself can be shown. */
function sentenceOf({ code, message }: NearsideError): string {
  if (code !== 'NS_INTERNAL' || process.env['NEARSIDE_DEBUG']) return message
  return 'Nearside met an unexpected fault; give the command again with NEARSIDE_DEBUG=1 to see it.'
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
    process.stderr.write(`${sentenceOf(known)}\n`)
    if (known.exitCode === 3 && process.env['NEARSIDE_DEBUG'])
      process.stderr.write(`${String((error as Error).stack)}\n`)
    return known.exitCode
  }
}

// A reader that ends early (`… | head`) is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 3)
})
const letGo = endWithLauncher()
process.exitCode = await main(process.argv.slice(2))
letGo()
if (process.connected) process.disconnect() // the channel to a keeper would hold a command that failed
