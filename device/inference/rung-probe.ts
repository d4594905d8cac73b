// One throw-away executor on one rung: opened, proved with the bundle's golden outputs, ended. Says in one
// sentence why a rung cannot be used. Which rung is then taken is decided by `provider-ladder.ts`.

import {
  type ErrorCode,
  type GoldenFile,
  NearsideError,
  type Precision,
  type Rung,
  toNearsideError
} from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import { goldenCheck } from '../../models/index.ts'
import { executorFor } from './executor-for.ts'
import type { ExecutorPlan } from './executor-protocol.ts'
import type { InferenceSettings } from './settings.ts'
import { type Tensors, tensorFrom } from './tensors.ts'

export interface RungTrial {
  /**
   * Runs one batch.
   * @throws NearsideError NS_INFERENCE_*, NS_WORKER_FAILED
   */
  run(inputs: Tensors): Promise<{ readonly outputs: Tensors; readonly computeMs: number }>
  /** Ends the executor; harmless when it is gone. */
  close(): Promise<void>
  /** What its libraries said last, complete once it was closed; null when they said nothing. */
  lastWords(): string | null
}

/** @throws NearsideError what the executor could not be started with; nothing is left behind */
export type OpenTrial = (plan: ExecutorPlan) => Promise<RungTrial>

interface TrialDeps {
  readonly clock: Clock
  readonly settings: Pick<InferenceSettings, 'startDeadlineMs' | 'batchDeadlineMs'>
}

/** An error with the words of the library, unless it has them already. */
function withWords(error: unknown, words: string | null): unknown {
  const { code, message, details, cause } = toNearsideError(error)
  if (words === null || typeof details['detail'] === 'string') return error
  return new NearsideError(code, message, { cause, details: { ...details, detail: words } })
}

/** Trials in child processes, whatever the rung: a library that crashes or hangs costs the rung only. */
export function processTrials({ clock, settings }: TrialDeps): OpenTrial {
  const { startDeadlineMs, batchDeadlineMs } = settings
  return async (plan) => {
    const executor = executorFor({ plan, shell: 'process', clock, startDeadlineMs })
    try {
      await executor.start()
    } catch (error) {
      await executor.close()
      throw withWords(error, executor.lastWords)
    }
    return {
      lastWords: () => executor.lastWords,
      run: async (inputs) => {
        const { result, computeMs } = await executor.run(
          { kind: 'tensors', inputs },
          batchDeadlineMs
        )
        return { outputs: result.kind === 'tensors' ? result.outputs : {}, computeMs }
      },
      close: () => executor.close()
    }
  }
}

/** Inputs of a golden case as executors take them. */
function tensorsOf(inputs: GoldenFile['cases'][number]['inputs']): Tensors {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, tensor]) => [name, tensorFrom(tensor)])
  )
}

/** Inputs of every golden case. */
export function goldenInputs({ cases }: GoldenFile): Tensors[] {
  return cases.map(({ inputs }) => tensorsOf(inputs))
}

/**
 * Compares with the golden outputs within the tolerance of the precision.
 * @returns the sentence of the comparison
 * @throws NearsideError NS_RUNG_GOLDEN, or what the trial refuses to run with
 */
export async function prove(
  trial: RungTrial,
  golden: GoldenFile,
  precision: Precision
): Promise<string> {
  const result = await goldenCheck(golden, precision, async (inputs) => {
    const { outputs } = await trial.run(tensorsOf(inputs))
    return outputs
  })
  if (!result.ok) throw new NearsideError('NS_RUNG_GOLDEN', result.sentence)
  return result.sentence
}

/** Rungs as sentences name them. */
export const RUNG_NAMES: Readonly<Record<Rung, string>> = {
  tensorrt: 'the GPU by TensorRT',
  cuda: 'the GPU by CUDA',
  webgpu: 'the GPU by WebGPU',
  cpu: 'the CPU'
}

const LIBRARY_NAME = /[\w.+-]+\.so(?:\.\d+)*/
/** The binding's words for a provider that its library was built without. */
const NOT_BUILT = /backend not found/

function detailOf({ details, cause }: NearsideError): string | null {
  const said = details['detail']
  if (typeof said === 'string') return said
  return cause instanceof Error ? (cause.message.split('\n', 1)[0] ?? null) : null
}

interface Tried {
  readonly rung: Rung
  readonly precision: Precision
}

export interface Refused {
  readonly code: ErrorCode
  readonly sentence: string
  readonly detail: string | null
}

const ON_LIBRARY = 'install the GPU package, or name its folder in NEARSIDE_GPU_LIBRARIES'

function librarySentence({ rung }: Tried, said: string, detail: string | null): string {
  const name = LIBRARY_NAME.exec(detail ?? '')?.[0]
  // What the executor says of the provider's own files names them already.
  if (rung === 'webgpu' || name === undefined || said.includes(name)) return said
  return `${name}, which ${RUNG_NAMES[rung]} needs, is missing or cannot be loaded; ${ON_LIBRARY}.`
}

const LOWER_RUNG = 'update the driver and libraries of this rung, or leave it to the rung below'

/**
 * What a failed trial means for its rung, in words that somebody can act on.
 * @param words what the libraries said last, for want of a better detail
 */
export function refusalOf(thrown: unknown, tried: Tried, words: string | null = null): Refused {
  const error = toNearsideError(thrown)
  const { code, message } = error
  const detail = detailOf(error) ?? words
  const where = `${tried.precision.toUpperCase()} on ${RUNG_NAMES[tried.rung]}`
  if (tried.rung === 'webgpu' && NOT_BUILT.test(detail ?? '')) {
    const sentence = `The ONNX Runtime that ships for ${process.platform} on ${process.arch} has no WebGPU.`
    return { code: 'NS_RUNG_NOT_OFFERED', sentence, detail }
  }
  const onCpu = tried.rung === 'cpu' // which has no driver, and no rung below
  switch (code) {
    case 'NS_RUNG_LIBRARY':
      return { code, sentence: librarySentence(tried, message, detail), detail }
    case 'NS_RUNG_GOLDEN':
      return {
        code,
        sentence: `${where} does not give the golden outputs of the model and is not used. ${message}`,
        detail
      }
    case 'NS_INFERENCE_INPUT': {
      // The bundle's own inputs: it is the rung that cannot compute with them.
      const mend = onCpu ? 'install another version' : LOWER_RUNG
      const sentence = `${where} cannot run the golden inputs of the model and is not used; ${mend}.`
      return { code: 'NS_RUNG_GOLDEN', sentence, detail }
    }
    case 'NS_WORKER_FAILED': {
      const mend = onCpu ? 'install another version if it happens again' : LOWER_RUNG
      const sentence = `The trial of ${where} ended unexpectedly; ${mend}.`
      return { code: 'NS_RUNG_CRASHED', sentence, detail }
    }
    case 'NS_INFERENCE_DEADLINE': {
      const mend = onCpu ? 'install another version' : 'update the driver of this rung'
      const sentence = `The trial of ${where} did not answer in time and was ended; restart the device, and ${mend} if it happens again.`
      return { code, sentence, detail: detail ?? message }
    }
    default:
      return { code, sentence: message, detail }
  }
}
