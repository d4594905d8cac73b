// The series of a model from two sets of counters.

import { test } from 'tap'
import { type ModelCounters, modelSeries } from './model-series.ts'

const BOUNDS = [1, 10, 100]

function counters(more: Partial<ModelCounters>): ModelCounters {
  return {
    name: 'sentiment',
    batches: [],
    inferenceCount: 0,
    executionCount: 0,
    latency: { counts: [0, 0, 0, 0], sumMs: 0 },
    wait: { counts: [0, 0, 0, 0], sumMs: 0 },
    ...more
  }
}

const ns = (ms: number): { computeInfer: { ns: number } } => ({ computeInfer: { ns: ms * 1e6 } })

function figures(now: ModelCounters, before?: ModelCounters): Record<string, number | null> {
  const values = modelSeries([now], before ? [before] : [], { seconds: 10, boundsMs: BOUNDS })
  return Object.fromEntries(values.map(({ name, value }) => [name, value]))
}

test('rate, latency, waiting, batch size and busy executors of ten seconds', (t) => {
  const before = counters({
    ...{ batches: [ns(500)], inferenceCount: 40, executionCount: 20 },
    latency: { counts: [0, 40, 40, 40], sumMs: 200 },
    wait: { counts: [40, 40, 40, 40], sumMs: 10 }
  })
  const now = counters({
    ...{ batches: [ns(500), ns(8000)], inferenceCount: 240, executionCount: 45 },
    latency: { counts: [0, 140, 240, 240], sumMs: 5000 },
    wait: { counts: [240, 240, 240, 240], sumMs: 410 }
  })
  t.same(figures(now, before), {
    'model.rate:sentiment': 20,
    'model.latency-p50:sentiment': 10,
    'model.latency-p95:sentiment': 91,
    'model.wait:sentiment': 2,
    'model.batch-size:sentiment': 8,
    'model.busy:sentiment': 0.8
  })
  t.end()
})

test('a model that was never asked has a rate and nothing else', (t) => {
  t.same(figures(counters({})), { 'model.rate:sentiment': 0 })
  t.same(modelSeries([counters({})], [], { seconds: 0, boundsMs: BOUNDS }), [])
  t.end()
})

test('a span without a request is a gap, not a latency of nothing', (t) => {
  const same = counters({
    ...{ batches: [ns(5)], inferenceCount: 4, executionCount: 4 },
    latency: { counts: [4, 4, 4, 4], sumMs: 2 },
    wait: { counts: [4, 4, 4, 4], sumMs: 0 }
  })
  t.same(figures(same, same), {
    'model.rate:sentiment': 0,
    'model.latency-p50:sentiment': null,
    'model.latency-p95:sentiment': null,
    'model.wait:sentiment': null,
    'model.batch-size:sentiment': null,
    'model.busy:sentiment': 0
  })
  t.end()
})

test('counters that went back are those of a fresh start', (t) => {
  const before = counters({ executionCount: 9, latency: { counts: [9, 9, 9, 9], sumMs: 9 } })
  const now = counters({
    ...{ executionCount: 2, inferenceCount: 2, batches: [ns(1000)] },
    latency: { counts: [0, 0, 0, 2], sumMs: 900 }
  })
  t.match(figures(now, before), {
    'model.rate:sentiment': 0.2,
    'model.latency-p50:sentiment': 100,
    'model.busy:sentiment': 0.1
  })
  t.equal(
    figures(counters({ latency: { counts: [2, 2, 2, 2], sumMs: 1 } }))[
      'model.latency-p50:sentiment'
    ],
    0.5
  )
  t.end()
})
