// The machine as a benchmark names it: its own facts, the driver, and the runtime that computes.

import { probeRuntime, type RungFacts } from '../inference/index.ts'
import { describeMachine } from '../telemetry/index.ts'
import type { Machine } from './benchmark-plan.ts'

/**
 * @throws NearsideError NS_INFERENCE_RUNTIME_MISSING, NS_WORKER_FAILED
 * @public
 */
export async function benchmarkMachine({ gpus, driver, l4t }: RungFacts): Promise<Machine> {
  const [machine, runtime] = await Promise.all([describeMachine(), probeRuntime()])
  const { cpu, cores, memoryBytes, platform } = machine
  // Only GPUs that a rung can count; a graphics adapter without a driver for computing is none of them.
  const names = gpus.map(({ name }) => name)
  return {
    ...{ cpu, cores, memoryBytes, driver, gpus: names.length > 0 ? names : [...machine.gpus] },
    platform: l4t === null ? platform : `${platform}, Jetson Linux ${l4t}`,
    runtime: `ONNX Runtime ${runtime.version}`
  }
}
