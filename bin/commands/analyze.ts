// nearside analyze: one subcommand an analysis.

import type { Command } from 'commander'
import { addAnalyzeLogs } from './analyze-logs.ts'
import { addAnalyzeMachines } from './analyze-machines.ts'
import { addAnalyzeText } from './analyze-text.ts'

export function addAnalyze(program: Command): void {
  const analyze = program
    .command('analyze')
    .description('analyse text, logs or machine data; nothing leaves this machine')
  addAnalyzeText(analyze)
  addAnalyzeLogs(analyze)
  addAnalyzeMachines(analyze)
}
