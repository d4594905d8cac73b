// The device's own families of metrics; every labelled series exists from the start.

import { Gauge, type Registry } from 'prom-client'
import { EVENT_STREAMS, JOB_STATES, REPORT_KINDS } from '../contract/index.ts'
import type { DeviceStatus } from './device-status.ts'
import { addGpuMetrics } from './gpu-metrics.ts'
import type { JobQueue } from './jobs/index.ts'
import type { Stores } from './open-stores.ts'
import type { Watches } from './open-watches.ts'

interface MetricParts {
  readonly registry: Registry
  readonly stores: Stores
  readonly jobs: JobQueue
  readonly watches: Watches
  readonly status: DeviceStatus
}

export function addDeviceMetrics({ registry, stores, jobs, watches, status }: MetricParts): void {
  const registers = [registry]
  addGpuMetrics(registry, watches.gpus)
  new Gauge({
    name: 'nearside_jobs',
    help: 'Jobs by kind and state.',
    labelNames: ['kind', 'state'],
    registers,
    collect() {
      for (const kind of REPORT_KINDS) for (const state of JOB_STATES) this.set({ kind, state }, 0)
      for (const { kind, state } of jobs.list()) this.inc({ kind, state })
    }
  })
  new Gauge({
    name: 'nearside_outbox_bytes',
    help: 'Bytes of events that the fleet has not committed yet.',
    labelNames: ['stream'],
    registers,
    collect() {
      const stats = stores.outbox.statsByStream()
      for (const stream of EVENT_STREAMS) this.set({ stream }, stats[stream].bytes)
    }
  })
  new Gauge({
    name: 'nearside_link_up',
    help: 'Whether a link is up.',
    labelNames: ['link'],
    registers,
    collect() {
      this.set({ link: 'fleet' }, status.link().state === 'online' ? 1 : 0)
    }
  })
  new Gauge({
    name: 'nearside_telemetry_age_seconds',
    help: 'Age of the newest reading.',
    registers,
    collect() {
      const { at, series } = watches.machine.snapshot()
      const newest = Math.max(0, ...series.map((reading) => reading.at ?? 0))
      this.set(newest === 0 ? 0 : (at - newest) / 1000)
    }
  })
  new Gauge({
    name: 'nearside_model_rung_info',
    help: 'The rung that a model runs on.',
    labelNames: ['model', 'version', 'rung'],
    registers,
    collect() {
      this.reset()
      for (const { name, version, rung } of status.models().models)
        this.set({ model: name, version, rung }, 1)
    }
  })
  new Gauge({
    name: 'nearside_model_rung_refused',
    help: 'A rung that does not run a model here, with the code of the reason.',
    labelNames: ['model', 'version', 'rung', 'code'],
    registers,
    collect() {
      this.reset()
      for (const { name, version, ladder } of status.models().models)
        for (const { rung, code } of ladder)
          if (code !== null) this.set({ model: name, version, rung, code }, 1)
    }
  })
}
