// Plugs the benchmarks of a device together: its models, its machine, its folder.

import { join } from 'node:path'
import type { BenchmarkRequest, ModelVariant } from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import { readGolden, type VerifiedBundle } from '../../models/index.ts'
import { type EnginePlan, type RungFacts, readRungFacts } from '../inference/index.ts'
import { type GpuGauges, openGauges } from './benchmark-gauges.ts'
import { benchmarkMachine } from './benchmark-machine.ts'
import { locateNamed } from './benchmark-model.ts'
import { completePlan } from './benchmark-plan.ts'
import { BenchmarkRunner } from './benchmark-run.ts'
import {
  BenchmarkService,
  type BenchmarkServiceOptions,
  type PreparedRun,
  type RunControl
} from './benchmark-service.ts'
import { BenchmarkStore } from './benchmark-store.ts'
import { benchTrials } from './benchmark-trials.ts'

export interface OpenBenchmarksOptions
  extends Pick<BenchmarkServiceOptions, 'onChange' | 'onRemoved'> {
  readonly home: string
  readonly clock: Clock
  readonly gpus?: GpuGauges | undefined
  /** Finds the TensorRT engine of a variant; without it the rung is refused. */
  readonly engine?: (bundle: VerifiedBundle, variant: ModelVariant) => Promise<EnginePlan>
}

/** Reads the earlier benchmarks of a device; nothing runs yet. */
export async function openBenchmarks(options: OpenBenchmarksOptions): Promise<BenchmarkService> {
  const { home, clock, onChange, onRemoved } = options
  const store = new BenchmarkStore(join(home, 'device', 'benchmarks'))
  await store.open()
  return new BenchmarkService({
    store,
    now: () => clock.now(),
    ...(onChange ? { onChange } : {}),
    ...(onRemoved ? { onRemoved } : {}),
    prepare: async (request, control) => {
      const facts = await readRungFacts()
      return prepare(request, control, { ...options, facts })
    }
  })
}

async function prepare(
  { model, ...wishes }: BenchmarkRequest,
  control: RunControl,
  options: OpenBenchmarksOptions & { readonly facts: RungFacts }
): Promise<PreparedRun> {
  const { home, clock, gpus, facts, engine } = options
  const bundle = await locateNamed(model, home)
  const machine = await benchmarkMachine(facts)
  const trials = benchTrials({
    ...{ bundle, clock, facts },
    engine: engine && ((variant) => engine(bundle, variant))
  })
  const plan = completePlan(bundle.manifest, wishes, { machine, refusal: trials.refusal })
  const runner = new BenchmarkRunner({
    ...{ bundle, plan, machine, trials, clock, ...control },
    ...openGauges({ gpus }),
    golden: await readGolden(bundle.dir)
  })
  return { first: runner.file('running'), run: () => runner.run() }
}
