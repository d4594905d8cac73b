// What this machine has for each rung of the provider ladder: GPUs, driver, Vulkan, provider libraries. Reads
// files and asks nvidia-smi; loads no library and judges no rung.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cpus } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { gpuLibraryFolders, shippedLibraryFolder } from './gpu-libraries.ts'
import { type GpuFact, readGpus } from './rung-gpus.ts'
import { hasNvidiaGpu, jetsonRelease } from './rung-machine.ts'

export interface FileFact {
  readonly path: string
  readonly bytes: number
  readonly mtimeMs: number
}

export interface VulkanFacts {
  /** Path of libvulkan.so.1; null when the loader is not installed. */
  readonly loader: string | null
  /** Driver descriptions (ICD files) that the loader would read. */
  readonly drivers: readonly string[]
}

export interface RungFacts {
  readonly cpu: string
  readonly cores: number
  /** Version of the shipped ONNX Runtime. */
  readonly onnxruntime: string
  /** True when the NVIDIA driver made its device files. */
  readonly nvidia: boolean
  /** Version of the NVIDIA driver; null without one. */
  readonly driver: string | null
  /** GPUs that this process may use, in the order in which `deviceId` counts them. */
  readonly gpus: readonly GpuFact[]
  /** Release of Jetson Linux, as in 36.4.3; null elsewhere. */
  readonly l4t: string | null
  readonly vulkan: VulkanFacts
  /** Folders that provider libraries are loaded from. */
  readonly libraryFolders: readonly string[]
  /** Libraries that rungs depend on; a change of one makes the ladder be climbed again. */
  readonly libraries: readonly FileFact[]
}

export interface FactSources {
  /** Stands for `/`. */
  readonly root?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Program that answers like nvidia-smi. */
  readonly nvidiaSmi?: string
}

/** Of ONNX Runtime, CUDA, cuDNN and TensorRT; a system folder holds thousands of others. */
const WATCHED =
  /^lib(onnxruntime|cudart|cublas|cudnn|cufft|curand|nvrtc|nvinfer|nvonnxparser|vulkan)[^/]*\.so(\.[\d.]+)?$/

function fileFact(path: string): FileFact[] {
  try {
    const { size, mtimeMs } = statSync(path)
    return [{ path, bytes: size, mtimeMs }]
  } catch {
    return [] // a link whose target is gone is a missing library
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}

const foldersOf = (list: string | undefined): string[] =>
  (list ?? '').split(delimiter).filter((folder) => folder !== '')

function libraryFiles(folders: readonly string[]): FileFact[] {
  return [...new Set(folders)].flatMap((folder) =>
    namesIn(folder)
      .filter((name) => WATCHED.test(name))
      .flatMap((name) => fileFact(join(folder, name)))
  )
}

/** Folders of shared libraries, by the names of Debian's and Red Hat's families. */
const LIBRARY_FOLDERS = [
  `usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`,
  'usr/lib64',
  'usr/lib',
  'usr/local/lib'
]
const DRIVER_FOLDERS = [
  'etc/vulkan/icd.d',
  'usr/local/share/vulkan/icd.d',
  'usr/share/vulkan/icd.d'
]

/** As the Vulkan loader looks: the variables replace the folders (Vulkan-Loader, LoaderInterfaceArchitecture). */
function vulkanFacts(root: string, env: FactSources['env'] = {}): VulkanFacts {
  const named = foldersOf(env['VK_DRIVER_FILES'] ?? env['VK_ICD_FILENAMES'])
  const found = DRIVER_FOLDERS.flatMap((folder) =>
    namesIn(join(root, folder))
      .filter((name) => name.endsWith('.json'))
      .map((name) => join(root, folder, name))
  )
  const drivers = (named.length > 0 ? named : found).filter((path) => existsSync(path))
  const loader = [
    ...foldersOf(env['LD_LIBRARY_PATH']),
    ...LIBRARY_FOLDERS.map((folder) => join(root, folder))
  ]
    .map((folder) => join(folder, 'libvulkan.so.1'))
    .find((path) => existsSync(path))
  return { loader: loader ?? null, drivers }
}

function runtimeVersion(): string {
  const entry = createRequire(import.meta.url).resolve('onnxruntime-node')
  const file = join(dirname(dirname(entry)), 'package.json')
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string }
  return version
}

/**
 * Looks once; cheap enough for each start (a few milliseconds, with an NVIDIA GPU the time of nvidia-smi).
 * Never throws: what cannot be read is absent.
 */
export async function readRungFacts(sources: FactSources = {}): Promise<RungFacts> {
  const { root = '/', env = process.env, nvidiaSmi = 'nvidia-smi' } = sources
  const nvidia = hasNvidiaGpu((path) => existsSync(join(root, path)))
  const { driver, gpus } = nvidia
    ? await readGpus({ root, nvidiaSmi, visible: env['CUDA_VISIBLE_DEVICES'] })
    : { driver: null, gpus: [] }
  const vulkan = vulkanFacts(root, env)
  const libraryFolders = gpuLibraryFolders(env['NEARSIDE_GPU_LIBRARIES'])
  const watched = [shippedLibraryFolder(), ...libraryFolders, ...foldersOf(env['LD_LIBRARY_PATH'])]
  const vulkanFiles = [...vulkan.drivers, ...(vulkan.loader === null ? [] : [vulkan.loader])]
  return {
    cpu: cpus()[0]?.model.trim() || process.arch,
    cores: cpus().length,
    onnxruntime: runtimeVersion(),
    nvidia,
    driver,
    gpus,
    l4t: jetsonRelease(root),
    vulkan,
    libraryFolders,
    libraries: [...libraryFiles(watched), ...vulkanFiles.flatMap(fileFact)]
  }
}
