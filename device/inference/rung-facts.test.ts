// What a machine has, read from made-up system files, a made-up nvidia-smi and made-up libraries.

import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { scratchFolder, writeFiles, writeTool } from '../../test/harness/fake-tool.ts'
import { readRungFacts } from './rung-facts.ts'

const H100 = 'GPU-11, NVIDIA H100 80GB HBM3, 9.0, 81559, 580.65.06'
const T4 = 'GPU-22, Tesla T4, 7.5, 15360, 580.65.06'

test('a machine without a GPU has a CPU and a runtime', async (t) => {
  const root = scratchFolder(t)
  const facts = await readRungFacts({ root, env: {} })
  t.match(facts, { nvidia: false, driver: null, gpus: [], l4t: null })
  t.strictSame(facts.vulkan, { loader: null, drivers: [] })
  t.match(facts.onnxruntime, /^1\.\d+\.\d+$/)
  t.ok(facts.cpu.length > 0 && facts.cores > 0)
  t.ok(facts.libraries.some(({ path }) => path.endsWith('libonnxruntime.so.1')))
  t.match(await readRungFacts(), { onnxruntime: facts.onnxruntime }, 'this machine is read too')
})

test('GPUs come from nvidia-smi, as far as this process may use them', async (t) => {
  const root = writeFiles(scratchFolder(t), { 'dev/nvidia0': '' })
  const nvidiaSmi = writeTool(root, 'nvidia-smi', `printf '%s\\n' '${H100}' '${T4}'`)
  const names = async (visible?: string) => {
    const env = visible === undefined ? {} : { CUDA_VISIBLE_DEVICES: visible }
    const { gpus } = await readRungFacts({ root, nvidiaSmi, env })
    return gpus.map(({ name }) => name)
  }
  const { driver, gpus, nvidia } = await readRungFacts({ root, nvidiaSmi, env: {} })
  t.ok(nvidia)
  t.equal(driver, '580.65.06')
  t.strictSame(gpus[0], {
    name: 'NVIDIA H100 80GB HBM3',
    uuid: 'GPU-11',
    computeCapability: '9.0',
    memoryMb: 81_559
  })
  t.strictSame(await names(''), ['NVIDIA H100 80GB HBM3', 'Tesla T4'])
  t.strictSame(await names('1'), ['Tesla T4'])
  t.strictSame(await names('1, 0'), ['Tesla T4', 'NVIDIA H100 80GB HBM3'])
  t.strictSame(await names('GPU-22'), ['Tesla T4'])
  t.strictSame(await names('0,7,1'), ['NVIDIA H100 80GB HBM3'], 'as CUDA counts')
  t.strictSame(await names('-1'), [])
})

test('without nvidia-smi the files of the driver are read', async (t) => {
  const root = writeFiles(scratchFolder(t), {
    'dev/nvidia1': '',
    'proc/driver/nvidia/version':
      'NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.183.01  Sun May 12\n',
    'proc/driver/nvidia/gpus/0000:17:00.0/information':
      'Model: \t\t NVIDIA A2\nIRQ:   \t\t 255\nGPU UUID: \t GPU-33\n',
    'proc/driver/nvidia/gpus/0000:18:00.0/information': ''
  })
  const nvidiaSmi = join(root, 'absent')
  const { driver, gpus } = await readRungFacts({ root, nvidiaSmi, env: {} })
  t.equal(driver, '535.183.01')
  const unknown = { computeCapability: null, memoryMb: null }
  t.strictSame(gpus, [
    { name: 'NVIDIA A2', uuid: 'GPU-33', ...unknown },
    { name: 'NVIDIA GPU', uuid: null, ...unknown }
  ])
  const failing = writeTool(root, 'nvidia-smi', 'echo Failed; exit 9')
  t.match(await readRungFacts({ root, nvidiaSmi: failing, env: {} }), { gpus, driver })
  const bare = writeFiles(scratchFolder(t), { 'dev/nvidia0': '' })
  t.match(await readRungFacts({ root: bare, nvidiaSmi, env: {} }), { gpus: [], driver: null })
})

test('a Jetson is known by its files, whatever its nvidia-smi says', async (t) => {
  const root = writeFiles(scratchFolder(t), {
    'dev/nvhost-gpu': '',
    'etc/nv_tegra_release': '# R36 (release), REVISION: 4.3, GCID: 38968081, BOARD: generic\n',
    'proc/device-tree/compatible': 'nvidia,p3768-0000+p3767-0005\0nvidia,tegra234\0',
    'proc/device-tree/model': 'NVIDIA Jetson Orin Nano Developer Kit\0',
    'sys/module/nvidia/version': '540.4.0\n'
  })
  const nvidiaSmi = writeTool(
    root,
    'nvidia-smi',
    `echo '[N/A], Orin (nvgpu), [N/A], [N/A], 540.4.0'`
  )
  t.match(await readRungFacts({ root, nvidiaSmi, env: {} }), {
    nvidia: true,
    l4t: '36.4.3',
    driver: '540.4.0',
    gpus: [
      { name: 'NVIDIA Jetson Orin Nano Developer Kit', computeCapability: '8.7', memoryMb: null }
    ]
  })
})

test('Vulkan is its loader and its driver descriptions', async (t) => {
  const triplet = `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`
  const root = writeFiles(scratchFolder(t), {
    [`usr/lib/${triplet}/libvulkan.so.1`]: '',
    'usr/share/vulkan/icd.d/nvidia_icd.json': '{}',
    'usr/share/vulkan/icd.d/README': '',
    'etc/vulkan/icd.d/intel_icd.json': '{}',
    'own/other.json': '{}',
    'own/libvulkan.so.1': ''
  })
  const { vulkan, libraries } = await readRungFacts({ root, env: {} })
  t.strictSame(vulkan, {
    loader: join(root, `usr/lib/${triplet}/libvulkan.so.1`),
    drivers: [
      join(root, 'etc/vulkan/icd.d/intel_icd.json'),
      join(root, 'usr/share/vulkan/icd.d/nvidia_icd.json')
    ]
  })
  t.ok(vulkan.drivers.every((driver) => libraries.some(({ path }) => path === driver)))
  const own = join(root, 'own')
  const named = {
    VK_DRIVER_FILES: `${join(own, 'other.json')}:${join(own, 'absent.json')}`,
    LD_LIBRARY_PATH: own
  }
  t.strictSame((await readRungFacts({ root, env: named })).vulkan, {
    loader: join(own, 'libvulkan.so.1'),
    drivers: [join(own, 'other.json')]
  })
  const older = { VK_ICD_FILENAMES: join(own, 'other.json') }
  t.strictSame((await readRungFacts({ root, env: older })).vulkan.drivers, [
    join(own, 'other.json')
  ])
})

test('libraries that rungs depend on are watched, others are not', async (t) => {
  const root = writeFiles(scratchFolder(t), {
    'gpu/libonnxruntime_providers_cuda.so': 'cuda',
    'gpu/libnvinfer.so.10.6.0': 'trt',
    'gpu/libssl.so.3': '',
    'gpu/notes.txt': '',
    'more/libcudnn.so.9': 'dnn'
  })
  const gpu = join(root, 'gpu')
  const env = { NEARSIDE_GPU_LIBRARIES: gpu, LD_LIBRARY_PATH: `${join(root, 'more')}:/no/such` }
  const own = async () =>
    (await readRungFacts({ root, env })).libraries.filter(({ path }) => path.startsWith(root))
  t.match(await own(), [
    { path: join(gpu, 'libnvinfer.so.10.6.0'), bytes: 3 },
    { path: join(gpu, 'libonnxruntime_providers_cuda.so'), bytes: 4 },
    { path: join(root, 'more', 'libcudnn.so.9'), bytes: 3 }
  ])
  writeFileSync(join(gpu, 'libnvinfer.so.10.6.0'), 'newer')
  t.equal((await own())[0]?.bytes, 5)
  rmSync(join(gpu, 'libonnxruntime_providers_cuda.so'))
  t.equal((await own()).length, 2)
})
