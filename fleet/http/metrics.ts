// The fleet's own series of /metrics. Every labelled series exists from the start, so that a graph shows
// zero instead of nothing.

import { Counter, Gauge, type Registry } from 'prom-client'
import { EVENT_STREAMS, type EventStream, ROLLOUT_STATES } from '../../contract/index.ts'
import { type BrokerPort, DENIED_ACTIONS } from '../broker/index.ts'
import { presenceOf } from '../devices/index.ts'
import type { Store } from '../store/index.ts'

const DEVICE_STATES = ['online', 'stale', 'offline', 'never-seen'] as const

interface MetricSources {
  readonly store: Store
  readonly broker: BrokerPort
  readonly now: () => number
}

function countDevices(registry: Registry, { store, now }: MetricSources): void {
  const gauge: Gauge<'state'> = new Gauge({
    name: 'nearside_fleet_devices',
    help: 'Enrolled devices by state.',
    labelNames: ['state'],
    registers: [registry],
    collect: async () => {
      const rows = await store.devices.all()
      const states = rows.map((row) => presenceOf(row, now()).state)
      for (const state of DEVICE_STATES)
        gauge.labels(state).set(states.filter((one) => one === state).length)
    }
  })
}

function countRollouts(registry: Registry, { store }: MetricSources): void {
  const gauge: Gauge<'state'> = new Gauge({
    name: 'nearside_fleet_rollouts',
    help: 'Rollouts by state.',
    labelNames: ['state'],
    registers: [registry],
    collect: async () => {
      const counts = await store.rollouts.countByState()
      for (const state of ROLLOUT_STATES) gauge.labels(state).set(counts.get(state) ?? 0)
    }
  })
}

function watchBroker(registry: Registry, { broker }: MetricSources): void {
  const clients: Gauge = new Gauge({
    name: 'nearside_broker_clients',
    help: 'Devices that are connected to the broker.',
    registers: [registry],
    collect: () => clients.set(broker.stats().clients)
  })
  const denied: Counter<'action'> = new Counter({
    name: 'nearside_broker_denied_total',
    help: 'What the broker refused, by action.',
    labelNames: ['action'],
    registers: [registry],
    collect: () => {
      const stats = broker.stats()
      denied.reset()
      for (const action of DENIED_ACTIONS) denied.labels(action).inc(stats.denied[action])
    }
  })
}

/**
 * Registers the series.
 * @returns the function that counts committed events
 */
export function registerFleetMetrics(
  registry: Registry,
  sources: MetricSources
): (stream: EventStream, events: number) => void {
  countDevices(registry, sources)
  countRollouts(registry, sources)
  watchBroker(registry, sources)
  const ingested = new Counter({
    name: 'nearside_fleet_ingest_messages_total',
    help: 'Events of devices that were committed, repetitions left out.',
    labelNames: ['stream'],
    registers: [registry]
  })
  for (const stream of EVENT_STREAMS) ingested.labels(stream).inc(0)
  return (stream, events) => ingested.labels(stream).inc(events)
}
