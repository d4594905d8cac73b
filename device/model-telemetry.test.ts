// From the counters of the models to samples, and the pace of the GPUs from what the pool runs.

import { test } from 'tap'
import { ManualClock } from '../test/harness/manual-clock.ts'
import type { ModelStatistics } from './inference/index.ts'
import { tellModelTelemetry } from './model-telemetry.ts'
import type { TelemetrySample } from './telemetry/index.ts'

function statistics(requests: number): ModelStatistics {
  const none = { count: 0, ns: 0 }
  const counts = Array.from({ length: 14 }, () => requests)
  return {
    ...{ name: 'sentiment', version: '1', rung: 'cpu', precision: 'int8', success: none },
    ...{ failures: { REJECTED: none, CANCELED: none, BACKEND: none, OTHER: none } },
    ...{ queue: none, computeInput: none, computeInfer: none, computeOutput: none },
    ...{ inferenceCount: requests, executionCount: requests, pending: 0, lastInferenceAt: 0 },
    batches: [{ batchSize: 1, computeInfer: { count: requests, ns: requests * 1e7 } }],
    latency: { counts, sumMs: requests },
    wait: { counts, sumMs: requests }
  }
}

test('every ten seconds the models say what they did', (t) => {
  const clock = new ManualClock()
  const samples: TelemetrySample[] = []
  let models: ModelStatistics[] = []
  const stop = tellModelTelemetry({
    ...{ clock, statistics: () => models },
    onSample: (sample) => samples.push(sample)
  })
  clock.advance(10_000)
  t.same(samples, [], 'no model, nothing to say')
  models = [statistics(50)]
  clock.advance(10_000)
  models = [statistics(150)]
  clock.advance(10_000)
  const rate = samples.map(({ values }) =>
    values.find(({ name }) => name === 'model.rate:sentiment')
  )
  t.match(rate, [
    { value: 5, periodS: 10 },
    { value: 10, periodS: 10 }
  ])
  const busy = samples[1]?.values.find(({ name }) => name === 'model.busy:sentiment')
  t.equal(busy?.value, 0.1)
  stop()
  clock.advance(60_000)
  t.equal(samples.length, 2)
  t.end()
})
