// What is watched without end: this machine's readings and its logs. What they find becomes telemetry, log
// and alarm records for the fleet, and events for the pages.

import { join } from 'node:path'
import type {
  Alarm,
  AlarmRecord,
  GpuOverview,
  LogOverview,
  TelemetrySnapshot
} from '../contract/index.ts'
import type { Clock } from '../kernel/clock.ts'
import { newId } from '../kernel/ids.ts'
import type { Logger } from '../kernel/logger.ts'
import { openGpus } from './open-gpus.ts'
import type { Models } from './open-models.ts'
import type { Stores } from './open-stores.ts'
import { TelemetryHistory } from './store/index.ts'
import { type GpuBoard, TelemetrySource } from './telemetry/index.ts'
import {
  AlarmList,
  LogAlarms,
  LogWatch,
  type LogWatchSource,
  MachineWatch
} from './watches/index.ts'

export interface WatchEvents {
  onTelemetry(snapshot: TelemetrySnapshot): void
  onLogs(overview: LogOverview): void
  /** New readings of the GPUs, where there are any. */
  onGpus(overview: GpuOverview): void
  onAlarm(alarm: Alarm): void
}

/** How long a start waits to tell what is watched, ms. */
const FIRST_SAMPLE_MS = 1500

interface WatchOptions extends WatchEvents {
  readonly home: string
  readonly stores: Stores
  readonly models: Models
  readonly clock: Clock
  readonly logger: Logger
  /** Paths, and `journal:<unit>`. */
  readonly logs: readonly string[]
}

export interface Watches {
  readonly machine: MachineWatch
  readonly logs: LogWatch
  readonly gpus: GpuBoard
  readonly alarms: AlarmList
  /** Number of series that this machine has, known after the first sample; resolves soon in any case. */
  firstSeries(): Promise<number>
  start(): Promise<void>
  stop(): Promise<void>
}

export function openWatches(options: WatchOptions): Watches {
  const { home, stores, models, clock, logger } = options
  const source = new TelemetrySource({ clock })
  const alarms = openAlarms(options)
  const gpus = openGpus({
    ...{ source, clock, alarms, pool: models.pool },
    onGpus: options.onGpus
  })
  const onFault = (error: unknown): void =>
    logger.error({ err: error }, 'a watch could not save its state')
  const logAlarms = new LogAlarms({ clock, onAlarm: (change) => alarms.apply(change) })
  const machine = new MachineWatch({
    source,
    clock,
    stateFile: join(home, 'device', 'machine-watch.json'),
    history: new TelemetryHistory({ folder: join(home, 'device', 'history'), clock }),
    onSnapshot: options.onTelemetry,
    onRecord: (record) => void stores.outbox.append('telemetry', record),
    onAlarm: (change) => alarms.apply(change),
    onFault
  })
  const logs = new LogWatch({
    sources: options.logs.map(sourceOf),
    stateFile: join(home, 'device', 'log-watch.json'),
    clock,
    onOverview: options.onLogs,
    onRecord: (record) => void stores.outbox.append('log', record),
    onAnomaly: (anomaly) => logAlarms.take(anomaly)
  })
  const sampled = firstSample(source, clock)
  return {
    machine,
    logs,
    alarms,
    gpus: gpus.board,
    firstSeries: async () => {
      await sampled
      return machine.snapshot().series.filter((series) => series.state !== 'unavailable').length
    },
    start: async () => {
      await machine.start()
      gpus.start()
      source.start()
      await logs.start()
      logAlarms.start()
    },
    stop: async () => {
      logAlarms.stop()
      gpus.stop()
      await logs.stop()
      await source.stop()
      await machine.stop()
    }
  }
}

/** Resolves at the first value that a sensor gives, and soon in any case. */
function firstSample(source: TelemetrySource, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const stop = source.onSample(({ values }) => {
      if (values.every(({ unavailable }) => unavailable)) return
      stop()
      resolve()
    })
    clock.after(FIRST_SAMPLE_MS, resolve)
  })
}

/** A source as settings name it: a path, or `journal:<unit>`. */
function sourceOf(name: string): LogWatchSource {
  return name.startsWith('journal:')
    ? { kind: 'journal', unit: name.slice('journal:'.length) }
    : { kind: 'file', path: name }
}

function openAlarms({ stores, clock, onAlarm }: WatchOptions): AlarmList {
  return new AlarmList({
    clock,
    newId,
    initial: stores.alarms.load(),
    save: (alarms) => stores.alarms.save(alarms),
    onChange: (record: AlarmRecord) => {
      stores.outbox.append('alarm', record)
      onAlarm(record.alarm)
    }
  })
}
