// What stands against a rung before anything is tried: no GPU, no driver, no file in the bundle.

import type { ModelManifest, Rung } from '../../contract/index.ts'
import type { RungFacts } from './rung-facts.ts'
import { isNvidiaRung, variantsFor } from './rung-plan.ts'
import type { Refused } from './rung-probe.ts'

type Machine = Pick<RungFacts, 'nvidia' | 'gpus' | 'vulkan'>

const NO_NVIDIA =
  'No NVIDIA GPU was found. If this machine has one, install its driver and start the device again.'
const NO_VULKAN =
  'No Vulkan driver was found, which WebGPU needs. If this machine has a GPU, install its Vulkan driver.'
const NO_LOADER =
  'The Vulkan loader libvulkan.so.1 is missing, which WebGPU needs; install the package libvulkan1.'

const refused = (code: Refused['code'], sentence: string): Refused => ({
  code,
  sentence,
  detail: null
})

/** What the machine lacks for a rung; undefined when it can be tried. */
export function machineObstacle(rung: Rung, { nvidia, vulkan }: Machine): Refused | undefined {
  if (isNvidiaRung(rung)) return nvidia ? undefined : refused('NS_RUNG_NO_GPU', NO_NVIDIA)
  if (rung === 'cpu') return undefined
  if (vulkan.drivers.length === 0) return refused('NS_RUNG_NO_GPU', NO_VULKAN)
  return vulkan.loader === null ? refused('NS_RUNG_LIBRARY', NO_LOADER) : undefined
}

/** What machine or bundle lack for a rung; undefined when it can be tried. */
export function obstacleTo(
  rung: Rung,
  machine: Machine,
  manifest: ModelManifest
): Refused | undefined {
  const lacking = machineObstacle(rung, machine)
  if (lacking || variantsFor(manifest, rung).length > 0) return lacking
  const { name, version, variants } = manifest
  if (rung === 'tensorrt' && variants.some(({ parts, rungs }) => parts && rungs.includes(rung))) {
    const sentence = `${name} ${version} is in parts, which TensorRT does not run; install it in one piece to use TensorRT.`
    return refused('NS_RUNG_NO_VARIANT', sentence)
  }
  const sentence = `${name} ${version} has no file for the rung ${rung}; install a version that has, or leave it to the other rungs.`
  return refused('NS_RUNG_NO_VARIANT', sentence)
}
