// The work behind `analyze text`: documents through the analysis, with a checkpoint and a progress bar. Says
// what went on before and what could not be read; knows nothing of formats and exit codes.

import type { DocumentItem, InferencePort } from '../../analysis/index.ts'
import {
  type DocumentRoles,
  labelRoles,
  type RoleDomain,
  type TextOptions,
  textAnalysis
} from '../../analysis/index.ts'
import {
  DocumentResult,
  ERROR_KINDS,
  type ErrorCode,
  NearsideError,
  type TextReport
} from '../../contract/index.ts'
import type { DocumentSource } from '../../device/sources/index.ts'
import type { Progress } from '../progress-bar.ts'
import type { Checkpoint } from './text-checkpoint.ts'

export interface TextWork {
  readonly source: DocumentSource
  readonly inference: InferencePort
  readonly checkpoint: Checkpoint
  readonly progress: Progress
  readonly signal: AbortSignal
  /** One sentence for standard error. */
  readonly say: (sentence: string) => void
}

export interface Failure {
  readonly name: string
  readonly code: string
  readonly sentence: string
}

/** How many failures are told one by one. */
const MOST_TOLD = 20
/** Finished documents that are written to the checkpoint at once. */
const CHECKPOINT_BATCH = 32

/** Runs the analysis to its report. */
export async function reportOf(work: TextWork, options: TextOptions): Promise<TextReport> {
  const { source, checkpoint, progress, signal } = work
  const resumed = checkpoint.finished.map(({ input, result }) => ({
    input,
    result: DocumentResult.parse(result)
  }))
  const steps = textAnalysis.run(
    { input: source.items(finishedInputs(checkpoint)), total: source.total, options, resumed },
    {
      inference: work.inference,
      now: () => Date.now(),
      device: 'this machine',
      inputs: () => source.inputs
    },
    signal
  )
  let fresh: { input: number; result: DocumentResult }[] = []
  for await (const step of steps) {
    if (step.type === 'item') fresh.push(step)
    else if (step.type === 'progress') {
      await checkpoint.append(fresh.map(({ input, result }) => ({ input, result })))
      fresh = []
      progress.update(step.done, step.total)
    } else return step.report
  }
  throw new NearsideError(
    'NS_INTERNAL',
    'The analysis ended without a report; the log holds the details.'
  )
}

/** Labels every sentence in the words of a field. */
export async function rolesOf(
  work: TextWork,
  domain: RoleDomain | undefined
): Promise<{ documents: DocumentRoles[]; failures: Failure[] }> {
  const { source, checkpoint, progress, signal } = work
  const documents = checkpoint.finished.map(({ result }) => result as DocumentRoles)
  const failures: Failure[] = []
  const input: AsyncIterable<DocumentItem> = source.items(finishedInputs(checkpoint))
  const request = { input, inference: work.inference, ...(domain ? { domain } : {}) }
  let fresh: DocumentRoles[] = []
  const save = async (): Promise<void> => {
    await checkpoint.append(fresh.map((result) => ({ input: result.input, result })))
    fresh = []
  }
  for await (const row of labelRoles(request, signal)) {
    if ('ok' in row) failures.push(row.failure)
    else {
      documents.push(row)
      fresh.push(row)
    }
    if (fresh.length >= CHECKPOINT_BATCH) await save()
    progress.update(documents.length + failures.length, source.total)
  }
  await save()
  if (!domain) sayDomains(documents, work.say)
  return { documents: documents.sort((a, b) => a.input - b.input), failures }
}

const finishedInputs = (checkpoint: Checkpoint): ReadonlySet<number> =>
  new Set(checkpoint.finished.map(({ input }) => input))

const figure = (value: number): string => value.toLocaleString('en')

/** A guess that shapes the rows has to be told. */
function sayDomains(documents: readonly DocumentRoles[], say: (sentence: string) => void): void {
  const medicine = documents.filter(({ domain }) => domain === 'medicine').length
  say(
    `Field decided by the words of each document: ${figure(medicine)} medicine, ${figure(documents.length - medicine)} computing; --domain sets it.`
  )
}

/** Says what an earlier run finished, if any. */
export function sayResumed({ checkpoint, source, say }: TextWork): void {
  const before = checkpoint.finished.length
  if (before === 0) return
  const of = source.total === null ? '' : ` of ${figure(source.total)}`
  const were = before === 1 && of === '' ? 'document was' : 'documents were'
  say(`Resuming: ${figure(before)}${of} ${were} read before.`)
}

/** Says what could not be read. @throws NearsideError when nothing at all could be */
export function sayFailures(
  failures: readonly Failure[],
  done: number,
  say: (sentence: string) => void
): void {
  const [first] = failures
  if (!first) return
  if (done === 0) {
    const rest = failures.length > 1 ? ` (and ${figure(failures.length - 1)} more)` : ''
    throw new NearsideError(asInputCode(first.code), `${first.sentence}${rest}`)
  }
  for (const { sentence } of failures.slice(0, MOST_TOLD)) say(sentence)
  const rest = failures.length - MOST_TOLD
  if (rest > 0) say(`${figure(rest)} more documents could not be read; the report lists them.`)
}

/** The code of a refused document; what the reader could not even name is unreadable. */
function asInputCode(code: string): ErrorCode {
  return Object.hasOwn(ERROR_KINDS, code) ? (code as ErrorCode) : 'NS_INPUT_UNREADABLE'
}
