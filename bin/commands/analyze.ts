// nearside analyze: one subcommand an analysis.

import type { Command } from 'commander'
import { addAnalyzeLogs } from './analyze-logs.ts'
import { addAnalyzeMachines } from './analyze-machines.ts'
import { addAnalyzeText } from './analyze-text.ts'

const EXAMPLES = `
Examples:
  $ nearside analyze text reports/ --format html -o reports.html
  $ nearside analyze logs /var/log/syslog
  $ nearside analyze machines pump.csv --emit scores`

export function addAnalyze(program: Command): void {
  const analyze = program
    .command('analyze')
    .description('analyse text, logs or machine data; nothing leaves this machine')
    .addHelpText('after', EXAMPLES)
  addAnalyzeText(analyze)
  addAnalyzeLogs(analyze)
  addAnalyzeMachines(analyze)
}
