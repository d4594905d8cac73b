// One version of a model, loaded and proved: its executor runs, its golden outputs match on this machine.
// It answers batches for the scheduler and is closed when another version or nobody needs it.

import {
  type GoldenTensor,
  type ModelManifest,
  type ModelVariant,
  NearsideError,
  type Precision,
  type ReportModel,
  type Rung
} from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import { type Bundle, type GoldenResult, goldenCheck, readGolden } from '../../models/index.ts'
import type { DeviceArbiter } from './device-arbiter.ts'
import { Executor } from './executor.ts'
import type {
  DocumentOutputs,
  EnginePlan,
  ExecutorPlan,
  Work,
  WorkResult
} from './executor-protocol.ts'
import { chooseVariant } from './provider-ladder.ts'
import { rungPlan } from './rung-plan.ts'
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

/** What a bundle is run with: a rung, the file for it, and the GPUs. */
export interface RungChoice {
  readonly rung: Rung
  readonly variant: ModelVariant
  /** GPUs on which instances run; one 0 on a rung without. */
  readonly deviceIds: readonly number[]
  /** Folders of provider libraries, see gpu-libraries.ts. */
  readonly libraries: readonly string[]
  /** The built engine, on the rung tensorrt. */
  readonly engine?: EnginePlan
}

/** How many executors a model has and how much each takes; what is undefined follows bundle and settings. */
export interface Tuning {
  /** Executors on each device. */
  readonly instances?: number
  /** Most rows of a batch. */
  readonly maxBatch?: number
  /** Threads of one run on the CPU. */
  readonly threads?: number
  /** Longest wait for a batch to grow, ms; undefined: as long as waiting pays. */
  readonly maxWaitMs?: number | undefined
}

/** A device as the arbiter counts it: the CPU, or one GPU. */
export function deviceName(rung: Rung, deviceId: number): string {
  return rung === 'cpu' ? 'cpu' : `gpu${deviceId}`
}

/** The rung that every machine has. */
export function cpuChoice({ manifest }: Bundle): RungChoice {
  return { rung: 'cpu', variant: chooseVariant(manifest), deviceIds: [0], libraries: [] }
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
  /** Processes of its executors. */
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

export interface LoadOptions {
  readonly settings: InferenceSettings
  readonly clock: Clock
  /** Default the CPU. */
  readonly choice?: RungChoice
  /** Shares slots and memory of the devices among the models. */
  readonly arbiter?: DeviceArbiter | undefined
  readonly tuning?: Tuning
}

async function runGolden(
  bundle: Bundle,
  executor: Executor,
  how: { precision: Precision; deadlineMs: number }
) {
  const golden = await readGolden(bundle.dir)
  return goldenCheck(golden, how.precision, async (inputs) => {
    const tensors = Object.entries(inputs).map(([name, tensor]: [string, GoldenTensor]) => [
      name,
      tensorFrom(tensor)
    ])
    const work: Work = { kind: 'tensors', inputs: Object.fromEntries(tensors) }
    const { result } = await executor.run(work, how.deadlineMs)
    return result.kind === 'tensors' ? result.outputs : {}
  })
}

/** Opens an executor and proves it; closed again when it is not what the bundle's makers meant. */
async function openProved(
  bundle: Bundle,
  plan: ExecutorPlan,
  { settings, clock, choice = cpuChoice(bundle) }: LoadOptions
): Promise<{ executor: Executor; golden: GoldenResult }> {
  const { startDeadlineMs, batchDeadlineMs, shell } = settings
  const { name, version } = bundle.manifest
  const executor = new Executor({ plan, shell, clock, startDeadlineMs })
  await executor.start()
  try {
    const { precision } = choice.variant
    const golden = await runGolden(bundle, executor, { precision, deadlineMs: batchDeadlineMs })
    if (golden.ok) return { executor, golden }
    const sentence = `${name} ${version} does not give its golden outputs on this device. ${golden.sentence} Install another version.`
    throw new NearsideError('NS_GOLDEN_MISMATCH', sentence)
  } catch (error) {
    await executor.close()
    throw error
  }
}

/**
 * What batches of a model must keep to, ms. Documents come in bulk and their batches are bounded by tokens: the
 * goal of a manifest is that of one request.
 */
export function goalOf({ manifest }: Bundle): number | undefined {
  return windowSettings(manifest.pre) ? undefined : manifest.latencyGoalMs
}

/** What each executor of a choice is to load: one an instance and device. */
function plansOf(
  bundle: Bundle,
  { settings, choice = cpuChoice(bundle), tuning = {} }: LoadOptions
) {
  const { manifest } = bundle
  const { threads = settings.threads, instances = 1 } = tuning
  const { maxBatch = manifest.batching.maxBatch } = tuning
  const { runtime } = settings
  const windows = windowSettings(manifest.pre)
  const { libraries: libraryFolders, ...use } = choice
  const shared = { bundle, ...use, libraryFolders, settings: { threads, runtime }, windows }
  return choice.deviceIds.flatMap((deviceId) => {
    const plan = { ...rungPlan({ ...shared, deviceId }), maxBatch }
    return Array.from({ length: instances }, () => plan)
  })
}

interface Opened {
  readonly executor: Executor
  readonly golden: GoldenResult
  readonly device: string
}

/** The executors of a model with the memory that they hold; opened all, or none. */
class Executors {
  readonly opened: Opened[] = []
  #held: (() => void)[] = []

  async open(bundle: Bundle, options: LoadOptions): Promise<void> {
    const { arbiter, choice = cpuChoice(bundle) } = options
    try {
      // One after the other: the first that fails spares the others, and loading needs the most memory.
      for (const plan of plansOf(bundle, options)) {
        const device = deviceName(choice.rung, plan.deviceId)
        const { memoryMb } = choice.variant
        if (arbiter) this.#held.push(arbiter.reserve(device, bundle.manifest.name, memoryMb))
        this.opened.push({ ...(await openProved(bundle, plan, options)), device })
      }
    } catch (error) {
      await this.close()
      throw error
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.opened.map(({ executor }) => executor.close()))
    for (const release of this.#held) release()
  }
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
  { executor, device }: Opened,
  how: { settings: InferenceSettings; choice: RungChoice; maxBatch: number; threads: number }
): ModelServer {
  const { settings, choice, maxBatch, threads } = how
  const onCpu = choice.rung === 'cpu'
  const { pre } = bundle.manifest
  return {
    about: answeredBy(bundle, choice),
    maxBatch,
    device,
    ...(onCpu ? {} : { lane: device }),
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
    pids: () => opened.flatMap(({ executor }) => executor.pid ?? []),
    suspect: () => opened.some(({ executor }) => executor.suspect),
    close: () => executors.close()
  }
}
