// One ONNX Runtime session through the stock binding, on the CPU or on a GPU by WebGPU. Runs inside an
// executor only: loading and running block the thread (runtime.md section 0, item 1).

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type * as Ort from 'onnxruntime-node'
import type { ExecutorPlan } from './executor-protocol.ts'
import { Refusal } from './refusal.ts'
import type { NumericType, Tensor, TensorData, Tensors } from './tensors.ts'

const ORT_TYPES: Readonly<Record<NumericType, Ort.Tensor.Type>> = {
  BOOL: 'bool',
  UINT8: 'uint8',
  UINT16: 'uint16',
  UINT32: 'uint32',
  UINT64: 'uint64',
  INT8: 'int8',
  INT16: 'int16',
  INT32: 'int32',
  INT64: 'int64',
  FP16: 'float16',
  FP32: 'float32',
  FP64: 'float64'
}

const OIP_TYPES = new Map<string, NumericType>(
  Object.entries(ORT_TYPES).map(([oip, ort]) => [ort, oip as NumericType])
)

/** The few calls of ONNX Runtime that are used. */
type Runtime = Pick<typeof Ort, 'InferenceSession' | 'Tensor'>

async function loadRuntime(module: string): Promise<Runtime> {
  try {
    const loaded = await import(module)
    return loaded.InferenceSession ? loaded : loaded.default
  } catch (cause) {
    const sentence =
      'ONNX Runtime cannot be loaded on this machine; run npm ci again, or nearside doctor to see what is missing.'
    throw new Refusal('NS_INFERENCE_RUNTIME_MISSING', sentence, { cause })
  }
}

/** Reads the model and compares its digest: what was verified is what runs. */
async function readVariant({ dir, variant }: ExecutorPlan): Promise<Buffer> {
  const bytes = await readFile(join(dir, variant.file)).catch(() => undefined)
  if (bytes && createHash('sha256').update(bytes).digest('hex') === variant.sha256) return bytes
  const sentence = `${variant.file}: ${bytes ? 'sha256 differs from the manifest' : 'is missing'}; install the bundle again.`
  throw new Refusal('NS_BUNDLE_DIGEST', sentence)
}

function unusable({ rung, variant }: ExecutorPlan, cause: unknown): Refusal {
  if (rung === 'webgpu') {
    const sentence = `${variant.file} cannot be opened through WebGPU; install a Vulkan driver, or leave it to the rung below.`
    return new Refusal('NS_RUNG_LIBRARY', sentence, { cause })
  }
  const sentence = `${variant.file}: ONNX Runtime cannot load it; install the bundle again or another version.`
  return new Refusal('NS_INFERENCE_FAILED', sentence, { cause })
}

export interface OnnxSession {
  run(inputs: Tensors): Promise<Tensors>
  /** As `run`, but the outputs are the session's own memory and hold until the next run only. */
  borrow?(inputs: Tensors): Promise<Tensors>
  /** Losses in a row of the part that was lost most often; only where there are parts. */
  readonly strikes?: number
  close(): Promise<void>
}

/**
 * Loads the variant of a plan.
 * @throws Refusal NS_INFERENCE_RUNTIME_MISSING, NS_BUNDLE_DIGEST, NS_RUNG_LIBRARY or NS_INFERENCE_FAILED
 */
export async function openSession(plan: ExecutorPlan): Promise<OnnxSession> {
  const runtime = await loadRuntime(plan.runtime)
  const bytes = await readVariant(plan)
  let session: Ort.InferenceSession
  try {
    session = await runtime.InferenceSession.create(bytes, {
      // A plain string: the binding (1.30) takes no other key of this provider, `deviceId` included.
      executionProviders: plan.rung === 'webgpu' ? ['webgpu', 'cpu'] : ['cpu'],
      intraOpNumThreads: plan.threads,
      interOpNumThreads: 1,
      logSeverityLevel: 3,
      ...(plan.profile === undefined
        ? {}
        : { enableProfiling: true, profileFilePrefix: plan.profile }),
      // Spinning threads would take the cores from the agent between two batches.
      extra: { session: { intra_op: { allow_spinning: '0' } } }
    })
  } catch (cause) {
    throw unusable(plan, cause)
  }
  return {
    run: (inputs) => run(runtime, session, inputs),
    close: () => {
      if (plan.profile !== undefined) session.endProfiling() // writes the file
      return session.release()
    }
  }
}

async function run(
  runtime: Runtime,
  session: Ort.InferenceSession,
  inputs: Tensors
): Promise<Tensors> {
  let results: Ort.InferenceSession.ReturnType
  try {
    const feeds: Record<string, Ort.Tensor> = {}
    for (const name of session.inputNames) {
      const tensor = inputs[name]
      if (!tensor) throw new Error(`input ${name} is missing`)
      feeds[name] = new runtime.Tensor(ORT_TYPES[tensor.datatype], tensor.data, [...tensor.shape])
    }
    results = await session.run(feeds)
  } catch (cause) {
    // The runtime's message may quote values of the input: it stays the cause and reaches no report.
    const sentence = 'The input tensors do not fit the model; compare names, types and shapes.'
    throw new Refusal('NS_INFERENCE_INPUT', sentence, { cause })
  }
  const outputs: Record<string, Tensor> = {}
  for (const name of session.outputNames) {
    const result = results[name]
    const datatype = OIP_TYPES.get(String(result?.type))
    if (!result || !datatype) continue
    outputs[name] = { datatype, shape: result.dims, data: result.data as TensorData }
  }
  return outputs
}
