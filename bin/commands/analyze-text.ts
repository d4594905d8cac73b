// nearside analyze text: summary, key findings and sentence roles of documents. Joins sources, analysis, model
// and output; how each works is theirs to know.

import { access, constants } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { InferencePort } from '../../analysis/index.ts'
import {
  type ReportFormat,
  type RoleDomain,
  reachesSeverity,
  renderReport,
  reportFormats,
  SEVERITIES,
  TextOptions
} from '../../analysis/index.ts'
import { NearsideError, PRODUCT_VERSION, type Severity } from '../../contract/index.ts'
import { DocumentPool, DocumentSource } from '../../device/sources/index.ts'
import { analyseOnDevice, findDevice } from '../device-client.ts'
import { homeFolder } from '../home.ts'
import { createProgress } from '../progress-bar.ts'
import { openOutput } from './row-output.ts'
import { openCheckpoint, workKey } from './text-checkpoint.ts'
import { findingRows, roleRows, summaryRows, TEXT_EMITS, type TextEmit } from './text-rows.ts'
import { reportOf, rolesOf, sayFailures, sayResumed, type TextWork } from './text-work.ts'

export interface AnalyzeTextOptions {
  readonly format?: ReportFormat
  readonly emit?: TextEmit
  readonly sentences?: number
  readonly words?: 'auto' | number
  readonly domain?: RoleDomain
  readonly failOn?: Severity
  readonly output?: string
  readonly home?: string
}

/** What the command asks of the machine; tests give their own. */
export interface AnalyzeTextPorts {
  openInference(home: string): Promise<{ port: InferencePort; close(): Promise<void> }>
  /** Address of a device that runs on the home folder; undefined when none does. */
  findDevice(home: string): Promise<string | undefined>
  readonly stderr: { readonly isTTY?: boolean | undefined; write(text: string): unknown }
  readonly signal: AbortSignal
}

const realPorts: AnalyzeTextPorts = {
  openInference: async (home) => {
    const { openLocalInference } = await import('../../device/inference/index.ts')
    return openLocalInference({ home })
  },
  findDevice,
  stderr: process.stderr,
  signal: new AbortController().signal
}

/** Runs the command. @returns 0, or 1 with findings at or above `failOn` */
export async function analyzeText(
  paths: readonly string[],
  options: AnalyzeTextOptions,
  ports: AnalyzeTextPorts = realPorts
): Promise<number> {
  if (options.output) await checkFolder(options.output)
  const textOptions = optionsOf(options)
  const home = homeFolder(options.home)
  const pool = new DocumentPool()
  try {
    const source = await DocumentSource.open(paths, pool, ports.signal)
    const device = usesDevice(options, source) ? await ports.findDevice(home) : undefined
    if (device) return await analyseThere(device, source, { options, textOptions, ports })
    const key = workKey({
      version: PRODUCT_VERSION,
      emit: options.emit === 'roles',
      textOptions,
      files: source.files
    })
    const checkpoint = await openCheckpoint(home, key)
    const inference = await ports.openInference(home)
    const progress = createProgress(ports.stderr, { title: 'Reading documents', unit: 'documents' })
    const say = (sentence: string): void => {
      progress.end()
      ports.stderr.write(`${sentence}\n`)
    }
    const work: TextWork = {
      source,
      inference: inference.port,
      checkpoint,
      progress,
      signal: ports.signal,
      say
    }
    try {
      sayResumed(work)
      const { text, code } = await resultOf(work, options, textOptions)
      await write(text, options.output)
      await checkpoint.remove()
      return code
    } finally {
      await checkpoint.close().catch(() => undefined) // closed already when it was removed
      await inference.close()
    }
  } finally {
    await pool.close()
  }
}

/** Rows are made here, and so is what has to be opened first to know how many documents it holds. */
function usesDevice({ emit }: AnalyzeTextOptions, source: DocumentSource): boolean {
  return emit === undefined && source.total !== null
}

interface Wish {
  readonly options: AnalyzeTextOptions
  readonly textOptions: TextOptions
  readonly ports: AnalyzeTextPorts
}

/** Has the running device read the documents, and writes what it reports. */
async function analyseThere(
  device: string,
  source: DocumentSource,
  { options, textOptions, ports }: Wish
): Promise<number> {
  const title = `Reading documents on ${device}`
  const progress = createProgress(ports.stderr, { title, unit: 'documents' })
  const onProgress = (done: number, total: number | null): void => progress.update(done, total)
  const work = { kind: 'text' as const, files: source.files, options: textOptions, onProgress }
  const report = await analyseOnDevice(device, work).finally(() => progress.end())
  if (report.kind === 'text') {
    const say = (sentence: string): void => void ports.stderr.write(`${sentence}\n`)
    sayFailures(report.figures.failures, report.figures.documents.length, say)
  }
  await write(renderReport(report, options.format ?? 'md'), options.output)
  return options.failOn && reachesSeverity(report, options.failOn) ? 1 : 0
}

/** The same schema as everywhere checks the options of the command line. */
function optionsOf(options: AnalyzeTextOptions): TextOptions {
  const sentences = options.sentences ?? 3
  const parsed = TextOptions.safeParse({
    sentences,
    findings: options.emit === 'findings' ? sentences : 3,
    ...(options.words === undefined ? {} : { words: options.words }),
    ...(options.domain ? { domain: options.domain } : {})
  })
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new NearsideError(
    'NS_OPTIONS_INVALID',
    `--${String(issue?.path[0] ?? 'option')}: ${issue?.message ?? 'does not fit'}; see nearside analyze text --help.`
  )
}

interface Outcome {
  readonly text: string
  readonly code: number
}

/** Rows or report, with the exit code that its findings ask for. */
async function resultOf(
  work: TextWork,
  options: AnalyzeTextOptions,
  textOptions: TextOptions
): Promise<Outcome> {
  if (options.emit === 'roles') {
    const { documents, failures } = await rolesOf(work, options.domain)
    sayFailures(failures, documents.length, work.say)
    work.progress.end()
    return { text: roleRows(documents, work.source.inputs), code: 0 }
  }
  const report = await reportOf(work, textOptions)
  const { documents, failures } = report.figures
  sayFailures(failures, documents.length, work.say)
  const { skipped } = work.source
  if (skipped > 0) {
    const files = skipped === 1 ? 'file of another kind was' : 'files of other kinds were'
    work.say(`${skipped.toLocaleString('en')} ${files} left out.`)
  }
  work.progress.end()
  const code = options.failOn && reachesSeverity(report, options.failOn) ? 1 : 0
  if (options.emit === 'summary') return { text: summaryRows(report), code }
  if (options.emit === 'findings') return { text: findingRows(report), code }
  return { text: renderReport(report, options.format ?? 'md'), code }
}

/** Written when all is done, so that an interrupted run leaves no half file. */
async function write(text: string, path: string | undefined): Promise<void> {
  const output = await openOutput(path)
  try {
    await output.write(text)
    await output.finish()
  } catch (error) {
    await output.discard()
    throw error
  }
}

/** Said before an hour of work, not after it. */
async function checkFolder(output: string): Promise<void> {
  await access(dirname(resolve(output)), constants.W_OK).catch((error: unknown) => {
    const sentence = `${output} cannot be written; name a file in a folder that you may write.`
    throw new NearsideError('NS_USAGE_INVALID', sentence, { cause: error })
  })
}

function sentenceCount(text: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < 1 || value > 50) {
    throw new InvalidArgumentError('It is a whole number from 1 to 50.')
  }
  return value
}

function wordCount(text: string): 'auto' | number {
  if (text === 'auto') return 'auto'
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < 10 || value > 5000) {
    throw new InvalidArgumentError('It is "auto" or a whole number from 10 to 5000.')
  }
  return value
}

const EXAMPLES = `
Examples:
  nearside analyze text report.pdf                               summary and key findings, as Markdown
  nearside analyze text reports/ --format html -o reports.html   a folder, as one page to pass on
  nearside analyze text papers.jsonl --emit summary --sentences 1
  nearside analyze text papers.jsonl --emit roles --domain computing
  nearside analyze text reports/ --words 120 --fail-on medium

An interrupted run goes on where it stopped when the same command is given again.`

/** Adds `text` to `nearside analyze`. */
export function addAnalyzeText(parent: Command, ports: AnalyzeTextPorts = realPorts): void {
  parent
    .command('text')
    .description('summarise documents and quote their key findings, sentence by sentence')
    .argument('<paths...>', 'files or folders: text, Markdown, HTML, PDF, ZIP, JSON lines')
    .addOption(
      new Option('--format <format>', 'form of the report').choices(reportFormats).default('md')
    )
    .addOption(new Option('--emit <rows>', 'JSON lines instead of a report').choices(TEXT_EMITS))
    .option(
      '--sentences <count>',
      'sentences of a summary, or findings of a document',
      sentenceCount,
      3
    )
    .option(
      '--words <count>',
      'words of a summary, or "auto": what the document asks for',
      wordCount
    )
    .addOption(
      new Option(
        '--domain <field>',
        'field of the documents; decided by their words when not given'
      ).choices(['medicine', 'computing'])
    )
    .addOption(
      new Option('--fail-on <severity>', 'exit with 1 on a finding this bad or worse').choices(
        SEVERITIES
      )
    )
    .option('-o, --output <file>', 'write into a file instead of standard output')
    .option('--home <dir>', 'home folder, where an interrupted run is remembered')
    .addHelpText('after', EXAMPLES)
    .action(async (paths: string[], options: AnalyzeTextOptions) => {
      process.exitCode = await analyzeText(paths, options, ports)
    })
}
