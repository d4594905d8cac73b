// The GPUs for Prometheus, under the names that existing boards know: those of Triton Inference Server and of
// NVIDIA's DCGM exporter. A figure that a GPU does not give has no sample.

import type { Registry } from 'prom-client'
import type { GpuReading } from '../contract/index.ts'
import { addCounter, addGauge, type Sample } from './scraped-family.ts'

interface GpuFigures {
  gpus(): readonly GpuReading[]
  /** Joules since the start. */
  energyJ(uuid: string): number | undefined
}

type Figure = (gpu: GpuReading, figures: GpuFigures) => number | null | undefined

interface Family {
  readonly name: string
  readonly help: string
  readonly figure: Figure
  readonly counter?: boolean
}

const MIB = 2 ** 20
const bytes = (mb: number | null): number | null => (mb === null ? null : mb * MIB)

/** Names and units of Triton's metrics; label `gpu_uuid`. */
const TRITON: readonly Family[] = [
  {
    name: 'nv_gpu_utilization',
    help: 'GPU utilization rate [0.0 - 1.0)',
    figure: (gpu) => (gpu.load === null ? null : gpu.load / 100)
  },
  { name: 'nv_gpu_power_usage', help: 'GPU power usage in watts', figure: (gpu) => gpu.powerW },
  {
    name: 'nv_gpu_power_limit',
    help: 'GPU power management limit in watts',
    figure: (gpu) => gpu.powerLimitW
  },
  {
    name: 'nv_gpu_memory_total_bytes',
    help: 'GPU total memory, in bytes',
    figure: (gpu) => bytes(gpu.memoryTotalMb)
  },
  {
    name: 'nv_gpu_memory_used_bytes',
    help: 'GPU used memory, in bytes',
    figure: (gpu) => bytes(gpu.memoryUsedMb)
  },
  {
    name: 'nv_energy_consumption',
    help: 'GPU energy consumption in joules since the agent started, summed up from its power',
    figure: (gpu, figures) => figures.energyJ(gpu.uuid),
    counter: true
  }
]

/** Names and units of the DCGM exporter; labels `gpu`, `UUID`, `modelName`. */
const DCGM: readonly Family[] = [
  { name: 'DCGM_FI_DEV_GPU_UTIL', help: 'GPU utilization (in %).', figure: (gpu) => gpu.load },
  {
    name: 'DCGM_FI_DEV_MEM_COPY_UTIL',
    help: 'Memory utilization (in %).',
    figure: (gpu) => gpu.memoryLoad
  },
  {
    name: 'DCGM_FI_DEV_FB_FREE',
    help: 'Frame buffer memory free (in MB).',
    figure: ({ memoryTotalMb: total, memoryUsedMb: used }) =>
      total === null || used === null ? null : total - used
  },
  {
    name: 'DCGM_FI_DEV_FB_USED',
    help: 'Frame buffer memory used (in MB).',
    figure: (gpu) => gpu.memoryUsedMb
  },
  {
    name: 'DCGM_FI_DEV_GPU_TEMP',
    help: 'GPU temperature (in C).',
    figure: (gpu) => gpu.temperatureC
  },
  {
    name: 'DCGM_FI_DEV_MEMORY_TEMP',
    help: 'Memory temperature (in C).',
    figure: (gpu) => gpu.memoryTemperatureC
  },
  { name: 'DCGM_FI_DEV_POWER_USAGE', help: 'Power draw (in W).', figure: (gpu) => gpu.powerW },
  {
    name: 'DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION',
    help: 'Energy since the agent started, summed up from its power (in mJ).',
    figure: (gpu, figures) => {
      const joules = figures.energyJ(gpu.uuid)
      return joules === undefined ? undefined : joules * 1000
    },
    counter: true
  },
  {
    name: 'DCGM_FI_DEV_SM_CLOCK',
    help: 'SM clock frequency (in MHz).',
    figure: (gpu) => gpu.clockMhz
  },
  {
    name: 'DCGM_FI_DEV_MEM_CLOCK',
    help: 'Memory clock frequency (in MHz).',
    figure: (gpu) => gpu.memoryClockMhz
  },
  {
    name: 'DCGM_FI_DEV_XID_ERRORS',
    help: 'Value of the last XID error encountered, 0 for none.',
    figure: (gpu) => (gpu.source === 'nvidia-smi' ? (gpu.xid ?? 0) : null)
  }
]

/** Adds the families to a registry; a machine without a GPU has them without samples. */
export function addGpuMetrics(registry: Registry, figures: GpuFigures): void {
  for (const family of TRITON)
    addFamily(registry, {
      ...{ family, figures, labelNames: ['gpu_uuid'] },
      labels: (gpu) => ({ gpu_uuid: gpu.uuid })
    })
  for (const family of DCGM)
    addFamily(registry, {
      ...{ family, figures, labelNames: ['gpu', 'UUID', 'modelName'] },
      labels: (gpu) => ({ gpu: String(gpu.index), UUID: gpu.uuid, modelName: gpu.name })
    })
}

interface Added {
  readonly family: Family
  readonly figures: GpuFigures
  readonly labelNames: readonly string[]
  readonly labels: (gpu: GpuReading) => Record<string, string>
}

function addFamily(registry: Registry, { family, figures, labelNames, labels }: Added): void {
  const { name, help, figure, counter } = family
  const samples = (): readonly Sample[] =>
    figures.gpus().flatMap((gpu): Sample[] => {
      const value = figure(gpu, figures)
      return value === null || value === undefined ? [] : [[labels(gpu), value]]
    })
  const add = counter ? addCounter : addGauge
  add(registry, { name, help, labelNames, samples })
}
