// Signs of NVIDIA hardware in the file system: device files of the driver, the release of Jetson Linux.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Most GPUs that one machine is expected to have. */
const MAX_GPUS = 16

/** Device files that the NVIDIA driver makes: discrete GPUs, then the two generations of Jetson. */
const NVIDIA_FILES = [
  // A container may be given any of them, not only the first.
  ...Array.from({ length: MAX_GPUS }, (_, index) => `/dev/nvidia${index}`),
  '/dev/nvhost-gpu',
  '/dev/nvgpu'
]

/** True when the machine has an NVIDIA GPU whose driver is loaded. */
export function hasNvidiaGpu(exists: (path: string) => boolean = existsSync): boolean {
  return NVIDIA_FILES.some((path) => exists(path))
}

/** The text of a file of the system; empty when there is none. NULs end the strings of a device tree. */
export function systemFile(root: string, path: string): string {
  try {
    return readFileSync(join(root, path), 'utf8').replaceAll('\0', '\n').trim()
  } catch {
    return ''
  }
}

/**
 * Release of Jetson Linux, as in 36.4.3.
 * @returns null when the machine is no Jetson
 */
export function jetsonRelease(root = '/'): string | null {
  const text = systemFile(root, 'etc/nv_tegra_release')
  const match = /^# R(\d+) \(release\), REVISION: ([\d.]+)/.exec(text)
  return match ? `${match[1]}.${match[2]}` : null
}
