// The reference page of the command line, made from the program itself.

import type { Argument, Command, Option } from 'commander'
import { buildProgram } from '../../bin/program.ts'

/** Every command with its parents' names before its own, parents first. */
export function commandsOf(command: Command, before = ''): { name: string; command: Command }[] {
  const name = `${before}${command.name()}`
  return [{ name, command }, ...command.commands.flatMap((child) => commandsOf(child, `${name} `))]
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;')

function defaultOf(option: Option): string {
  const value: unknown = option.defaultValue
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return ''
  return `\`${String(value)}\``
}

function optionRow(option: Option): string {
  const choices = option.argChoices ? `: ${option.argChoices.join(', ')}` : ''
  const must = option.mandatory ? ' (required)' : ''
  const meaning = `${cell(option.description)}${choices}${must}`
  return `| \`${option.flags.replaceAll('|', '\\|')}\` | ${meaning} | ${defaultOf(option)} |`
}

function argumentRow(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '…' : ''}`
  const must = argument.required ? ' (required)' : ''
  return `| \`${name.replaceAll('|', '\\|')}\` | ${cell(argument.description)}${must} | |`
}

function section({ name, command }: { name: string; command: Command }): string {
  const options = command.options.filter((option) => !option.hidden)
  const rows = [...command.registeredArguments.map(argumentRow), ...options.map(optionRow)]
  const table = ['| argument or option | meaning | default |', '|---|---|---|', ...rows].join('\n')
  const list = command.commands.map((child) => `\`${name} ${child.name()}\``).join(', ')
  const parts = [
    `## ${name}`,
    `${command.description().replace(/^./, (first) => first.toUpperCase())}.`,
    ...(list && command.parent ? [`Its commands: ${list}.`] : []),
    ...(rows.length > 0 ? [table] : [])
  ]
  return parts.join('\n\n')
}

/** docs/reference/cli.md as it must be. */
export async function cliPage(): Promise<string> {
  const [, ...commands] = commandsOf(await buildProgram())
  return `# The command line

\`bin/nearside COMMAND\` in a checkout. Every command also explains itself, with examples, by \`--help\`.

Exit codes: 0 fine, 1 findings at or above \`--fail-on\`, 2 wrong use or bad input, 3 a fault of ours. What goes wrong is said
in one sentence on standard error; with \`NEARSIDE_DEBUG=1\` a fault of ours adds its stack. Longer pages: [analyze text](analyze-text.md),
[analyze logs](analyze-logs.md), [analyze machines](analyze-machines.md). Settings files: [settings](settings.md).

${commands.map(section).join('\n\n')}
`
}
