// One executor of a model on a stated rung, outside the pool: for measuring a setting before it is used. It
// proves the golden outputs, because the speed of wrong answers is worth nothing, and knows no queue.

import { type GoldenTensor, NearsideError, type Rung } from '../../contract/index.ts'
import { type Clock, systemClock } from '../../kernel/clock.ts'
import { type Bundle, goldenCheck, readGolden } from '../../models/index.ts'
import { Executor } from './executor.ts'
import { type EnginePlan, ON_CPU, type WorkResult } from './executor-protocol.ts'
import { gpuLibraryFolders, missingProviders } from './gpu-libraries.ts'
import { hasNvidiaGpu } from './provider-ladder.ts'
import { DEFAULT_INFERENCE_SETTINGS, type InferenceSettings } from './settings.ts'
import { type Tensors, tensorFrom } from './tensors.ts'
import { windowSettings } from './window-settings.ts'

export interface TrialPlan {
  readonly bundle: Bundle
  readonly variant: Bundle['manifest']['variants'][number]
  readonly rung: Rung
  /** Which GPU; 0 on the CPU. */
  readonly deviceId: number
  /** Threads of one run. */
  readonly threads: number
  /** Where the profile of ONNX Runtime goes; its name begins so. */
  readonly profile?: string | undefined
}

export interface TrialOptions {
  readonly settings?: Partial<InferenceSettings> | undefined
  readonly clock?: Clock | undefined
  /**
   * Finds the TensorRT engine of a variant.
   * @throws NearsideError NS_ENGINE_MISSING, NS_ENGINE_FOREIGN
   */
  readonly engine?: ((variant: TrialPlan['variant']) => Promise<EnginePlan>) | undefined
}

export interface TrialRun {
  /** Time that the session took, ms. */
  readonly computeMs: number
  /** When it began, ms since 1970 with fractions, by the clock of the executor's process. */
  readonly startedAtMs: number
}

export interface Trial {
  /** Process that holds the session. */
  readonly pid: number | undefined
  /**
   * Runs one batch.
   * @throws NearsideError NS_INFERENCE_*, NS_WORKER_FAILED
   */
  run(inputs: Tensors): Promise<TrialRun>
  /** @throws NearsideError NS_RUNG_GOLDEN when the outputs are not those of the bundle's makers */
  prove(): Promise<void>
  close(): Promise<void>
}

/** Why this machine lacks the rung, before anything is started for it; undefined when it can be tried. */
export function rungRefusal(rung: Rung, nvidia = hasNvidiaGpu()): NearsideError | undefined {
  if (rung === 'cpu' || rung === 'webgpu') return undefined
  if (!nvidia) return new NearsideError('NS_RUNG_NO_GPU', 'No NVIDIA GPU was found.')
  const missing = missingProviders(rung, gpuLibraryFolders())
  return missing === null ? undefined : new NearsideError('NS_RUNG_LIBRARY', missing)
}

/** What an executor needs to know of the rung. */
async function placeOf({ rung, deviceId, variant }: TrialPlan, { engine }: TrialOptions) {
  if (rung === 'cpu' || rung === 'webgpu') return { ...ON_CPU, rung, deviceId }
  const ffi = { rung, deviceId, binding: 'ffi', libraries: gpuLibraryFolders() } as const
  if (rung === 'cuda') return ffi
  if (engine) return { ...ffi, engine: await engine(variant) }
  const sentence = 'No TensorRT engine of this model was built yet.'
  throw new NearsideError('NS_ENGINE_MISSING', sentence)
}

/**
 * Starts an executor on the rung of the plan.
 * @throws NearsideError NS_RUNG_* with the sentence of the ladder, NS_INFERENCE_*, NS_BUNDLE_DIGEST
 */
export async function openTrial(plan: TrialPlan, options: TrialOptions = {}): Promise<Trial> {
  const { bundle, variant, rung, threads, profile } = plan
  const refusal = rungRefusal(rung)
  if (refusal) throw refusal
  const place = await placeOf(plan, options)
  const settings = { ...DEFAULT_INFERENCE_SETTINGS, ...options.settings }
  const executor = new Executor({
    plan: {
      dir: bundle.dir,
      variant: { file: variant.file, sha256: variant.sha256 },
      windows: windowSettings(bundle.manifest.pre),
      maxBatch: bundle.manifest.batching.maxBatch,
      threads,
      runtime: settings.runtime,
      ...place,
      ...(profile === undefined ? {} : { profile })
    },
    shell: settings.shell,
    clock: options.clock ?? systemClock,
    startDeadlineMs: settings.startDeadlineMs
  })
  await executor.start()
  const run = (inputs: Tensors) =>
    executor.run({ kind: 'tensors', inputs }, settings.batchDeadlineMs)
  return {
    get pid() {
      return executor.pid
    },
    run: async (inputs) => {
      const { computeMs, startedAtMs = Number.NaN } = await run(inputs)
      return { computeMs, startedAtMs }
    },
    prove: () => prove(plan, async (inputs) => (await run(inputs)).result),
    close: () => executor.close()
  }
}

type Run = (inputs: Tensors) => Promise<WorkResult>

async function prove({ bundle, variant, rung }: TrialPlan, run: Run): Promise<void> {
  const golden = await readGolden(bundle.dir)
  const result = await goldenCheck(golden, variant.precision, async (inputs) => {
    const tensors = Object.entries(inputs).map(([name, tensor]: [string, GoldenTensor]) => [
      name,
      tensorFrom(tensor)
    ])
    const answer = await run(Object.fromEntries(tensors))
    return answer.kind === 'tensors' ? answer.outputs : {}
  })
  if (result.ok) return
  const { name, version } = bundle.manifest
  const sentence = `${name} ${version} does not give its golden outputs on the rung ${rung}. ${result.sentence}`
  throw new NearsideError('NS_RUNG_GOLDEN', sentence)
}
