// The inside of an engine build: one session whose provider writes the engine while it is made, and a second
// one that proves that the result can be opened. Knows the C API as an interface only.

import { join } from 'node:path'
import type { BuildPlan, FromBuilder, MachineFacts, ToBuilder } from './engine-build-protocol.ts'
import { profileText } from './engine-key.ts'
import { type GpuFacts, type OrtApi, OrtFailure } from './ort-port.ts'
import { Refusal } from './refusal.ts'

/** Name of the EPContext model in the folder of an engine. */
export const ENGINE_MODEL = 'model.onnx'

/** Threads of what stays on the CPU while TensorRT builds. */
const THREADS = 1
/** ONNX Runtime writes what TensorRT says as warnings. */
const WARNINGS = 2

/** Options of the TensorRT provider for a build (ONNX Runtime, TensorRT execution provider, options). */
export function buildOptions(plan: BuildPlan): Record<string, string> {
  const { key, dir, timingDir, workspaceBytes } = plan
  const { min, opt, max } = key.profile
  const shaped = Object.keys(opt).length > 0
  return {
    // First, so that no flag replaces what is ours.
    ...key.flags,
    device_id: '0', // CUDA_VISIBLE_DEVICES shows this process one GPU
    trt_max_workspace_size: String(workspaceBytes),
    trt_fp16_enable: key.precision === 'fp32' ? '0' : '1',
    trt_int8_enable: key.precision === 'int8' ? '1' : '0',
    ...(shaped
      ? {
          trt_profile_min_shapes: profileText(min),
          trt_profile_opt_shapes: profileText(opt),
          trt_profile_max_shapes: profileText(max)
        }
      : {}),
    trt_timing_cache_enable: '1',
    trt_timing_cache_path: timingDir,
    // The plan lies beside the model that names it; the path of the cache is relative to that.
    trt_engine_cache_enable: '1',
    trt_dump_ep_context_model: '1',
    trt_ep_context_file_path: join(dir, ENGINE_MODEL),
    trt_ep_context_embed_mode: '0',
    // The progress is read from it.
    trt_detailed_build_log: '1'
  }
}

const cuda = { name: 'cuda', options: { device_id: '0' } } as const

/**
 * Builds the engine of a plan into its folder.
 * @returns whether TensorRT took every node, so that the engine runs without another provider
 * @throws Refusal NS_ENGINE_BUILD, the library's words as its cause
 */
export function buildEngine(api: OrtApi, plan: BuildPlan): boolean {
  const tensorrt = { name: 'tensorrt', options: buildOptions(plan) } as const
  try {
    const providers = [tensorrt, cuda]
    api.createSession(plan.file, { threads: THREADS, logSeverity: WARNINGS, providers }).close()
  } catch (cause) {
    throw refused('TensorRT could not build the engine', cause)
  }
  try {
    return opensAlone(api, join(plan.dir, ENGINE_MODEL))
  } catch (cause) {
    throw refused('The engine was built but cannot be opened', cause)
  }
}

function opensAlone(api: OrtApi, model: string): boolean {
  const tensorrt = { name: 'tensorrt', options: { device_id: '0' } } as const
  try {
    // With this entry a node that would fall to the CPU makes the session fail.
    const config = { 'session.disable_cpu_ep_fallback': '1' }
    api.createSession(model, { threads: THREADS, config, providers: [tensorrt] }).close()
    return true
  } catch (error) {
    if (!(error instanceof OrtFailure)) throw error
    api.createSession(model, { threads: THREADS, providers: [tensorrt, cuda] }).close()
    return false
  }
}

function refused(what: string, cause: unknown): unknown {
  if (!(cause instanceof OrtFailure)) return cause
  return new Refusal('NS_ENGINE_BUILD', `${what}; the detail has its own words.`, { cause })
}

/** What a builder needs of its machine; recorded answers stand in their place in tests. */
export interface BuilderParts {
  openApi(libraries: readonly string[]): OrtApi
  readFacts(): GpuFacts
}

function factsOf(api: OrtApi, facts: GpuFacts): MachineFacts {
  return { ...facts, onnxruntime: api.version }
}

/** Answers one message of the agent. Never throws. */
export function answerBuilder(message: ToBuilder, parts: BuilderParts): FromBuilder {
  try {
    const api = parts.openApi(message.libraries)
    if (message.type === 'facts') return { type: 'facts', facts: factsOf(api, parts.readFacts()) }
    const startedMs = performance.now()
    const whole = buildEngine(api, message.plan)
    return { type: 'built', whole, buildMs: performance.now() - startedMs }
  } catch (error) {
    if (!(error instanceof Refusal)) {
      const sentence = 'The process that builds engines met an unexpected fault; try again.'
      return { type: 'failed', code: 'NS_ENGINE_BUILD', sentence, detail: String(error) }
    }
    const { code, message: sentence, cause } = error
    return { type: 'failed', code, sentence, detail: cause instanceof Error ? cause.message : null }
  }
}
