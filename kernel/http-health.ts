// /healthz, /readyz and /metrics of a process, with the lag of its event loop.

import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { z } from 'zod'
import { NearsideError, PRODUCT_VERSION } from '../contract/index.ts'
import type { Clock } from './clock.ts'
import { problems } from './http-responses.ts'
import type { HttpApp } from './http-server.ts'
import { toOpenMetrics } from './open-metrics.ts'

/** How often the lag is measured, ms. */
const LAG_PERIOD_MS = 50
/** Measurements kept for the percentile: 15 s. */
const LAG_WINDOW = 300

/** @public */
export interface LoopLag {
  /** 99th percentile of the last 15 s, ms. */
  p99Ms(): number
  stop(): void
}

/**
 * Measures how late timers run: what every request feels on top of its own work.
 * @public
 */
export function watchLoopLag(registry: Registry, clock: Clock): LoopLag {
  const histogram = new Histogram({
    name: 'nearside_event_loop_lag_seconds',
    help: 'How late the event loop runs its timers.',
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1],
    registers: [registry]
  })
  const window = new Float64Array(LAG_WINDOW)
  let count = 0
  let expected = clock.monotonicMs() + LAG_PERIOD_MS
  const stop = clock.every(LAG_PERIOD_MS, () => {
    const now = clock.monotonicMs()
    const lagMs = Math.max(0, now - expected)
    expected = now + LAG_PERIOD_MS
    histogram.observe(lagMs / 1000)
    window[count++ % LAG_WINDOW] = lagMs
  })
  const p99Ms = (): number => {
    const sorted = window.slice(0, Math.min(count, LAG_WINDOW)).sort()
    return sorted[Math.floor(sorted.length * 0.99)] ?? 0
  }
  return { p99Ms, stop }
}

/**
 * A registry with process metrics and the build; every family of the process goes into it.
 * @public
 */
export function createRegistry(): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 1000 })
  new Gauge({
    name: 'nearside_build_info',
    help: 'Version of Nearside.',
    labelNames: ['version'],
    registers: [registry]
  })
    .labels(PRODUCT_VERSION)
    .set(1)
  return registry
}

interface HealthOptions {
  readonly registry: Registry
  /** Null when ready, else one sentence that says what is missing. */
  readonly ready: () => string | null
}

/**
 * Adds the three addresses. /metrics is classic text, or OpenMetrics 1.0 when the client asks for it.
 * @public
 */
export function registerHealth(app: HttpApp, { registry, ready }: HealthOptions): void {
  const answer = z.object({ status: z.literal('ok') })
  app.get(
    '/healthz',
    { schema: { summary: 'The process runs', response: { 200: answer, ...problems() } } },
    () => ({ status: 'ok' as const })
  )
  app.get(
    '/readyz',
    { schema: { summary: 'The process serves', response: { 200: answer, ...problems(503) } } },
    () => {
      const missing = ready()
      if (missing) throw new NearsideError('NS_DEVICE_UNREACHABLE', missing)
      return { status: 'ok' as const }
    }
  )
  app.get(
    '/metrics',
    { schema: { summary: 'Prometheus metrics', produces: ['text/plain'] } },
    async (request, reply) => {
      const classic = await registry.metrics()
      const open = /application\/openmetrics-text/.test(request.headers.accept ?? '')
      if (!open) return reply.type(Registry.PROMETHEUS_CONTENT_TYPE).send(classic)
      return reply.type(Registry.OPENMETRICS_CONTENT_TYPE).send(toOpenMetrics(classic))
    }
  )
}
