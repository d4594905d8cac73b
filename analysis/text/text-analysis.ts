// The text analysis: documents in, roles from the classifier, summaries and key findings out. Documents go to
// the model in batches; one that fails is listed with its reason and the others go on.

import {
  type DocumentResult,
  NearsideError,
  type ReportModel,
  SENTENCE_ROLES,
  TextReport
} from '../../contract/index.ts'
import type {
  AnalysisDefinition,
  AnalysisPorts,
  AnalysisStep,
  ClassifiedDocuments,
  DocumentItem,
  RunRequest,
  SentenceLabel
} from '../definition.ts'
import { batchDocuments, oneAhead } from './batch-documents.ts'
import { chooseDomain } from './choose-domain.ts'
import { looksEnglish } from './detect-english.ts'
import { readSentences } from './read-sentences.ts'
import {
  MOST_SENTENCES,
  type ReadDocument,
  type RoleJudgement,
  summariseDocument
} from './summarise-document.ts'
import { TextOptions } from './text-options.ts'
import { type Failure, textReport } from './text-report.ts'

export const ROLE_MODEL = 'sentence-roles'

type Request = RunRequest<TextOptions, DocumentResult, 'documents'>
type Step = AnalysisStep<DocumentResult, TextReport>

/** What one run has gathered so far. */
interface Run {
  readonly request: Request
  readonly ports: AnalysisPorts
  readonly signal: AbortSignal
  readonly documents: DocumentResult[]
  readonly failures: Failure[]
  readonly notes: { general: number; notEnglish: number; cut: number }
  model: ReportModel | undefined
}

/** Faults of one document in the model; any other fault ends the job. */
const DOCUMENT_FAULTS: readonly string[] = ['NS_INFERENCE_INPUT', 'NS_INFERENCE_DEADLINE']

async function* run(
  request: Request,
  ports: AnalysisPorts,
  signal: AbortSignal
): AsyncGenerator<Step, void, void> {
  const startedAt = ports.now()
  const state: Run = {
    request,
    ports,
    signal,
    documents: request.resumed.map(({ result }) => result),
    failures: [],
    notes: { general: 0, notEnglish: 0, cut: 0 },
    model: undefined
  }
  yield progress(state)
  for await (const batch of oneAhead(batchDocuments(request.input))) {
    signal.throwIfAborted()
    const before = state.documents.length
    await judgeBatch(state, batch)
    for (const result of state.documents.slice(before))
      yield { type: 'item', input: result.input, result }
    yield progress(state)
  }
  signal.throwIfAborted()
  yield { type: 'report', report: textReport({ ...state, startedAt }, ports) }
}

function progress({ documents, failures, request }: Run): Step {
  const done = documents.length + failures.length
  return { type: 'progress', done, failed: failures.length, total: request.total }
}

/** Sorts out what cannot be judged, then asks for the whole batch at once. */
async function judgeBatch(state: Run, batch: readonly DocumentItem[]): Promise<void> {
  const readable: ReadDocument[] = []
  for (const item of batch) {
    if (!item.ok) {
      state.failures.push(item.failure)
      continue
    }
    const read = readSentences(item)
    if (read.sentences.length > 0) readable.push(read)
    else state.failures.push(emptyFailure(item.document.name))
  }
  if (readable.length === 0) return
  try {
    await classify(state, readable)
  } catch (error) {
    if (!isDocumentFault(error)) throw error
    for (const read of readable) await classifyAlone(state, read)
  }
}

const isDocumentFault = (error: unknown): error is NearsideError =>
  error instanceof NearsideError && DOCUMENT_FAULTS.includes(error.code)

const emptyFailure = (name: string): Failure => ({
  name,
  code: 'NS_INPUT_EMPTY',
  sentence: 'The document holds no sentence; check that it has text, not only pictures.'
})

/** One by one after a failed batch, to find the document that caused it. */
async function classifyAlone(state: Run, read: ReadDocument): Promise<void> {
  try {
    await classify(state, [read])
  } catch (error) {
    if (!isDocumentFault(error)) throw error
    const { code, message } = error
    state.failures.push({ name: read.document.name, code, sentence: message })
  }
}

async function classify(state: Run, readable: readonly ReadDocument[]): Promise<void> {
  const { ports, request, signal } = state
  const sentences = readable.map((read) => read.sentences)
  const judged = await ports.inference.classifySentences(ROLE_MODEL, sentences, signal)
  state.model = judged.model
  for (const [i, read] of readable.entries()) {
    const roles = (judged.documents[i] ?? []).map((label) => judgementOf(label, judged))
    state.documents.push(summariseDocument(read, roles, request.options))
    note(state, read)
  }
}

/** Labels come in the order of the model; reports have an order of their own. */
function judgementOf(label: SentenceLabel, { labels }: ClassifiedDocuments): RoleJudgement {
  return {
    role: SENTENCE_ROLES.find((role) => role === label.label) ?? 'other',
    confidence: label.confidence,
    probabilities: SENTENCE_ROLES.map((role) => label.probabilities[labels.indexOf(role)] ?? 0)
  }
}

/** Counts what the reader has to know; becomes sentences in the limits. */
function note({ notes, request }: Run, { document, sentences }: ReadDocument): void {
  const { domain } = request.options
  const chosen = domain === 'auto' ? chooseDomain(document.text) : domain
  if (chosen === 'general') notes.general += 1
  if (!looksEnglish(document.text)) notes.notEnglish += 1
  if (sentences.length === MOST_SENTENCES) notes.cut += 1
}

/** Text analysis as the registry lists it. */
export const textAnalysis: AnalysisDefinition<
  TextOptions,
  TextReport,
  'documents',
  DocumentResult
> = {
  kind: 'text',
  title: 'Summary and key findings',
  summary:
    'Reads documents and reports, names the role of every sentence, and quotes what matters.',
  input: 'documents',
  accepts: ['txt', 'md', 'html', 'htm', 'pdf', 'jsonl', 'zip'],
  unit: 'documents',
  options: TextOptions,
  report: TextReport,
  run
}
