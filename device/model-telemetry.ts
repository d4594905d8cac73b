// Turns what the models have counted into telemetry series, every ten seconds. Reads counters only: no model
// is asked, and nothing is counted here.

import type { Cancel, Clock } from '../kernel/clock.ts'
import { LATENCY_BOUNDS_MS, type ModelStatistics } from './inference/index.ts'
import { modelSeries, type TelemetrySample } from './telemetry/index.ts'

interface ModelTelemetryOptions {
  readonly statistics: () => readonly ModelStatistics[]
  readonly clock: Clock
  readonly onSample: (sample: TelemetrySample) => void
}

const PERIOD_MS = 10_000

/** Begins to tell; returns the function that ends it. */
export function tellModelTelemetry({ statistics, clock, onSample }: ModelTelemetryOptions): Cancel {
  let before = statistics()
  let beforeMs = clock.monotonicMs()
  return clock.every(PERIOD_MS, () => {
    const now = statistics()
    const nowMs = clock.monotonicMs()
    // Whole seconds: the period is what a series says of itself, not a measurement.
    const seconds = Math.max(1, Math.round((nowMs - beforeMs) / 1000))
    const values = modelSeries(now, before, { seconds, boundsMs: LATENCY_BOUNDS_MS })
    before = now
    beforeMs = nowMs
    if (values.length > 0) onSample({ at: clock.now(), values })
  })
}
