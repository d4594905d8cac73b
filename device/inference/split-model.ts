// A variant in parts, loaded: one executor for each part, on the device that the caller names, and the pipeline
// through them. Takes tensors only: documents are tokenised before, by the executor that hands batches on.

import { type ModelPart, type ModelVariant, NearsideError } from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import { openPipelineServer, type PipelineStep } from './pipeline.ts'
import type { InferenceSettings } from './settings.ts'
import {
  openTensorExecutor,
  type TensorExecutor,
  type TensorExecutorOptions
} from './tensor-executor.ts'
import type { Tensors } from './tensors.ts'

export interface SplitModelOptions {
  /** Folder of the verified bundle. */
  readonly dir: string
  readonly variant: Pick<ModelVariant, 'file' | 'parts'>
  /** Names of the model's outputs. */
  readonly outputs: readonly string[]
  /** Rows of one micro-batch; default: as many as have proved the fastest. */
  readonly microRows?: number
  /** Where each part runs, in order; default: all on the CPU. */
  readonly placements?: readonly TensorExecutorOptions['placement'][]
  readonly settings?: Partial<InferenceSettings>
  readonly clock?: Clock
  readonly onStep?: (step: PipelineStep) => void
  /** Called when a process of a part has begun or ended. */
  readonly onPid?: () => void
}

export interface SplitModel {
  /** Processes that hold the parts. */
  readonly pids: readonly (number | undefined)[]
  /** Times that the part which was lost most often was lost since its last good micro-batch. */
  readonly strikes: number
  /** @throws NearsideError what the first part that failed said */
  run(inputs: Tensors): Promise<{ outputs: Tensors; computeMs: number }>
  close(): Promise<void>
}

/**
 * Loads all parts, one after the other, so that their loading does not need memory twice.
 * @throws NearsideError NS_USAGE_INVALID for a variant without parts, NS_INFERENCE_*, NS_BUNDLE_DIGEST
 */
export async function openSplitModel(options: SplitModelOptions): Promise<SplitModel> {
  const { variant, outputs, microRows, onStep, clock } = options
  const { parts } = variant
  if (!parts) {
    const sentence = `${variant.file} is in one piece; cut it with nearside models split.`
    throw new NearsideError('NS_USAGE_INVALID', sentence)
  }
  const executors: TensorExecutor[] = []
  const close = async (): Promise<void> => {
    await Promise.all(executors.map((executor) => executor.close()))
  }
  try {
    for (const [index, part] of parts.entries()) executors.push(await open(part, index, options))
  } catch (error) {
    await close()
    throw error
  }
  const pipeline = openPipelineServer({
    parts: executors.map((executor, index) => ({
      inputs: parts[index]?.inputs.map(({ name }) => name) ?? [],
      run: (inputs) => executor.run(inputs)
    })),
    outputs,
    microRows,
    ...(clock ? { clock } : {}),
    ...(onStep ? { onStep } : {})
  })
  return {
    get pids() {
      return executors.map(({ pid }) => pid)
    },
    get strikes() {
      return Math.max(...executors.map(({ strikes }) => strikes))
    },
    run: (inputs) => pipeline.run(inputs),
    close
  }
}

function open(part: ModelPart, index: number, options: SplitModelOptions): Promise<TensorExecutor> {
  const { dir, placements, settings, clock, onPid } = options
  const placement = placements?.[index]
  return openTensorExecutor(
    { dir, file: part.file, sha256: part.sha256 },
    {
      ...(settings ? { settings } : {}),
      ...(clock ? { clock } : {}),
      ...(placement ? { placement } : {}),
      ...(onPid ? { onPid } : {})
    }
  )
}
