// The GPUs under the names of Triton and the DCGM exporter.

import { Registry } from 'prom-client'
import { test } from 'tap'
import type { GpuReading } from '../contract/index.ts'
import { toOpenMetrics } from '../kernel/open-metrics.ts'
import { anyGpu } from '../test/harness/any-gpu.ts'
import { addGpuMetrics } from './gpu-metrics.ts'

function registry(gpus: GpuReading[], joules?: number): Registry {
  const made = new Registry()
  addGpuMetrics(made, { gpus: () => gpus, energyJ: () => joules })
  return made
}

test('figures have the names, units and labels that boards expect', async (t) => {
  const gpus = [anyGpu({ load: 37, xid: 31 }), anyGpu({ index: 1, uuid: 'GPU-1', load: null })]
  const made = registry(gpus, 12.5)
  await made.metrics()
  const text = await made.metrics()
  for (const line of [
    'nv_gpu_utilization{gpu_uuid="GPU-0"} 0.37',
    'nv_gpu_power_usage{gpu_uuid="GPU-1"} 70',
    'nv_gpu_power_limit{gpu_uuid="GPU-0"} 700',
    `nv_gpu_memory_total_bytes{gpu_uuid="GPU-0"} ${81_559 * 2 ** 20}`,
    `nv_gpu_memory_used_bytes{gpu_uuid="GPU-0"} ${559 * 2 ** 20}`,
    'nv_energy_consumption{gpu_uuid="GPU-0"} 12.5',
    'DCGM_FI_DEV_GPU_UTIL{gpu="0",UUID="GPU-0",modelName="NVIDIA H100"} 37',
    'DCGM_FI_DEV_MEM_COPY_UTIL{gpu="1",UUID="GPU-1",modelName="NVIDIA H100"} 0',
    'DCGM_FI_DEV_FB_FREE{gpu="0",UUID="GPU-0",modelName="NVIDIA H100"} 81000',
    'DCGM_FI_DEV_FB_USED{gpu="0",UUID="GPU-0",modelName="NVIDIA H100"} 559',
    'DCGM_FI_DEV_GPU_TEMP{gpu="0",UUID="GPU-0",modelName="NVIDIA H100"} 40',
    'DCGM_FI_DEV_MEMORY_TEMP{gpu="0",UUID="GPU-0",modelName="NVIDIA H100"} 44',
    'DCGM_FI_DEV_POWER_USAGE{gpu="0",UUID="GPU-0",modelName="NVIDIA H100"} 70',
    'DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{gpu="0",UUID="GPU-0",modelName="NVIDIA H100"} 12500',
    'DCGM_FI_DEV_SM_CLOCK{gpu="0",UUID="GPU-0",modelName="NVIDIA H100"} 345',
    'DCGM_FI_DEV_MEM_CLOCK{gpu="0",UUID="GPU-0",modelName="NVIDIA H100"} 2619',
    'DCGM_FI_DEV_XID_ERRORS{gpu="0",UUID="GPU-0",modelName="NVIDIA H100"} 31',
    'DCGM_FI_DEV_XID_ERRORS{gpu="1",UUID="GPU-1",modelName="NVIDIA H100"} 0'
  ])
    t.ok(text.split('\n').includes(line), line)
  t.notMatch(text, 'nv_gpu_utilization{gpu_uuid="GPU-1"}', 'no figure, no sample')
  t.match(toOpenMetrics(text), 'nv_energy_consumption_total{gpu_uuid="GPU-0"} 12.5')
})

test('a GPU that goes takes its samples along; what a Jetson does not know is left out', async (t) => {
  const gpus = [anyGpu({})]
  const made = registry(gpus)
  t.match(await made.metrics(), 'nv_gpu_power_usage{')
  gpus.splice(0, 1, anyGpu({ source: 'sysfs', memoryUsedMb: null, uuid: 'tegra-0' }))
  const text = await made.metrics()
  t.notMatch(text, 'GPU-0')
  for (const absent of ['XID_ERRORS{', 'FB_FREE{', 'nv_energy_consumption{', 'ENERGY_CONSUMPTION{'])
    t.notOk(text.includes(absent), absent)
  gpus.splice(0)
  t.notMatch(await made.metrics(), 'tegra-0')
})
