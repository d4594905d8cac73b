// Which files of a bundle a rung may run, in which order they are tried, and the executor plan of each. Knows
// nothing of results.

import type { ModelManifest, ModelVariant, Precision, Rung } from '../../contract/index.ts'
import type { Bundle } from '../../models/index.ts'
import { type EnginePlan, type ExecutorPlan, ON_CPU } from './executor-protocol.ts'
import type { RungFacts } from './rung-facts.ts'
import type { InferenceSettings } from './settings.ts'
import type { WindowSettings } from './window-settings.ts'

/**
 * INT8 first on a CPU, where it is the fastest (runtime.md section 4); FP16 first on a GPU (section 8.4: INT8
 * gains nothing over it there). Only the order of trying: what is used is measured.
 */
const ORDER: Readonly<Record<'cpu' | 'gpu', readonly Precision[]>> = {
  cpu: ['int8', 'fp32', 'fp16', 'int4'],
  gpu: ['fp16', 'int8', 'fp32', 'int4']
}

/** Variants of a bundle that name the rung, in the order in which they are tried. */
export function variantsFor({ variants }: ModelManifest, rung: Rung): ModelVariant[] {
  const order = ORDER[rung === 'cpu' ? 'cpu' : 'gpu']
  return variants
    .filter(({ rungs }) => rungs.includes(rung))
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

export interface RungPlanOptions {
  readonly bundle: Pick<Bundle, 'dir' | 'manifest'>
  readonly variant: Pick<ModelVariant, 'file' | 'sha256'>
  readonly rung: Rung
  readonly deviceId: number
  readonly libraryFolders: readonly string[]
  readonly settings: Pick<InferenceSettings, 'threads' | 'runtime'>
  /** On the rung tensorrt only. */
  readonly engine?: EnginePlan | undefined
  /** How documents become tensors; a trial takes tensors only. */
  readonly windows?: WindowSettings | undefined
  readonly profile?: string | undefined
}

/** The plan of an executor on a rung: cuda and tensorrt through the C API, cpu and webgpu as npm has them. */
export function rungPlan(options: RungPlanOptions): ExecutorPlan {
  const { bundle, variant, rung, deviceId, libraryFolders, settings, engine, profile } = options
  const nvidia = isNvidiaRung(rung)
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
    ...(engine === undefined ? {} : { engine }),
    ...(profile === undefined ? {} : { profile })
  }
}
