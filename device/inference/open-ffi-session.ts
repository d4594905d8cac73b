// Opens the session of a plan through the C API: on the CPU, by CUDA, or a built TensorRT engine. Says whose fault
// it is when it cannot be opened. Lives in a child process (executor-main.ts).

import { openCudaDriver } from './cuda-driver.ts'
import type { ExecutorPlan } from './executor-protocol.ts'
import { FfiSession } from './ffi-session.ts'
import type { GpuDriver, GpuUse } from './gpu-port.ts'
import type { OnnxSession } from './onnx-session.ts'
import { openLibrary, verifyPlan } from './ort-library.ts'
import { type NativeSession, type OrtApi, OrtFailure, type SessionSetup } from './ort-port.ts'
import { Refusal } from './refusal.ts'

const CUDA_OPTIONS = {
  // CUDA_VISIBLE_DEVICES shows this process one GPU.
  device_id: '0',
  arena_extend_strategy: 'kSameAsRequested',
  cudnn_conv_algo_search: 'HEURISTIC'
}

const FATAL = 4

/** Who may record the runs of a plan, see GpuUse. */
export function recordedBy({ rung, engine, profile }: ExecutorPlan): GpuUse['recordedBy'] {
  // A profile names each kernel; a recording is launched as one.
  if (profile !== undefined) return 'nobody'
  if (rung === 'cuda') return 'library'
  // What runs beside an engine computes in a queue of its own.
  return engine?.whole ? 'driver' : 'nobody'
}

/** What a plan asks of the library. */
export function sessionSetup(plan: ExecutorPlan, gpu?: GpuUse): SessionSetup {
  const { rung, threads, engine, profile } = plan
  const graphs = gpu?.recordedBy === 'library' ? { enable_cuda_graph: '1' } : {}
  const queue =
    gpu?.recordedBy === 'driver' ? { user_compute_stream: String(gpu.driver.stream) } : {}
  const cuda = { name: 'cuda', options: { ...CUDA_OPTIONS, ...graphs } } as const
  const tensorrt = { name: 'tensorrt', options: { device_id: '0', ...queue } } as const
  const beside = engine?.whole ? [] : [cuda]
  return {
    ...(gpu ? { gpu } : {}),
    threads,
    providers: rung === 'tensorrt' ? [tensorrt, ...beside] : rung === 'cuda' ? [cuda] : [],
    // Spinning threads would take the cores from the agent between two batches.
    config: { 'session.intra_op.allow_spinning': '0' },
    // A refused run comes back as a status; its words about the input need not reach the log as well.
    logSeverity: FATAL,
    ...(profile === undefined ? {} : { profile })
  }
}

/** What ONNX Runtime says when a provider's libraries are not there, not when the model is at fault. */
const LIBRARY_WORDS =
  /Failed to load library|cannot open shared object|libonnxruntime_providers|undefined symbol/i
const NO_GPU_WORDS =
  /no CUDA-capable device|CUDA driver version is insufficient|CUDA failure 100\b/i

function unusable({ rung, variant }: ExecutorPlan, cause: unknown): Refusal {
  const words = cause instanceof Error ? cause.message : ''
  if (NO_GPU_WORDS.test(words)) {
    const sentence = 'CUDA finds no GPU that it can use; compare the driver with nvidia-smi.'
    return new Refusal('NS_RUNG_NO_GPU', sentence, { cause })
  }
  if (rung !== 'cpu' && LIBRARY_WORDS.test(words)) {
    const sentence = `A library that the rung ${rung} needs cannot be loaded; install the GPU package, or name its folder in NEARSIDE_GPU_LIBRARIES.`
    return new Refusal('NS_RUNG_LIBRARY', sentence, { cause })
  }
  const sentence = `${variant.file}: ONNX Runtime cannot load it on the rung ${rung}; install the bundle again or another version.`
  return new Refusal('NS_INFERENCE_FAILED', sentence, { cause })
}

/** What ONNX Runtime says of a model that it cannot record: parts of it run on the CPU, or it has branches. */
const NO_RECORDING_WORDS = /graph capture/i

/** A session of a file, recorded where plan and model allow it. @throws OrtFailure */
export function createSession(
  api: OrtApi,
  file: string,
  { plan, driver }: { plan: ExecutorPlan; driver: GpuDriver | undefined }
): OnnxSession {
  if (!driver) return new FfiSession(api.createSession(file, sessionSetup(plan)))
  const create = (by: GpuUse['recordedBy']): NativeSession =>
    api.createSession(file, sessionSetup(plan, { driver, recordedBy: by }))
  const unrecorded = (): NativeSession => create('nobody')
  try {
    return new FfiSession(create(recordedBy(plan)), unrecorded)
  } catch (error) {
    if (!(error instanceof OrtFailure && NO_RECORDING_WORDS.test(error.message))) throw error
    return new FfiSession(unrecorded())
  }
}

/**
 * Loads the variant of a plan, or the engine on the rung tensorrt.
 * @throws Refusal NS_RUNG_LIBRARY, NS_RUNG_NO_GPU, NS_BUNDLE_DIGEST, NS_ENGINE_MISSING, NS_ENGINE_FOREIGN or
 *   NS_INFERENCE_FAILED
 */
export async function openFfiSession(plan: ExecutorPlan): Promise<OnnxSession> {
  const api = openLibrary(plan)
  // The GPU makes its context while the file is read; what is wrong with the file is said first.
  const opening = plan.rung === 'cpu' ? undefined : openCudaDriver()
  opening?.catch(() => undefined)
  const file = await verifyPlan(plan, api)
  try {
    const driver = await opening?.catch((refusal: unknown) => {
      // The library knows best what is missing; where it finds a GPU nevertheless, the driver is at fault.
      api.createSession(file, sessionSetup(plan)).close()
      throw refusal
    })
    return createSession(api, file, { plan, driver })
  } catch (cause) {
    throw cause instanceof Refusal ? cause : unusable(plan, cause)
  }
}
