// What a benchmark without a running device needs: machine, gauges, executors and engines, opened together and
// closed together.

import { join } from 'node:path'
import type { EngineBuild } from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Bundle } from '../../models/index.ts'
import { readRungFacts, TrialEngines } from '../inference/index.ts'
import { type OpenedGauges, openGauges } from './benchmark-gauges.ts'
import { openGpuGauges } from './benchmark-gpus.ts'
import { benchmarkMachine } from './benchmark-machine.ts'
import type { Machine } from './benchmark-plan.ts'
import type { TrialPort } from './benchmark-run.ts'
import { benchTrials } from './benchmark-trials.ts'

export interface LocalBenchmarkOptions {
  readonly bundle: Bundle
  /** Home folder, whose engines are used and added to. */
  readonly home: string
  readonly clock: Clock
  /** After each change of an engine build. */
  readonly onBuild?: (build: EngineBuild) => void
}

/** @public */
export interface LocalBenchmark extends OpenedGauges {
  readonly machine: Machine
  /** @param profile beginning of the paths of profiles; set, every run is profiled */
  trials(profile?: string): TrialPort
  close(): Promise<void>
}

/**
 * Looks at the machine; opens no session yet.
 * @throws NearsideError NS_INFERENCE_RUNTIME_MISSING, NS_WORKER_FAILED
 * @public
 */
export async function openLocalBenchmark(options: LocalBenchmarkOptions): Promise<LocalBenchmark> {
  const { bundle, home, clock, onBuild } = options
  const facts = await readRungFacts()
  const machine = await benchmarkMachine(facts)
  const read = facts.gpus.length > 0 ? await openGpuGauges(clock) : undefined
  const engines = new TrialEngines({
    ...{ bundle, clock, libraries: facts.libraryFolders },
    folder: join(home, 'device', 'engines'),
    ...(onBuild ? { onBuild } : {})
  })
  return {
    machine,
    ...openGauges({ gpus: read?.gpus }),
    trials: (profile) =>
      benchTrials({ bundle, clock, facts, profile, engine: (variant) => engines.find(variant) }),
    close: async () => {
      await engines.close()
      await read?.stop()
    }
  }
}
