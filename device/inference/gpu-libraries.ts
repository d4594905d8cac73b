// Where the libraries of GPU providers are, which of them are missing, and the environment that a process
// needs before it starts so that the dynamic loader finds them. Loads nothing itself.

import { existsSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import type { ExecutorPlan } from './executor-protocol.ts'

/** Folder of the libonnxruntime that came with the packages, for this machine's processor. */
export function shippedLibraryFolder(): string {
  const entry = createRequire(import.meta.url).resolve('onnxruntime-node')
  const root = dirname(dirname(entry))
  return join(root, 'bin', 'napi-v6', process.platform, process.arch)
}

const PROVIDERS = {
  cuda: ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'],
  tensorrt: [
    'libonnxruntime_providers_shared.so',
    'libonnxruntime_providers_cuda.so',
    'libonnxruntime_providers_tensorrt.so'
  ]
} as const

/**
 * Folders that may hold provider libraries, best first.
 * @param setting list in the form of a PATH; the variable NEARSIDE_GPU_LIBRARIES stands for it when undefined
 */
export function gpuLibraryFolders(
  setting: string | undefined = process.env['NEARSIDE_GPU_LIBRARIES']
): string[] {
  const folders = (setting ?? '').split(delimiter).filter((folder) => folder !== '')
  return folders.length > 0 ? folders : [shippedLibraryFolder()]
}

function nameOfLibrary(folder: string): string | undefined {
  if (!existsSync(folder)) return undefined
  const names = readdirSync(folder)
  const plain = ['libonnxruntime.so.1', 'libonnxruntime.so'].find((name) => names.includes(name))
  return (
    plain ??
    names
      .filter((name) => /^libonnxruntime\.so\.1\.[\d.]+$/.test(name))
      .sort()
      .at(-1)
  )
}

/** The libonnxruntime to load: the one that lies in the folders, else the shipped one. */
export function ortLibrary(folders: readonly string[]): string {
  for (const folder of folders) {
    const name = nameOfLibrary(folder)
    if (name) return join(folder, name)
  }
  return join(shippedLibraryFolder(), 'libonnxruntime.so.1')
}

/**
 * Says what a GPU rung lacks before anything is started for it. What the provider libraries need themselves
 * (CUDA, cuDNN, TensorRT) only the loader knows; its words come with the refusal of the executor.
 * @returns one sentence, or null when the provider's own files lie beside libonnxruntime
 */
export function missingProviders(
  rung: 'cuda' | 'tensorrt',
  folders: readonly string[]
): string | null {
  // ONNX Runtime looks for its providers in its own folder and nowhere else.
  const folder = dirname(ortLibrary(folders))
  const missing = PROVIDERS[rung].filter((name) => !existsSync(join(folder, name)))
  if (missing.length === 0) return null
  const noun = missing.length === 1 ? 'is' : 'are'
  return `${missing.join(', ')} ${noun} missing in ${folder}; install the GPU package, or name its folder in NEARSIDE_GPU_LIBRARIES.`
}

/** The GPU of an index among those that the agent may see. */
function visibleDevice(deviceId: number, visible: string | undefined): string {
  if (visible === undefined || visible === '') return String(deviceId)
  return visible.split(',')[deviceId]?.trim() ?? ''
}

/**
 * What a child needs in its environment before Node starts: the loader reads LD_LIBRARY_PATH once, and CUDA
 * sees one GPU only, which is then its number 0. VK_DRIVER_FILES and the rest are inherited.
 */
export function gpuEnvironment(
  { rung, deviceId, libraries }: Pick<ExecutorPlan, 'rung' | 'deviceId' | 'libraries'>,
  env: Readonly<Record<string, string | undefined>> = process.env
): Record<string, string> {
  const inherited = (env['LD_LIBRARY_PATH'] ?? '').split(delimiter)
  const folders = [...new Set([...libraries, ...inherited])].filter((folder) => folder !== '')
  const onGpu = rung === 'cuda' || rung === 'tensorrt'
  return {
    ...(folders.length > 0 ? { LD_LIBRARY_PATH: folders.join(delimiter) } : {}),
    ...(onGpu
      ? {
          CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
          CUDA_VISIBLE_DEVICES: visibleDevice(deviceId, env['CUDA_VISIBLE_DEVICES']),
          // Kernels are compiled when first used: less memory, faster start (CUDA 11.7 and newer).
          CUDA_MODULE_LOADING: 'LAZY'
        }
      : {})
  }
}
