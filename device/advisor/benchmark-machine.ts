// The machine as a benchmark names it: its own facts, the driver, and the runtime that computes.

import { readFile } from 'node:fs/promises'
import { probeRuntime } from '../inference/index.ts'
import { describeMachine } from '../telemetry/index.ts'
import type { Machine } from './benchmark-plan.ts'

/** Where the NVIDIA kernel module says its version. */
const DRIVER_FILE = '/sys/module/nvidia/version'

/**
 * @throws NearsideError NS_INFERENCE_RUNTIME_MISSING, NS_WORKER_FAILED
 * @public
 */
export async function benchmarkMachine(driverFile = DRIVER_FILE): Promise<Machine> {
  const [{ cpu, cores, memoryBytes, gpus, platform }, runtime, driver] = await Promise.all([
    describeMachine(),
    probeRuntime(),
    readFile(driverFile, 'utf8').then(
      (text) => text.trim(),
      () => null
    )
  ])
  return {
    ...{ cpu, cores, memoryBytes, platform, driver, gpus: [...gpus] },
    runtime: `ONNX Runtime ${runtime.version}`
  }
}
