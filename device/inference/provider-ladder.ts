// Which rung of the ladder tensorrt → cuda → webgpu → cpu a model takes on this machine, and why the others
// were refused. This version runs models on the CPU only; the sentences say so and promise nothing.

import { existsSync } from 'node:fs'
import {
  type ModelManifest,
  type ModelVariant,
  NearsideError,
  type Precision,
  RUNGS,
  type Rung,
  type RungStatus
} from '../../contract/index.ts'

export type RungReport = RungStatus

/** INT8 first: on a CPU it is the fastest (runtime.md section 4); FP16 is computed as FP32 there and only loses bits. */
const CPU_ORDER: readonly Precision[] = ['int8', 'fp32', 'fp16', 'int4']

/** Device files that the NVIDIA driver makes: discrete GPUs, then the two generations of Jetson. */
const NVIDIA_FILES = ['/dev/nvidia0', '/dev/nvhost-gpu', '/dev/nvgpu']

/** True when the machine has an NVIDIA GPU whose driver is loaded. */
export function hasNvidiaGpu(exists: (path: string) => boolean = existsSync): boolean {
  return NVIDIA_FILES.some((path) => exists(path))
}

/**
 * Chooses the file of a bundle that runs on the CPU.
 * @throws NearsideError NS_INFERENCE_FAILED when the bundle has none
 */
export function chooseVariant({ name, version, variants }: ModelManifest): ModelVariant {
  const usable = variants.filter(({ rungs }) => rungs.includes('cpu'))
  for (const precision of CPU_ORDER) {
    const variant = usable.find((candidate) => candidate.precision === precision)
    if (variant) return variant
  }
  const sentence = `${name} ${version} has no variant for the CPU, the only rung of this version; install one that has.`
  throw new NearsideError('NS_INFERENCE_FAILED', sentence)
}

/** The state of all four rungs; `cpu` says what is known of the one that runs. */
export function describeLadder(
  cpu: { readonly code: string | null; readonly sentence: string },
  nvidia: boolean
): RungReport[] {
  const noGpu = { code: 'NS_RUNG_NO_GPU', sentence: 'No NVIDIA GPU was found.' }
  const notYet = {
    code: 'NS_RUNG_NOT_OFFERED',
    sentence: 'This version runs models on the CPU only.'
  }
  const gpu = nvidia ? notYet : noGpu
  const rungs: Record<Rung, { code: string | null; sentence: string }> = {
    tensorrt: gpu,
    cuda: gpu,
    webgpu: notYet,
    cpu
  }
  return RUNGS.map((rung) => ({
    rung,
    taken: rung === 'cpu' && cpu.code === null,
    detail: null,
    precision: null,
    p95Ms: null,
    at: null,
    ...rungs[rung]
  }))
}
