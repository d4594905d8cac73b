// One model file in an executor of its own, outside the pool and its queues: tensors in, tensors out, one batch
// at a time. For parts of a split model and for commands that prove a file; checks of the bundle come before.

import { NearsideError } from '../../contract/index.ts'
import { type Clock, systemClock } from '../../kernel/clock.ts'
import { digestFile } from '../../models/index.ts'
import { Executor } from './executor.ts'
import { type ExecutorPlan, ON_CPU } from './executor-protocol.ts'
import { Serial } from './serial.ts'
import { DEFAULT_INFERENCE_SETTINGS, type InferenceSettings } from './settings.ts'
import type { Tensors } from './tensors.ts'

export interface TensorFile {
  /** Folder of the bundle. */
  readonly dir: string
  readonly file: string
  /** Compared with what is loaded; without it the file is believed as it lies there. */
  readonly sha256?: string
}

export interface TensorExecutorOptions {
  readonly settings?: Partial<InferenceSettings>
  readonly clock?: Clock
  /** Rung, device and binding; default: the CPU through the stock binding. */
  readonly placement?: Pick<ExecutorPlan, 'rung' | 'deviceId' | 'binding' | 'libraries'>
  /** Called when its process has begun or ended. */
  readonly onPid?: () => void
}

export interface TensorRun {
  readonly outputs: Tensors
  readonly computeMs: number
  /** When the run began, ms since 1970 with fractions, by the executor's clock. */
  readonly startedAtMs: number
}

export interface TensorExecutor {
  /** Process that holds the session. */
  readonly pid: number | undefined
  /** Times that it was lost since the last good batch. */
  readonly strikes: number
  /** @throws NearsideError NS_INFERENCE_*, NS_WORKER_FAILED */
  run(inputs: Tensors): Promise<TensorRun>
  close(): Promise<void>
}

/**
 * Loads a file.
 * @throws NearsideError NS_INFERENCE_RUNTIME_MISSING, NS_INFERENCE_FAILED, NS_BUNDLE_DIGEST, NS_WORKER_FAILED
 */
export async function openTensorExecutor(
  source: TensorFile,
  options: TensorExecutorOptions = {}
): Promise<TensorExecutor> {
  const { settings: changed, clock = systemClock, placement = ON_CPU, onPid } = options
  const settings = { ...DEFAULT_INFERENCE_SETTINGS, ...changed }
  const { threads, runtime, shell, startDeadlineMs, batchDeadlineMs } = settings
  const sha256 = source.sha256 ?? (await digestFile(source.dir, source.file)).sha256
  const plan: ExecutorPlan = {
    dir: source.dir,
    variant: { file: source.file, sha256 },
    windows: undefined,
    maxBatch: 1,
    threads,
    runtime,
    ...placement
  }
  const executor = new Executor({
    ...{ plan, shell, clock, startDeadlineMs },
    ...(onPid ? { onPid } : {})
  })
  await executor.start()
  const turns = new Serial()
  return {
    get pid() {
      return executor.pid
    },
    get strikes() {
      return executor.strikes
    },
    run: (inputs) =>
      turns.run(async () => {
        const done = await executor.run({ kind: 'tensors', inputs }, batchDeadlineMs)
        const { result, computeMs, startedAtMs = Number.NaN } = done
        if (result.kind !== 'tensors')
          throw new NearsideError('NS_INTERNAL', 'The executor answered tensors with documents.')
        return { outputs: result.outputs, computeMs, startedAtMs }
      }),
    close: () => executor.close()
  }
}
