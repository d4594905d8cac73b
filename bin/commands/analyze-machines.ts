// nearside analyze machines: finds what is unusual in a table of sensor readings, as a report or as one score
// a row. It joins input, analysis and output; how each works is theirs to know.

import { type Command, Option } from 'commander'
import { machinesAnalysis, reachesSeverity, renderReport, scoreRows } from '../../analysis/index.ts'
import { type Finding, type MachinesReport, NearsideError } from '../../contract/index.ts'
import { type MachinesInput, openMachinesInput } from './machines-input.ts'
import { openOutput, type RowOutput } from './row-output.ts'

const FORMATS = ['json', 'md', 'html', 'csv'] as const
const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'] as const

/** Options of later versions: refused, because ignoring them would give wrong figures. */
const NOT_BUILT = {
  baseline: '--baseline <file>',
  graph: '--graph <file>',
  target: '--target <series>',
  trainRows: '--train-rows <n>',
  train: '--train <file>',
  label: '--label <column>',
  causes: '--causes <names>',
  task: '--task <task>'
} as const

/** Options of the command, as commander hands them over. */
export interface AnalyzeMachinesOptions extends Partial<Record<keyof typeof NOT_BUILT, string>> {
  readonly format?: (typeof FORMATS)[number]
  readonly emit?: string
  readonly threshold?: number
  readonly failOn?: Finding['severity']
  readonly output?: string
}

/** Runs the command. @returns 0, or 1 with findings at or above `failOn` */
export async function analyzeMachines(
  path: string,
  options: AnalyzeMachinesOptions
): Promise<number> {
  refuseNotBuilt(options)
  const parsed = machinesAnalysis.options.safeParse(
    options.threshold === undefined ? {} : { threshold: options.threshold }
  )
  if (!parsed.success)
    throw new NearsideError(
      'NS_OPTIONS_INVALID',
      '--threshold is a number from 0.05 to 0.99; 0.5 suits every series.'
    )
  const input = await openMachinesInput(path)
  const output = await openOutput(options.output)
  try {
    if (options.emit === 'scores') return await emitScores(input, output)
    const report = await reportOf(input, parsed.data)
    return await writeReport(report, options, output)
  } catch (error) {
    await output.discard()
    throw error
  } finally {
    input.close()
  }
}

function refuseNotBuilt(options: AnalyzeMachinesOptions): void {
  const [name] = (Object.keys(NOT_BUILT) as (keyof typeof NOT_BUILT)[]).filter(
    (option) => options[option] !== undefined
  )
  if (name)
    throw new NearsideError(
      'NS_USAGE_INVALID',
      `${NOT_BUILT[name].split(' ')[0]} is not built yet in this version; leave it out.`
    )
  if (options.emit !== undefined && options.emit !== 'scores')
    throw new NearsideError(
      'NS_USAGE_INVALID',
      `--emit ${options.emit} is not built yet in this version; machine data has --emit scores.`
    )
}

/** CSV `index,timestamp,score`, a row for every row of the table, in order. */
async function emitScores(input: MachinesInput, output: RowOutput): Promise<number> {
  // The header goes out with the first rows, so that an input that cannot be read leaves nothing behind.
  let header = 'index,timestamp,score\n'
  for await (const rows of scoreRows(input.table)) {
    const text = rows.map(({ index, timestamp, score }) => {
      return `${index},${csvCell(timestamp)},${score.toFixed(6)}\n`
    })
    await output.write(header + text.join(''))
    header = ''
  }
  await output.finish()
  return 0
}

function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

async function reportOf(
  input: MachinesInput,
  options: { threshold: number }
): Promise<MachinesReport> {
  const steps = machinesAnalysis.run(
    { input: input.table, total: null, options, resumed: [] },
    {
      inference: {
        classifySentences: () => Promise.reject(new Error('machine data asks for no inference'))
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
  report: MachinesReport,
  options: AnalyzeMachinesOptions,
  output: RowOutput
): Promise<number> {
  const text = renderReport(report, options.format ?? 'md')
  await output.write(text.endsWith('\n') ? text : `${text}\n`)
  await output.finish()
  return options.failOn && reachesSeverity(report, options.failOn) ? 1 : 0
}

const EXAMPLES = `
Examples:
  nearside analyze machines pump.csv                          what is unusual, as Markdown
  nearside analyze machines pump.csv --format html -o pump.html  a report with charts to pass on
  nearside analyze machines pump.csv --emit scores            CSV index,timestamp,score for every row
  tail -n 5000 history.csv | nearside analyze machines -      from standard input, header row first
  nearside analyze machines pump.csv --fail-on high           exit code 1 when something is wrong`

/** Adds `machines` to `nearside analyze`. */
export function addAnalyzeMachines(parent: Command): void {
  const command = parent
    .command('machines')
    .description('find what is unusual in a table of sensor readings')
    .argument('[file]', 'CSV with a header row; - or nothing reads standard input', '-')
    .addOption(new Option('--format <format>', 'form of the report').choices(FORMATS).default('md'))
    .option('--emit <rows>', 'rows instead of a report: scores')
    .option('--threshold <score>', 'score from which a row counts as an event', Number)
    .addOption(
      new Option('--fail-on <severity>', 'exit with 1 on a finding this bad or worse').choices(
        SEVERITIES
      )
    )
    .option('-o, --output <file>', 'write into a file instead of standard output')
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, options: AnalyzeMachinesOptions) => {
      process.exitCode = await analyzeMachines(file, options)
    })
  for (const flags of Object.values(NOT_BUILT)) command.addOption(new Option(flags).hideHelp())
}
