// One version of a model, loaded and proved: its executor runs, its golden outputs match on this machine.
// It answers batches for the scheduler and is closed when another version or nobody needs it.

import { type ModelManifest, NearsideError, type ReportModel } from '../../contract/index.ts'
import type { Bundle, GoldenResult } from '../../models/index.ts'
import type { DocumentOutputs, Work, WorkResult } from './executor-protocol.ts'
import { Executors, type LoadOptions, type OpenedExecutor } from './open-executors.ts'
import { cpuChoice, type RungChoice, type Tuning } from './rung-choice.ts'
import type { BatchServer } from './scheduler.ts'
import type { InferenceSettings } from './settings.ts'
import { batchKey, joinRows, rowsOf, splitRows, type Tensors } from './tensors.ts'
import { windowSettings } from './window-settings.ts'

export { cpuChoice, deviceName, type RungChoice, type Tuning } from './rung-choice.ts'

/** One request to a model: tensors as the graph has them, or the sentences of a document. */
export type ModelRequest =
  | { readonly kind: 'tensors'; readonly inputs: Tensors }
  | { readonly kind: 'document'; readonly sentences: readonly string[] }

export type ModelAnswer =
  | { readonly kind: 'tensors'; readonly outputs: Tensors }
  | { readonly kind: 'document'; readonly tables: DocumentOutputs }

/** Which version answered, and how its outputs are to be read. */
export interface AnsweredBy {
  readonly model: ReportModel
  readonly post: ModelManifest['post']
}

/** What answers of a bundle are signed with. */
export function answeredBy(bundle: Bundle, choice = cpuChoice(bundle)): AnsweredBy {
  const { name, version, post } = bundle.manifest
  return { model: { name, version, precision: choice.variant.precision, rung: choice.rung }, post }
}

export type ModelServer = BatchServer<ModelRequest, ModelAnswer, AnsweredBy>

export interface LoadedModel {
  readonly choice: RungChoice
  readonly tuning: Tuning
  /** One an executor. */
  readonly servers: readonly ModelServer[]
  readonly golden: GoldenResult
  /** Processes of its executors and of their parts. */
  pids(): number[]
  /** True once an executor was lost too often. */
  suspect(): boolean
  close(): Promise<void>
}

/** Which requests may share a batch. Documents of like length do, because padding is wasted work. */
export function bucketOf(request: ModelRequest): string {
  if (request.kind === 'tensors') return batchKey(request.inputs)
  return 'documents'
}

/** What a request counts towards a batch: rows of its tensors, or windows of its document. */
export function sizeOf(request: ModelRequest, pre: Bundle['manifest']['pre']): number {
  if (request.kind === 'tensors') return rowsOf(request.inputs)
  const perWindow = windowSettings(pre)?.maxSentences ?? 1
  return Math.max(1, Math.ceil(request.sentences.length / perWindow))
}

/** Bytes of one row of tensors; 0 for documents, which are bounded by their tokens. */
export function rowBytesOf(request: ModelRequest): number {
  if (request.kind !== 'tensors') return 0
  const bytes = Object.values(request.inputs).reduce((sum, { data }) => sum + data.byteLength, 0)
  return bytes / rowsOf(request.inputs)
}

function toWork(requests: readonly ModelRequest[]): Work {
  const tensors = requests.flatMap((request) =>
    request.kind === 'tensors' ? [request.inputs] : []
  )
  if (tensors.length > 0) return { kind: 'tensors', inputs: joinRows(tensors) }
  const documents = requests.flatMap((request) =>
    request.kind === 'document' ? [request.sentences] : []
  )
  return { kind: 'documents', documents }
}

function toAnswers(requests: readonly ModelRequest[], result: WorkResult): ModelAnswer[] {
  if (result.kind === 'documents')
    return result.documents.map((tables) => ({ kind: 'document', tables }))
  const rows = requests.map((request) => (request.kind === 'tensors' ? rowsOf(request.inputs) : 0))
  return splitRows(result.outputs, rows).map((outputs) => ({ kind: 'tensors', outputs }))
}

/**
 * What batches of a model must keep to, ms. Documents come in bulk and their batches are bounded by tokens: the
 * goal of a manifest is that of one request.
 */
export function goalOf({ manifest }: Bundle): number | undefined {
  return windowSettings(manifest.pre) ? undefined : manifest.latencyGoalMs
}

/** Servers of one kind cost alike: the same file on the same rung, on the CPU with as many threads. */
export function serverKind({ manifest }: Bundle, choice: RungChoice, threads: number): string {
  const { name, version } = manifest
  const width = choice.rung === 'cpu' ? ` x${threads}` : ''
  return `${name} ${version} ${choice.rung} ${choice.variant.precision}${width}`
}

/** The scheduler's view of one executor. */
function serverOf(
  bundle: Bundle,
  { executor, device }: OpenedExecutor,
  how: { settings: InferenceSettings; choice: RungChoice; maxBatch: number; threads: number }
): ModelServer {
  const { settings, choice, maxBatch, threads } = how
  const onCpu = choice.rung === 'cpu'
  const { pre } = bundle.manifest
  return {
    about: answeredBy(bundle, choice),
    maxBatch,
    ...(device === undefined ? {} : { device }),
    ...(onCpu || device === undefined ? {} : { lane: device }),
    kind: serverKind(bundle, choice, threads),
    run: async (requests) => {
      const size = requests.reduce((sum, item) => sum + sizeOf(item, pre), 0)
      // A document longer than a batch gets its time in proportion.
      const deadlineMs = settings.batchDeadlineMs * Math.max(1, Math.ceil(size / maxBatch))
      const { result, computeMs } = await executor.run(toWork(requests), deadlineMs)
      return { answers: toAnswers(requests, result), computeMs }
    }
  }
}

/**
 * Loads the variant of a choice in one executor an instance and GPU, and proves each with the golden inputs.
 * @throws NearsideError NS_GOLDEN_MISMATCH, NS_INFERENCE_MEMORY, or what an executor could not be started with
 */
export async function loadModel(bundle: Bundle, options: LoadOptions): Promise<LoadedModel> {
  const { settings, choice = cpuChoice(bundle), tuning = {} } = options
  const { maxBatch = bundle.manifest.batching.maxBatch, threads = settings.threads } = tuning
  const how = { settings, choice, maxBatch, threads }
  const executors = new Executors()
  await executors.open(bundle, options)
  const { opened } = executors
  const [first] = opened
  if (!first) throw new NearsideError('NS_INTERNAL', 'A model was to be loaded on no device.')
  return {
    choice,
    tuning,
    golden: first.golden,
    servers: opened.map((each) => serverOf(bundle, each, how)),
    pids: () => opened.flatMap(({ executor }) => executor.pids),
    suspect: () => opened.some(({ executor }) => executor.suspect),
    close: () => executors.close()
  }
}
