// One version of a model, loaded and proved: its executor runs, its golden outputs match on this machine.
// It answers batches for the scheduler and is closed when another version or nobody needs it.

import {
  type GoldenTensor,
  type ModelManifest,
  NearsideError,
  type ReportModel
} from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import { type Bundle, type GoldenResult, goldenCheck, readGolden } from '../../models/index.ts'
import { Executor } from './executor.ts'
import { type DocumentOutputs, ON_CPU, type Work, type WorkResult } from './executor-protocol.ts'
import { chooseVariant } from './provider-ladder.ts'
import type { BatchServer } from './scheduler.ts'
import type { InferenceSettings } from './settings.ts'
import { batchKey, joinRows, rowsOf, splitRows, type Tensors, tensorFrom } from './tensors.ts'
import { windowSettings } from './window-settings.ts'

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

/** What answers of a bundle are signed with on this machine. */
export function answeredBy({ manifest }: Bundle): AnsweredBy {
  const { name, version, post } = manifest
  const { precision } = chooseVariant(manifest)
  return { model: { name, version, precision, rung: 'cpu' }, post }
}

export interface LoadedModel {
  readonly server: BatchServer<ModelRequest, ModelAnswer, AnsweredBy>
  readonly golden: GoldenResult
  /** True once its executor was lost too often. */
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

interface LoadOptions {
  readonly settings: InferenceSettings
  readonly clock: Clock
}

async function runGolden(bundle: Bundle, executor: Executor, deadlineMs: number) {
  const { precision } = chooseVariant(bundle.manifest)
  const golden = await readGolden(bundle.dir)
  return goldenCheck(golden, precision, async (inputs) => {
    const tensors = Object.entries(inputs).map(([name, tensor]: [string, GoldenTensor]) => [
      name,
      tensorFrom(tensor)
    ])
    const work: Work = { kind: 'tensors', inputs: Object.fromEntries(tensors) }
    const { result } = await executor.run(work, deadlineMs)
    return result.kind === 'tensors' ? result.outputs : {}
  })
}

/**
 * Loads the bundle's variant for this machine and proves it with the golden inputs.
 * @throws NearsideError NS_GOLDEN_MISMATCH, or what the executor could not be started with
 */
export async function loadModel(
  bundle: Bundle,
  { settings, clock }: LoadOptions
): Promise<LoadedModel> {
  const { dir, manifest } = bundle
  const { file, sha256 } = chooseVariant(manifest)
  const { threads, runtime, startDeadlineMs, batchDeadlineMs, shell } = settings
  const { maxBatch } = manifest.batching
  const plan = {
    dir,
    variant: { file, sha256 },
    windows: windowSettings(manifest.pre),
    maxBatch,
    threads,
    runtime,
    ...ON_CPU
  }
  const executor = new Executor({ plan, shell, clock, startDeadlineMs })
  await executor.start()
  try {
    const golden = await runGolden(bundle, executor, batchDeadlineMs)
    if (!golden.ok) {
      const sentence = `${manifest.name} ${manifest.version} does not give its golden outputs on this device. ${golden.sentence} Install another version.`
      throw new NearsideError('NS_GOLDEN_MISMATCH', sentence)
    }
    return {
      golden,
      server: {
        about: answeredBy(bundle),
        maxBatch,
        run: async (requests) => {
          const size = requests.reduce((sum, item) => sum + sizeOf(item, manifest.pre), 0)
          // A document longer than a batch gets its time in proportion.
          const deadlineMs = batchDeadlineMs * Math.max(1, Math.ceil(size / maxBatch))
          const { result, computeMs } = await executor.run(toWork(requests), deadlineMs)
          return { answers: toAnswers(requests, result), computeMs }
        }
      },
      suspect: () => executor.suspect,
      close: () => executor.close()
    }
  } catch (error) {
    await executor.close()
    throw error
  }
}
