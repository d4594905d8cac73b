// Which files of a bundle a rung may run, in which order they are tried, and the executor plan of each. Knows
// nothing of results.

import type { ModelManifest, ModelVariant, Precision, Rung } from '../../contract/index.ts'
import type { Bundle } from '../../models/index.ts'
import { type EnginePlan, type ExecutorPlan, ON_CPU, type PartsPlan } from './executor-protocol.ts'
import { pipelinesOver, placeParts } from './part-placement.ts'
import type { RungFacts } from './rung-facts.ts'
import { DEFAULT_INFERENCE_SETTINGS, type InferenceSettings } from './settings.ts'
import type { WindowSettings } from './window-settings.ts'

/**
 * INT8 first on a CPU, where it is the fastest (runtime.md section 4); FP16 first on a GPU (section 8.4: INT8
 * gains nothing over it there). Only the order of trying: what is used is measured.
 */
const ORDER: Readonly<Record<'cpu' | 'gpu', readonly Precision[]>> = {
  cpu: ['int8', 'fp32', 'fp16', 'int4'],
  gpu: ['fp16', 'int8', 'fp32', 'int4']
}

/**
 * Variants of a bundle that name the rung, in the order in which they are tried. TensorRT has none in parts: its
 * engines are built of whole files, and a model is cut because one device shall not hold the whole.
 */
export function variantsFor({ variants }: ModelManifest, rung: Rung): ModelVariant[] {
  const order = ORDER[rung === 'cpu' ? 'cpu' : 'gpu']
  return variants
    .filter(({ rungs, parts }) => rungs.includes(rung) && !(parts && rung === 'tensorrt'))
    .sort((a, b) => order.indexOf(a.precision) - order.indexOf(b.precision))
}

export const isNvidiaRung = (rung: Rung): rung is 'cuda' | 'tensorrt' =>
  rung === 'cuda' || rung === 'tensorrt'

/**
 * GPUs that may run a rung, as they are counted in `gpus`.
 * @param computeCapability of an engine, which other GPUs cannot load
 */
export function devicesFor(
  rung: Rung,
  { gpus }: Pick<RungFacts, 'gpus'>,
  computeCapability?: string
): number[] {
  // WebGPU takes no device number; a GPU that no tool names is still number 0.
  if (!isNvidiaRung(rung) || gpus.length === 0) return [0]
  const all = gpus.map((_, index) => index)
  if (computeCapability === undefined) return all
  return all.filter((index) => {
    const own = gpus[index]?.computeCapability ?? null
    return own === null || own === computeCapability
  })
}

type PlanSettings = Pick<InferenceSettings, 'threads' | 'runtime'> &
  Partial<Pick<InferenceSettings, 'startDeadlineMs' | 'batchDeadlineMs'>>

export interface RungPlanOptions {
  readonly bundle: Pick<Bundle, 'dir' | 'manifest'>
  readonly variant: Pick<ModelVariant, 'file' | 'sha256' | 'parts'>
  readonly rung: Rung
  readonly deviceId: number
  /** Devices that the parts of a variant are dealt out to; default: all on `deviceId`. */
  readonly deviceIds?: readonly number[] | undefined
  readonly libraryFolders: readonly string[]
  readonly settings: PlanSettings
  /** On the rung tensorrt only. */
  readonly engine?: EnginePlan | undefined
  /** How documents become tensors; a trial takes tensors only. */
  readonly windows?: WindowSettings | undefined
  readonly profile?: string | undefined
}

function partsPlan(options: RungPlanOptions): PartsPlan | undefined {
  const { bundle, variant, deviceId, deviceIds = [deviceId], settings } = options
  const { parts } = variant
  if (!parts) return undefined
  const { startDeadlineMs, batchDeadlineMs } = { ...DEFAULT_INFERENCE_SETTINGS, ...settings }
  const { outputs } = bundle.manifest
  const [devices = deviceIds] = pipelinesOver(parts.length, deviceIds)
  const placed = placeParts(parts, devices)
  return {
    parts: parts.map((part, index) => ({ part, deviceId: placed[index] ?? deviceId })),
    outputs: outputs.map(({ name }) => name),
    startDeadlineMs,
    batchDeadlineMs
  }
}

/** The plan of an executor on a rung: cuda and tensorrt through the C API, cpu and webgpu as npm has them. */
export function rungPlan(options: RungPlanOptions): ExecutorPlan {
  const { bundle, variant, rung, deviceId, libraryFolders, settings, engine, profile } = options
  const nvidia = isNvidiaRung(rung)
  const parts = partsPlan(options)
  return {
    dir: bundle.dir,
    variant: { file: variant.file, sha256: variant.sha256 },
    windows: options.windows,
    maxBatch: bundle.manifest.batching.maxBatch,
    threads: settings.threads,
    runtime: settings.runtime,
    ...ON_CPU,
    rung,
    ...(nvidia ? { deviceId, binding: 'ffi', libraries: libraryFolders } : {}),
    ...(parts ? { parts } : {}),
    ...(engine === undefined ? {} : { engine }),
    ...(profile === undefined ? {} : { profile })
  }
}
