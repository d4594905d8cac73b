// A GPU reading for tests that care about one or two of its figures.

import type { GpuReading } from '../../contract/index.ts'

/** A healthy, idle GPU; `over` says what is different. */
export function anyGpu(over: Partial<GpuReading>): GpuReading {
  return {
    ...{ at: 0, index: 0, uuid: 'GPU-0', name: 'NVIDIA H100', driver: '580.1' },
    ...{ source: 'nvidia-smi', unifiedMemory: false, load: 0, memoryLoad: 0 },
    ...{ memoryTotalMb: 81_559, memoryUsedMb: 559, temperatureC: 40, memoryTemperatureC: 44 },
    ...{ powerW: 70, powerLimitW: 700, clockMhz: 345, clockMaxMhz: 1980, memoryClockMhz: 2619 },
    ...{ fanPercent: null, pcieGeneration: 5, pcieWidth: 16, throttle: [], eccCorrected: 0 },
    ...{ eccUncorrected: 0, xid: null, powerMode: null, processes: [] },
    ...over
  }
}
