// A GPU as the device sees it now, and the processes on it. A figure that the hardware does not give is null.

import { z } from 'zod'
import { Timestamp } from './envelope.ts'

export const GpuProcess = z.object({
  pid: z.number().int(),
  /** Memory on this GPU, MB. */
  memoryMb: z.number().nullable(),
  /** Model that runs in it when it is one of our executors. */
  model: z.string().nullable()
})

export const GpuReading = z.object({
  at: Timestamp,
  index: z.number().int().nonnegative(),
  uuid: z.string(),
  name: z.string(),
  driver: z.string().nullable(),
  /** `nvidia-smi`, `tegrastats` or `sysfs`. */
  source: z.enum(['nvidia-smi', 'tegrastats', 'sysfs']),
  /** Memory is shared with the CPU (Jetson). */
  unifiedMemory: z.boolean(),
  /** Per cent of the last period in which a kernel ran. */
  load: z.number().nullable(),
  memoryLoad: z.number().nullable(),
  memoryTotalMb: z.number().nullable(),
  memoryUsedMb: z.number().nullable(),
  temperatureC: z.number().nullable(),
  memoryTemperatureC: z.number().nullable(),
  powerW: z.number().nullable(),
  powerLimitW: z.number().nullable(),
  clockMhz: z.number().nullable(),
  clockMaxMhz: z.number().nullable(),
  memoryClockMhz: z.number().nullable(),
  fanPercent: z.number().nullable(),
  pcieGeneration: z.number().nullable(),
  pcieWidth: z.number().nullable(),
  /** Reasons why the clock is below its maximum; empty when it is not held back. */
  throttle: z.array(
    z.enum(['thermal', 'power', 'hardware-slowdown', 'sync-boost', 'application-clocks', 'other'])
  ),
  eccCorrected: z.number().nullable(),
  eccUncorrected: z.number().nullable(),
  /** Number of the newest XID error that the kernel log shows. */
  xid: z.number().int().nullable(),
  /** Name of the nvpmodel mode on a Jetson. */
  powerMode: z.string().nullable(),
  processes: z.array(GpuProcess)
})
export type GpuReading = z.infer<typeof GpuReading>

/** `GET /api/v1/gpus`: empty list with a sentence where there is no GPU. */
export const GpuOverview = z.object({ gpus: z.array(GpuReading), sentence: z.string() })
export type GpuOverview = z.infer<typeof GpuOverview>
