// One executor of a model on a stated rung, outside the pool: for measuring a setting before it is used. It
// proves the golden outputs, because the speed of wrong answers is worth nothing, and knows no queue.

import { type ModelVariant, NearsideError, type Rung } from '../../contract/index.ts'
import { type Clock, systemClock } from '../../kernel/clock.ts'
import { type Bundle, readGolden } from '../../models/index.ts'
import { executorFor } from './executor-for.ts'
import type { EnginePlan } from './executor-protocol.ts'
import { missingProviders } from './gpu-libraries.ts'
import type { RungFacts } from './rung-facts.ts'
import { machineObstacle } from './rung-obstacle.ts'
import { isNvidiaRung, rungPlan } from './rung-plan.ts'
import { prove, refusalOf } from './rung-probe.ts'
import { DEFAULT_INFERENCE_SETTINGS, type InferenceSettings } from './settings.ts'
import type { Tensors } from './tensors.ts'

export interface TrialPlan {
  readonly bundle: Pick<Bundle, 'dir' | 'manifest'>
  readonly variant: ModelVariant
  readonly rung: Rung
  /** Which GPU; 0 on the CPU. */
  readonly deviceId: number
  /** Threads of one run. */
  readonly threads: number
  /** Where the profile of ONNX Runtime goes; its name begins so. */
  readonly profile?: string | undefined
}

export interface TrialOptions {
  readonly facts: RungFacts
  readonly settings?: Partial<InferenceSettings> | undefined
  readonly clock?: Clock | undefined
  /**
   * Finds the TensorRT engine of a variant.
   * @throws NearsideError NS_ENGINE_MISSING, NS_ENGINE_FOREIGN, NS_ENGINE_BUILD
   */
  readonly engine?: ((variant: ModelVariant) => Promise<EnginePlan>) | undefined
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

/** What this machine lacks for the rung, in the words of the ladder; undefined when it can be tried. */
export function rungRefusal(rung: Rung, facts: RungFacts): NearsideError | undefined {
  const obstacle = machineObstacle(rung, facts)
  if (obstacle) return new NearsideError(obstacle.code, obstacle.sentence)
  const missing = isNvidiaRung(rung) ? missingProviders(rung, facts.libraryFolders) : null
  return missing === null ? undefined : new NearsideError('NS_RUNG_LIBRARY', missing)
}

/**
 * Starts an executor on the rung of the plan, in a process of its own.
 * @throws NearsideError with the code and the sentence that the ladder has for it
 */
export async function openTrial(plan: TrialPlan, options: TrialOptions): Promise<Trial> {
  const { variant, rung } = plan
  const refusal = rungRefusal(rung, options.facts)
  if (refusal) throw refusal
  if (rung === 'tensorrt' && variant.parts) {
    const sentence = `${variant.file} is in parts, which TensorRT does not run; measure the bundle in one piece.`
    throw new NearsideError('NS_RUNG_NO_VARIANT', sentence)
  }
  const settings = { ...DEFAULT_INFERENCE_SETTINGS, ...options.settings }
  const executor = executorFor({
    plan: await executorPlan(plan, options),
    shell: 'process',
    clock: options.clock ?? systemClock,
    startDeadlineMs: settings.startDeadlineMs
  })
  const inWords = (error: unknown): NearsideError => {
    const words = executor.lastWords
    const tried = { rung, precision: variant.precision }
    const { code, sentence, detail } = refusalOf(error, tried, words)
    const details = detail === null ? {} : { detail }
    return new NearsideError(code, sentence, { cause: error, details })
  }
  try {
    await executor.start()
  } catch (error) {
    await executor.close()
    throw inWords(error)
  }
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
    prove: async () => {
      const asked = {
        run: async (inputs: Tensors) => {
          const { result, computeMs } = await run(inputs)
          return { outputs: result.kind === 'tensors' ? result.outputs : {}, computeMs }
        },
        close: async () => undefined,
        lastWords: () => executor.lastWords
      }
      const golden = await readGolden(plan.bundle.dir)
      await prove(asked, golden, variant.precision).catch((error: unknown) => {
        throw inWords(error)
      })
    },
    close: () => executor.close()
  }
}

async function executorPlan(plan: TrialPlan, { facts, settings, engine }: TrialOptions) {
  const { bundle, variant, rung, deviceId, threads, profile } = plan
  if (rung === 'tensorrt' && !engine)
    throw new NearsideError('NS_ENGINE_MISSING', 'No TensorRT engine of this model was built yet.')
  return rungPlan({
    ...{ bundle, variant, rung, deviceId, profile },
    libraryFolders: facts.libraryFolders,
    settings: { ...DEFAULT_INFERENCE_SETTINGS, ...settings, threads },
    engine: rung === 'tensorrt' ? await engine?.(variant) : undefined
  })
}
