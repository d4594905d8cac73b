// Opens every part of the device and plugs them together; nothing runs yet.

import { randomBytes } from 'node:crypto'
import type { Clock } from '../kernel/clock.ts'
import type { Logger } from '../kernel/logger.ts'
import {
  type Advisor,
  type BenchmarkService,
  gpuGauges,
  openAdvisor,
  openBenchmarks
} from './advisor/index.ts'
import { DeviceStatus } from './device-status.ts'
import type { DevicePorts } from './http/index.ts'
import { createInferencePort } from './inference/index.ts'
import { JobIntake, JobQueue } from './jobs/index.ts'
import type { DeviceIdentity } from './link/index.ts'
import { LiveSignals } from './live-signals.ts'
import { openRemoteActs } from './model-remotes.ts'
import { type FleetLink, openLink } from './open-link.ts'
import { type Models, openModels } from './open-models.ts'
import { openStores, type Stores } from './open-stores.ts'
import { openWatches, type Watches } from './open-watches.ts'
import { pressModels } from './press-models.ts'
import { tellRungAlarms } from './rung-alarms.ts'
import type { DeviceSettings } from './settings.ts'
import { describeMachine, type MachineDescription } from './telemetry/index.ts'

export interface Parts {
  readonly stores: Stores
  readonly models: Models
  readonly jobs: JobQueue
  readonly watches: Watches
  readonly benchmarks: BenchmarkService
  readonly advisor: Advisor
  readonly link: FleetLink
  readonly status: DeviceStatus
  readonly signals: LiveSignals
  readonly ports: DevicePorts
}

interface PartOptions {
  readonly home: string
  readonly identity: DeviceIdentity
  readonly settings: DeviceSettings
  /** Paths, and `journal:<unit>`. */
  readonly logs: readonly string[]
  readonly scratchKey: Uint8Array | undefined
  readonly clock: Clock
  readonly logger: Logger
}

export async function openParts(options: PartOptions): Promise<Parts> {
  const { home, identity, settings, clock, logger } = options
  const signals = new LiveSignals(clock)
  const stores = await openStores({
    home,
    clock,
    logger,
    scratchKey: options.scratchKey ?? randomBytes(32)
  })
  let watched: Watches | undefined
  const models = await openModels({
    ...{ home, logger },
    onChange: () => {
      signals.changed('models')
      if (watched) tellRungAlarms({ pool: models.pool, alarms: watched.alarms })
    }
  })
  const jobs = openJobs(options, { stores, models, signals })
  const watches = openWatches({
    ...{ home, stores, models, clock, logger, logs: options.logs },
    onTelemetry: (snapshot) => signals.onTelemetry(snapshot),
    onLogs: (overview) => signals.onLogs(overview),
    onGpus: (overview) => signals.onGpus(overview),
    onAlarm: (alarm) => signals.onAlarm(alarm)
  })
  watched = watches
  tellRungAlarms({ pool: models.pool, alarms: watches.alarms })
  pressModels(watches.gpus, models.pool)
  const machine = await describeMachine()
  let link: FleetLink | undefined
  const status = new DeviceStatus({
    ...{ home, identity, machine, clock, stores, models, watches, jobs },
    startedAt: clock.now(),
    keepHours: settings.keepHours,
    link: () => link
  })
  link = openLink({
    ...{ home, identity, stores, models, clock, logger },
    engineSharing: settings.engineSharing,
    hello: () => status.hello(),
    state: () => status.state(),
    onChange: () => signals.changed('device')
  })
  const { benchmarks, advisor } = await openMeasuring(options, {
    ...{ models, watches, signals, machine }
  })
  const ports = portsOf({ stores, models, jobs, watches, status, benchmarks, advisor })
  return { stores, models, jobs, watches, benchmarks, advisor, link, status, signals, ports }
}

/** What measures the models: benchmarks when they are asked for, the advisor all the time. */
async function openMeasuring(
  { home, clock, logger }: PartOptions,
  {
    models,
    watches,
    signals,
    machine
  }: Pick<Parts, 'models' | 'watches' | 'signals'> & { readonly machine: MachineDescription }
): Promise<Pick<Parts, 'benchmarks' | 'advisor'>> {
  const gpus = gpuGauges(() => watches.gpus.overview().gpus)
  const benchmarks = await openBenchmarks({
    ...{ home, clock, gpus },
    engine: (bundle, variant) => models.engines.find(bundle, variant),
    onChange: (summary) => signals.onBenchmark(summary),
    onRemoved: (id) => signals.onBenchmarkRemoved(id)
  })
  const advisor: Advisor = await openAdvisor({
    ...{ home, clock, machine, pool: models.pool },
    gpus: () => watches.gpus.gpus(),
    telemetry: () => watches.machine.snapshot(),
    onFault: (error) => logger.error({ err: error }, 'the advisor met a fault and goes on'),
    onChange: () => signals.onAdvice(advisor.overview())
  })
  return { benchmarks, advisor }
}

function openJobs(
  { identity, settings, clock }: PartOptions,
  { stores, models, signals }: Pick<Parts, 'stores' | 'models' | 'signals'>
): JobQueue {
  signals.jobs.on('result', (result) => void stores.outbox.append('result', result))
  return new JobQueue({
    store: stores.jobs,
    vault: stores.vault,
    vaultAt: stores.vaultAt,
    inference: createInferencePort(models.pool),
    clock,
    bus: signals.jobs,
    device: identity.deviceId,
    keepMs: settings.keepHours * 3_600_000
  })
}

function actsOf({ pool, engines }: Models): DevicePorts['modelActs'] {
  return {
    load: async (name) => pool.load(name),
    unload: async (name) => pool.unload(name),
    traces: (limit, name) => {
      pool.manifest(name) // an unknown model is refused
      return pool.traces(limit, name)
    },
    buildEngine: async (name) => engines.build(pool.bundle(name)),
    cancelEngine: async (name) => engines.cancel(pool.manifest(name).name)
  }
}

function portsOf({
  stores,
  models,
  jobs,
  watches,
  status,
  benchmarks,
  advisor
}: Omit<Parts, 'link' | 'signals' | 'ports'>): DevicePorts {
  return {
    device: () => status.info(),
    telemetry: watches.machine,
    gpus: () => watches.gpus.overview(),
    benchmarks,
    advisor,
    logs: () => watches.logs.overview(),
    alarms: {
      list: () => watches.alarms.all(),
      acknowledge: (id) => watches.alarms.acknowledge(id),
      shelve: (id, reason, minutes) => watches.alarms.shelve(id, { reason, minutes })
    },
    models: () => status.models(),
    modelActs: actsOf(models),
    remoteActs: openRemoteActs({
      ...{ pool: models.pool, settings: models.remotes, audit: stores.audit }
    }),
    privacy: () => status.privacy(),
    jobs,
    intake: new JobIntake({ queue: jobs, vault: stores.vault })
  }
}
