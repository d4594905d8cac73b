// Plugs the advisor of a device together: its models, its readings, its file in the home folder.

import { join } from 'node:path'
import type { GpuReading, TelemetrySnapshot } from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { ModelPool } from '../inference/index.ts'
import type { MachineDescription } from '../telemetry/index.ts'
import { Advisor, type AdvisorOptions } from './advisor.ts'
import { AdvisorMemory } from './advisor-memory.ts'
import { ioStallPercent } from './io-stall.ts'

export interface OpenAdvisorOptions
  extends Partial<Pick<AdvisorOptions, 'sampleMs' | 'settleMs' | 'plan' | 'onChange'>> {
  readonly home: string
  readonly pool: Pick<
    ModelPool,
    'statistics' | 'traces' | 'tuning' | 'layout' | 'manifest' | 'status' | 'tune'
  >
  readonly clock: Clock
  readonly machine: Pick<MachineDescription, 'cpu' | 'cores' | 'gpus' | 'memoryBytes'>
  /** The readings of now; asking must not change how often they are taken. */
  readonly gpus: () => readonly GpuReading[]
  readonly telemetry: () => TelemetrySnapshot
  readonly onFault: (error: unknown) => void
}

/** Reads what an earlier run left; nothing runs yet. */
export async function openAdvisor({
  home,
  machine,
  telemetry,
  ...options
}: OpenAdvisorOptions): Promise<Advisor> {
  const { cpu, cores, gpus, memoryBytes } = machine
  const named = [cpu, `${cores} cores`, ...gpus].join(', ')
  const memory = new AdvisorMemory({
    path: join(home, 'device', 'advisor.json'),
    machine: named,
    onFault: options.onFault
  })
  await memory.open()
  return new Advisor({
    ...options,
    ...{ memory, cores, ioStallPercent },
    machine: named,
    memoryMb: memoryBytes / 1e6,
    reading: (series) => telemetry().series.find(({ name }) => name === series)?.value ?? null
  })
}
