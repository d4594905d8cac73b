import t from 'tap'
import { FAILURE_REASONS, LATENCY_BOUNDS_MS, StatisticsCounter } from './model-statistics.ts'

t.test('a new counter reads zero everywhere', async (t) => {
  const read = new StatisticsCounter().read()
  t.same(read.success, { count: 0, ns: 0 })
  for (const reason of FAILURE_REASONS) t.same(read.failures[reason], { count: 0, ns: 0 })
  t.same(read.batches, [])
  t.equal(read.latency.counts.length, LATENCY_BOUNDS_MS.length + 1)
  t.ok(read.latency.counts.every((count) => count === 0))
})

t.test('a batch counts once, its requests and rows each', async (t) => {
  const counter = new StatisticsCounter()
  counter.batch(
    5,
    [
      { rows: 2, queueMs: 1, computeMs: 4 },
      { rows: 3, queueMs: 0.25, computeMs: 4 }
    ],
    1000
  )
  const read = counter.read()
  t.same(read.success, { count: 2, ns: 9.25e6 })
  t.same(read.queue, { count: 2, ns: 1.25e6 })
  t.same(read.computeInfer, { count: 2, ns: 8e6 })
  t.equal(read.inferenceCount, 5)
  t.equal(read.executionCount, 1)
  t.equal(read.lastInferenceAt, 1000)
  t.same(read.batches, [{ batchSize: 5, computeInfer: { count: 1, ns: 4e6 } }])
  t.match(counter.figures, { requests: 2, batches: 1 })
})

t.test('histograms are cumulative and keep what is beyond the last bound', async (t) => {
  const counter = new StatisticsCounter()
  const last = LATENCY_BOUNDS_MS.at(-1) ?? 0
  counter.batch(1, [{ rows: 1, queueMs: 0.4, computeMs: 0 }], 1)
  counter.batch(1, [{ rows: 1, queueMs: last + 1, computeMs: 1 }], 2)
  const { wait, latency } = counter.read()
  t.equal(wait.counts[0], 1)
  t.equal(wait.counts.at(-2), 1)
  t.equal(wait.counts.at(-1), 2)
  t.equal(latency.sumMs, 0.4 + last + 2)
})

t.test('failures are counted by reason with their time', async (t) => {
  const counter = new StatisticsCounter()
  counter.failure('CANCELED', 2)
  counter.failure('CANCELED', 3)
  t.same(counter.read().failures.CANCELED, { count: 2, ns: 5e6 })
  t.same(counter.read().failures.BACKEND, { count: 0, ns: 0 })
})

t.test('endless batch sizes take constant memory', async (t) => {
  const counter = new StatisticsCounter()
  for (let rows = 1; rows <= 3000; rows += 1)
    counter.batch(rows, [{ rows, queueMs: 0, computeMs: 1 }], rows)
  t.equal(counter.read().batches.length, 1024)
  t.equal(counter.read().executionCount, 3000)
})
