// What the Open Inference Protocol needs of the inference runtime, for REST and gRPC alike, and the limits
// within which both serve. The model pool satisfies it.

import type { DeviceModel, ModelManifest } from '../../contract/index.ts'
import type {
  ModelRequest,
  ModelStatistics,
  ServedAnswer,
  SubmitOptions
} from '../inference/index.ts'

export interface InferenceServing {
  names(): readonly string[]
  /** @throws NearsideError NS_MODEL_UNKNOWN */
  manifest(name: string): ModelManifest
  /** @throws NearsideError NS_MODEL_UNKNOWN, NS_INFERENCE_*, NS_JOB_CANCELLED */
  submit(name: string, request: ModelRequest, options?: SubmitOptions): Promise<ServedAnswer>
  /** @throws NearsideError NS_MODEL_UNKNOWN, and whatever keeps the model from loading */
  load(name: string): Promise<void>
  /** @throws NearsideError NS_MODEL_UNKNOWN */
  unload(name: string): Promise<void>
  status(): readonly DeviceModel[]
  /** @throws NearsideError NS_MODEL_UNKNOWN */
  statistics(name?: string): readonly ModelStatistics[]
}

export interface ServingLimits {
  /** Largest body of an inference request, bytes. */
  readonly bodyBytes: number
  /** Bytes of all bodies that may be in memory at a time. */
  readonly bodiesBytes: number
  /** Values that the JSON of one request may hold; parsed, each takes up to some 200 bytes. */
  readonly jsonElements: number
  /** Connections of HTTP at a time; gRPC takes half as many. */
  readonly connections: number
  /** A client that neither sends nor reads for this long is hung up on, ms. */
  readonly stalledMs: number
}

const MIB = 1024 * 1024

/** Limits for a largest body, bytes; everything else follows from it. */
export function servingLimits(bodyBytes = 256 * MIB): ServingLimits {
  return {
    bodyBytes,
    bodiesBytes: 2 * bodyBytes,
    jsonElements: 2 * MIB,
    connections: 2000,
    stalledMs: 30_000
  }
}
