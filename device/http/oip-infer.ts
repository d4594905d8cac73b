// Submits a decoded call to the model and takes the outputs of the answer; what REST and gRPC have in common.

import { NearsideError } from '../../contract/index.ts'
import type { InferCall, ModelFacts } from './oip-call.ts'
import type { InferResult } from './oip-encode.ts'
import type { InferenceServing } from './oip-port.ts'

export interface Inferred {
  readonly result: InferResult
  readonly batchSize: number
  readonly queueMs: number
  readonly computeMs: number
  readonly rung: string
}

interface CallOptions {
  readonly facts: ModelFacts
  readonly call: InferCall
  readonly signal: AbortSignal
}

/** @throws NearsideError NS_INFERENCE_*, NS_JOB_CANCELLED when the signal aborts first */
export async function infer(
  serving: InferenceServing,
  { facts, call, signal }: CallOptions
): Promise<Inferred> {
  const { priority, timeoutMs, inputs } = call
  const served = await serving.submit(
    facts.model,
    { kind: 'tensors', inputs },
    { signal, priority, ...(timeoutMs === undefined ? {} : { timeoutMs }) }
  )
  if (served.answer.kind !== 'tensors')
    throw new NearsideError(
      'NS_INTERNAL',
      'A model answered tensors with a document; the log holds the details.'
    )
  const { version, rung } = served.about.model
  return {
    result: {
      model: facts.model,
      version,
      id: call.id,
      wanted: call.outputs,
      outputs: served.answer.outputs
    },
    batchSize: served.batchSize,
    queueMs: served.queueMs,
    computeMs: served.computeMs,
    rung: rung ?? 'cpu'
  }
}
