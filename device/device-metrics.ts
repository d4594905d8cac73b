// The device's own families of metrics; every labelled series exists from the start.

import type { Registry } from 'prom-client'
import { EVENT_STREAMS, JOB_STATES, REPORT_KINDS } from '../contract/index.ts'
import type { DeviceStatus } from './device-status.ts'
import { addGpuMetrics } from './gpu-metrics.ts'
import type { JobQueue } from './jobs/index.ts'
import type { Stores } from './open-stores.ts'
import type { Watches } from './open-watches.ts'
import { addGauge, type Sample } from './scraped-family.ts'

interface MetricParts {
  readonly registry: Registry
  readonly stores: Stores
  readonly jobs: JobQueue
  readonly watches: Watches
  readonly status: DeviceStatus
}

export function addDeviceMetrics({ registry, ...parts }: MetricParts): void {
  addGpuMetrics(registry, parts.watches.gpus)
  addMachineMetrics(registry, parts)
  addRungMetrics(registry, parts.status)
}

function addMachineMetrics(
  registry: Registry,
  { stores, jobs, watches, status }: Omit<MetricParts, 'registry'>
): void {
  addGauge(registry, {
    name: 'nearside_jobs',
    help: 'Jobs by kind and state.',
    labelNames: ['kind', 'state'],
    samples: () => {
      const all = jobs.list()
      return REPORT_KINDS.flatMap((kind) => {
        const ofKind = all.filter((job) => job.kind === kind)
        const count = (state: string): number => ofKind.filter((job) => job.state === state).length
        return JOB_STATES.map((state) => [{ kind, state }, count(state)] as const)
      })
    }
  })
  addGauge(registry, {
    name: 'nearside_outbox_bytes',
    help: 'Bytes of events that the fleet has not committed yet.',
    labelNames: ['stream'],
    samples: () => {
      const stats = stores.outbox.statsByStream()
      return EVENT_STREAMS.map((stream) => [{ stream }, stats[stream].bytes])
    }
  })
  addGauge(registry, {
    name: 'nearside_link_up',
    help: 'Whether a link is up.',
    labelNames: ['link'],
    samples: () => [[{ link: 'fleet' }, status.link().state === 'online' ? 1 : 0]]
  })
  addGauge(registry, {
    name: 'nearside_telemetry_age_seconds',
    help: 'Age of the newest reading.',
    labelNames: [],
    samples: () => {
      const { at, series } = watches.machine.snapshot()
      const newest = Math.max(0, ...series.map((reading) => reading.at ?? 0))
      return [[{}, newest === 0 ? 0 : (at - newest) / 1000]]
    }
  })
}

function addRungMetrics(registry: Registry, status: Pick<DeviceStatus, 'models'>): void {
  addGauge(registry, {
    name: 'nearside_model_rung_info',
    help: 'The rung that a model runs on.',
    labelNames: ['model', 'version', 'rung'],
    samples: () =>
      status.models().models.map(({ name, version, rung }) => [{ model: name, version, rung }, 1])
  })
  addGauge(registry, {
    name: 'nearside_model_rung_refused',
    help: 'A rung that does not run a model here, with the code of the reason.',
    labelNames: ['model', 'version', 'rung', 'code'],
    samples: () =>
      status
        .models()
        .models.flatMap(({ name, version, ladder }) =>
          ladder.flatMap(({ rung, code }): Sample[] =>
            code === null ? [] : [[{ model: name, version, rung, code }, 1]]
          )
        )
  })
}
