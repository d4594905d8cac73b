// Plugs the benchmarks of a device together: its models, its machine, its folder.

import { join } from 'node:path'
import type { BenchmarkRequest, BenchmarkSummary } from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import { readGolden } from '../../models/index.ts'
import { type GpuGauges, openGauges } from './benchmark-gauges.ts'
import { benchmarkMachine } from './benchmark-machine.ts'
import { locateNamed } from './benchmark-model.ts'
import { completePlan, type Machine } from './benchmark-plan.ts'
import { BenchmarkRunner } from './benchmark-run.ts'
import { BenchmarkService, type PreparedRun, type RunControl } from './benchmark-service.ts'
import { BenchmarkStore } from './benchmark-store.ts'
import { type BenchTrialOptions, benchTrials } from './benchmark-trials.ts'

export interface OpenBenchmarksOptions {
  readonly home: string
  readonly clock: Clock
  readonly gpus?: GpuGauges | undefined
  readonly engine?: BenchTrialOptions['engine']
  readonly onChange?: (summary: BenchmarkSummary) => void
}

/** Reads the earlier benchmarks of a device; nothing runs yet. */
export async function openBenchmarks(options: OpenBenchmarksOptions): Promise<BenchmarkService> {
  const { home, clock, onChange } = options
  const store = new BenchmarkStore(join(home, 'device', 'benchmarks'))
  await store.open()
  let machine: Promise<Machine> | undefined
  return new BenchmarkService({
    store,
    now: () => clock.now(),
    ...(onChange ? { onChange } : {}),
    prepare: async (request, control) => {
      machine ??= benchmarkMachine()
      return prepare(request, control, { ...options, machine: await machine })
    }
  })
}

async function prepare(
  { model, ...wishes }: BenchmarkRequest,
  control: RunControl,
  options: OpenBenchmarksOptions & { readonly machine: Machine }
): Promise<PreparedRun> {
  const { home, clock, gpus, engine, machine } = options
  const bundle = await locateNamed(model, home)
  const trials = benchTrials({ bundle, clock, engine })
  const plan = completePlan(bundle.manifest, wishes, { machine, refusal: trials.refusal })
  const runner = new BenchmarkRunner({
    ...{ bundle, plan, machine, trials, clock, ...control },
    ...openGauges({ gpus }),
    golden: await readGolden(bundle.dir)
  })
  return { first: runner.file('running'), run: () => runner.run() }
}
