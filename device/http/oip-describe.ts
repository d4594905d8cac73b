// What the Open Inference Protocol says of server and models, for REST and gRPC alike: metadata,
// configuration, statistics, repository index, and which versions and states count as ready.

import {
  type DeviceModel,
  type ModelManifest,
  NearsideError,
  PRODUCT_VERSION,
  type TensorSpec
} from '../../contract/index.ts'
import type { ModelStatistics } from '../inference/index.ts'
import type { ModelFacts } from './oip-call.ts'
import type { InferenceServing, ServingLimits } from './oip-port.ts'
import type {
  ModelConfig,
  ModelMetadata,
  ModelStatisticsAnswer,
  RepositoryIndex
} from './oip-schemas.ts'

/** What of Triton's extensions is offered. */
export const EXTENSIONS: readonly string[] = [
  'binary_tensor_data',
  'model_repository',
  'statistics',
  'schedule_policy',
  'model_configuration'
]

export const SERVER_METADATA = {
  name: 'nearside',
  version: PRODUCT_VERSION,
  extensions: [...EXTENSIONS]
}

/** Triton's name for ONNX models. */
const PLATFORM = 'onnxruntime_onnx'

type IndexEntry = RepositoryIndex[number]

/** The models as the protocol's clients see them; one that a client unloaded stays away until it is loaded. */
export class ModelDirectory {
  #serving: InferenceServing
  #limits: ServingLimits
  #unloaded = new Set<string>()

  constructor(serving: InferenceServing, limits: ServingLimits) {
    this.#serving = serving
    this.#limits = limits
  }

  /**
   * The manifest of a model; without a version that of the one in use.
   * @throws NearsideError NS_MODEL_UNKNOWN
   */
  manifest(name: string, version = ''): ModelManifest {
    const manifest = this.#serving.manifest(name)
    if (version === '' || version === manifest.version) return manifest
    const sentence = `${name} is served as ${manifest.version}, not as ${version.slice(0, 64)}; ask for that version or for none.`
    throw new NearsideError('NS_MODEL_UNKNOWN', sentence)
  }

  /**
   * What decoding a request to a model needs to know.
   * @throws NearsideError NS_MODEL_UNKNOWN, NS_MODEL_UNLOADED
   */
  facts(name: string, version?: string): ModelFacts {
    const { inputs, outputs, batching, version: served } = this.manifest(name, version)
    if (this.#unloaded.has(name)) throw unloaded(name)
    return {
      model: name,
      version: served,
      inputs,
      outputs,
      maxRows: batching.maxBatch,
      maxBytes: this.#limits.bodyBytes,
      maxJsonElements: this.#limits.jsonElements
    }
  }

  /**
   * Returns when a model takes requests. A cold one does: it is loaded by its first request.
   * @throws NearsideError NS_MODEL_UNKNOWN, and NS_MODEL_UNLOADED while it takes none
   */
  requireReady(name: string, version?: string): void {
    this.manifest(name, version)
    const { state, reason } = this.#indexEntry(name)
    if (state === 'READY') return
    throw new NearsideError('NS_MODEL_UNLOADED', `${name} is not ready: ${reason}`)
  }

  metadata(name: string, version?: string): ModelMetadata {
    const { inputs, outputs, version: served } = this.manifest(name, version)
    const status = this.#status(name)
    return {
      name,
      versions: [served],
      platform: PLATFORM,
      inputs,
      outputs,
      parameters: {
        rung: status?.rung ?? '',
        precision: status?.precision ?? '',
        state: status?.state ?? '',
        refused: (status?.ladder ?? []).flatMap(({ rung, code, sentence }) =>
          code === null ? [] : [{ rung, code, sentence }]
        )
      }
    }
  }

  config(name: string, version?: string): ModelConfig {
    const { inputs, outputs, batching } = this.manifest(name, version)
    return {
      name,
      platform: PLATFORM,
      backend: 'onnxruntime',
      max_batch_size: batching.maxBatch,
      input: inputs.map(configTensor),
      output: outputs.map(configTensor)
    }
  }

  statistics(name?: string, version?: string): ModelStatisticsAnswer {
    if (name !== undefined) this.manifest(name, version)
    return { model_stats: this.#serving.statistics(name).map(statisticsEntry) }
  }

  index(readyOnly: boolean): RepositoryIndex {
    const all = this.#serving.names().map((name) => this.#indexEntry(name))
    return readyOnly ? all.filter(({ state }) => state === 'READY') : all
  }

  /**
   * Loads a model and keeps it loaded.
   * @param parameters names of the parameters that came with the request
   * @throws NearsideError NS_MODEL_UNKNOWN, NS_INFERENCE_INPUT, and whatever keeps the model from loading
   */
  async load(name: string, parameters: readonly string[] = []): Promise<void> {
    this.manifest(name)
    refuseOverrides(parameters)
    await this.#serving.load(name)
    this.#unloaded.delete(name)
  }

  /** @throws NearsideError NS_MODEL_UNKNOWN */
  async unload(name: string): Promise<void> {
    this.manifest(name)
    this.#unloaded.add(name)
    await this.#serving.unload(name)
  }

  #status(name: string): DeviceModel | undefined {
    return this.#serving.status().find((model) => model.name === name)
  }

  #indexEntry(name: string): IndexEntry {
    const { version } = this.#serving.manifest(name)
    const status = this.#status(name)
    const entry = (state: IndexEntry['state'], reason: string): IndexEntry => ({
      name,
      version,
      state,
      reason
    })
    if (this.#unloaded.has(name)) return entry('UNAVAILABLE', unloaded(name).message)
    if (status?.state === 'loading') return entry('LOADING', status.sentence)
    if (status?.state === 'failed') return entry('UNAVAILABLE', status.sentence)
    return entry('READY', '')
  }
}

/** What Triton's load may carry and would change the model. */
function refuseOverrides(parameters: readonly string[]): void {
  if (!parameters.some((name) => name === 'config' || name.startsWith('file:'))) return
  const sentence =
    'A bundle is served as it was signed; leave config and files out, or install another bundle.'
  throw new NearsideError('NS_INFERENCE_INPUT', sentence)
}

const unloaded = (name: string): NearsideError =>
  new NearsideError(
    'NS_MODEL_UNLOADED',
    `${name} was unloaded; load it with POST /v2/repository/models/${name}/load.`
  )

/** Triton leaves the rows out of `dims` when there is a batch size; nothing left is a scalar for each row. */
function configTensor({ name, datatype, shape }: TensorSpec): ModelConfig['input'][number] {
  const data_type = datatype === 'BYTES' ? 'TYPE_STRING' : `TYPE_${datatype}`
  const dims = shape.slice(1)
  if (dims.length > 0) return { name, data_type, dims }
  return { name, data_type, dims: [1], reshape: { shape: [] } }
}

const NONE = { count: 0, ns: 0 }

function whole({ count, ns }: { readonly count: number; readonly ns: number }) {
  return { count, ns: Math.round(ns) }
}

function statisticsEntry(one: ModelStatistics): ModelStatisticsAnswer['model_stats'][number] {
  const failures = Object.values(one.failures)
  return {
    name: one.name,
    version: one.version,
    last_inference: Math.round(one.lastInferenceAt),
    inference_count: one.inferenceCount,
    execution_count: one.executionCount,
    inference_stats: {
      success: whole(one.success),
      fail: whole({
        count: failures.reduce((sum, { count }) => sum + count, 0),
        ns: failures.reduce((sum, { ns }) => sum + ns, 0)
      }),
      queue: whole(one.queue),
      compute_input: whole(one.computeInput),
      compute_infer: whole(one.computeInfer),
      compute_output: whole(one.computeOutput),
      cache_hit: NONE,
      cache_miss: NONE
    },
    batch_stats: one.batches.map(({ batchSize, computeInfer }) => ({
      batch_size: batchSize,
      compute_input: { count: computeInfer.count, ns: 0 },
      compute_infer: whole(computeInfer),
      compute_output: { count: computeInfer.count, ns: 0 }
    }))
  }
}
