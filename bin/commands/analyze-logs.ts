// nearside analyze logs: templates, bursts, new and error messages of log files or of standard input. It
// joins sources, analysis and output; how each works is theirs to know.

import { type Command, Option } from 'commander'
import { logsAnalysis } from '../../analysis/logs/index.ts'
import { type Finding, type LogsReport, NearsideError } from '../../contract/index.ts'
import { openLogInput } from './log-inputs.ts'
import { emitCauses, emitEvents, emitScores } from './log-rows.ts'
import { openOutput } from './row-output.ts'

const FORMATS = ['json', 'md', 'html', 'csv'] as const
const EMITS = ['events', 'scores', 'causes'] as const
const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'] as const

/** Options of the command, as commander hands them over. */
export interface AnalyzeLogsOptions {
  readonly format?: (typeof FORMATS)[number]
  readonly emit?: (typeof EMITS)[number]
  readonly baseline?: string
  readonly failOn?: Finding['severity']
  readonly output?: string
}

/** Runs the command. @returns 0, or 1 with findings at or above `failOn` */
export async function analyzeLogs(
  paths: readonly string[],
  options: AnalyzeLogsOptions
): Promise<number> {
  if (options.baseline && options.emit !== 'scores' && options.emit !== 'causes') {
    throw new NearsideError(
      'NS_USAGE_INVALID',
      '--baseline needs --emit scores or --emit causes; add one of them.'
    )
  }
  if (options.emit === 'scores' && !options.baseline) {
    throw new NearsideError(
      'NS_USAGE_INVALID',
      '--emit scores needs --baseline FILE with normal sessions; add it.'
    )
  }
  const input = await openLogInput(paths)
  const output = await openOutput(options.output)
  try {
    if (options.emit === 'events') await emitEvents(input, output)
    else if (options.emit === 'scores') await emitScores(input, options.baseline ?? '', output)
    else if (options.emit === 'causes') await emitCauses(input, options.baseline, output)
    else return await writeReport(await reportOf(input), options, output)
    await output.finish()
    return 0
  } catch (error) {
    await output.discard()
    throw error
  }
}

type LogInput = Awaited<ReturnType<typeof openLogInput>>
type Output = Awaited<ReturnType<typeof openOutput>>

async function reportOf(input: LogInput): Promise<LogsReport> {
  const steps = logsAnalysis.run(
    { input: input.lines(), total: null, options: logsAnalysis.options.parse({}), resumed: [] },
    {
      inference: {
        classifySentences: () => Promise.reject(new Error('log analysis asks for no inference'))
      },
      now: () => Date.now(),
      device: 'this machine',
      inputs: () => input.inputs()
    },
    new AbortController().signal
  )
  for await (const step of steps) if (step.type === 'report') return step.report
  throw new NearsideError(
    'NS_INTERNAL',
    'The analysis ended without a report; the log holds the details.'
  )
}

async function writeReport(
  report: LogsReport,
  options: AnalyzeLogsOptions,
  output: Output
): Promise<number> {
  const { renderReport } = await import('../../analysis/report/index.ts')
  const text = renderReport(report, options.format ?? 'md')
  await output.write(text.endsWith('\n') ? text : `${text}\n`)
  await output.finish()
  return isAlarming(report.findings, options.failOn) ? 1 : 0
}

function isAlarming(
  findings: readonly Finding[],
  failOn: Finding['severity'] | undefined
): boolean {
  if (failOn === undefined) return false
  const worst = SEVERITIES.slice(0, SEVERITIES.indexOf(failOn) + 1)
  return findings.some(({ severity }) => worst.includes(severity))
}

const EXAMPLES = `
Examples:
  nearside analyze logs /var/log/syslog                          templates and what is unusual, as Markdown
  nearside analyze logs line2.log.gz --format html -o line2.html a report to pass on
  journalctl -o short-iso | nearside analyze logs --format json  from standard input
  nearside analyze logs app.log --emit events                    one JSON row for every line
  nearside analyze logs today.log --baseline good.log --emit causes
  nearside analyze logs app.log --fail-on high                   exit code 1 when something is wrong`

/** Adds `logs` to `nearside analyze`. */
export function addAnalyzeLogs(parent: Command): void {
  parent
    .command('logs')
    .description('group log lines into templates; find bursts, silence, new and error messages')
    .argument('[paths...]', 'log files, plain or gzip; - or nothing reads standard input')
    .addOption(new Option('--format <format>', 'form of the report').choices(FORMATS).default('md'))
    .addOption(new Option('--emit <rows>', 'rows instead of a report').choices(EMITS))
    .option('--baseline <file>', 'log or sessions of normal running, for --emit scores and causes')
    .addOption(
      new Option('--fail-on <severity>', 'exit with 1 on a finding this bad or worse').choices(
        SEVERITIES
      )
    )
    .option('-o, --output <file>', 'write into a file instead of standard output')
    .addHelpText('after', EXAMPLES)
    .action(async (paths: string[], options: AnalyzeLogsOptions) => {
      process.exitCode = await analyzeLogs(paths, options)
    })
}
