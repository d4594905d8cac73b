// Facts about this machine that do not change while it runs. Runs in the telemetry thread.

import { arch, cpus, totalmem } from 'node:os'
import { JetsonFiles } from './jetson-files.ts'
import { readGpuNames } from './nvidia-smi.ts'
import type { SystemInformation } from './system-information.ts'

export interface MachineDescription {
  /** `Debian GNU/Linux 12, x64`. */
  readonly platform: string
  readonly cpu: string
  readonly cores: number
  readonly memoryBytes: number
  readonly gpus: readonly string[]
}

/** Asks once for everything; a fact that cannot be had is said as well as it is known. */
export async function describe(si: SystemInformation): Promise<MachineDescription> {
  const [os, cpu, gpus] = await Promise.all([
    si.osInfo().catch(() => undefined),
    si.cpu().catch(() => undefined),
    readGpus(si)
  ])
  const name = [os?.distro, os?.release].filter(Boolean).join(' ') || process.platform
  const brand = [cpu?.manufacturer, cpu?.brand].filter(Boolean).join(' ')
  return {
    platform: `${name}, ${arch()}`,
    cpu: brand || cpus()[0]?.model || 'unknown processor',
    cores: cpus().length,
    memoryBytes: totalmem(),
    gpus
  }
}

/** GPUs by nvidia-smi, on a Jetson its board, else what the graphics adapters say. */
async function readGpus(si: SystemInformation): Promise<string[]> {
  const nvidia = await readGpuNames()
  if (nvidia.length > 0) return nvidia
  const jetson = await new JetsonFiles().identify()
  if (jetson) return [jetson.name]
  const { controllers } = await si.graphics().catch(() => ({ controllers: [] }))
  return controllers.map((one) => [one.vendor, one.model].filter(Boolean).join(' ')).filter(Boolean)
}
