// Triton's families against their names, labels and both text formats, set from counters that are given.

import { Registry } from 'prom-client'
import t from 'tap'
import { toOpenMetrics } from '../kernel/open-metrics.ts'
import { LATENCY_BOUNDS_MS, type ModelStatistics } from './inference/index.ts'
import { addInferenceMetrics } from './inference-metrics.ts'

const none = { count: 0, ns: 0 }
const zeros = LATENCY_BOUNDS_MS.map(() => 0).concat(0)

const cold: ModelStatistics = {
  ...{ name: 'm', version: '1.0.0', rung: 'cpu', precision: 'int8' },
  ...{ success: none, queue: none, computeInput: none, computeInfer: none, computeOutput: none },
  failures: { REJECTED: none, CANCELED: none, BACKEND: none, OTHER: none },
  ...{ inferenceCount: 0, executionCount: 0, pending: 0, lastInferenceAt: 0, batches: [] },
  latency: { counts: zeros, sumMs: 0 },
  wait: { counts: zeros, sumMs: 0 }
}

const ran: ModelStatistics = {
  ...cold,
  success: { count: 3, ns: 9_000_499 },
  queue: { count: 3, ns: 2_000_000 },
  computeInfer: { count: 3, ns: 7_000_000 },
  failures: { ...cold.failures, CANCELED: { count: 2, ns: 5 } },
  ...{ inferenceCount: 5, executionCount: 2, pending: 4 },
  latency: { counts: zeros.map((_, index) => (index < 3 ? 0 : 3)), sumMs: 9 },
  wait: { counts: zeros.map(() => 3), sumMs: 1.5 }
}

t.test('every series is there from the start, and follows the counters', async (t) => {
  const registry = new Registry()
  let now = [cold]
  addInferenceMetrics({ registry, statistics: () => now })
  const labels = '{model="m",version="1.0.0"}'
  const first = await registry.metrics()
  for (const name of [
    'nv_inference_request_success',
    'nv_inference_count',
    'nv_inference_exec_count',
    'nv_inference_pending_request_count',
    'nv_inference_request_duration_us',
    'nv_inference_queue_duration_us',
    'nv_inference_compute_input_duration_us',
    'nv_inference_compute_infer_duration_us',
    'nv_inference_compute_output_duration_us',
    'nv_inference_first_response_histogram_ms_count'
  ])
    t.ok(first.includes(`\n${name}${labels} 0\n`), name)
  for (const reason of ['REJECTED', 'CANCELED', 'BACKEND', 'OTHER'])
    t.ok(
      first.includes(
        `nv_inference_request_failure{model="m",version="1.0.0",reason="${reason}"} 0\n`
      )
    )
  t.ok(first.includes('nearside_queue_wait_seconds_count{model="m"} 0\n'))
  now = [ran]
  await registry.metrics()
  const text = await registry.metrics()
  const expected: [string, string][] = [
    [`nv_inference_request_success${labels}`, '3'],
    [`nv_inference_count${labels}`, '5'],
    [`nv_inference_exec_count${labels}`, '2'],
    [`nv_inference_pending_request_count${labels}`, '4'],
    [`nv_inference_request_duration_us${labels}`, '9000'],
    [`nv_inference_queue_duration_us${labels}`, '2000'],
    [`nv_inference_compute_infer_duration_us${labels}`, '7000'],
    ['nv_inference_request_failure{model="m",version="1.0.0",reason="CANCELED"}', '2'],
    ['nv_inference_first_response_histogram_ms_bucket{model="m",version="1.0.0",le="2"}', '0'],
    ['nv_inference_first_response_histogram_ms_bucket{model="m",version="1.0.0",le="5"}', '3'],
    ['nv_inference_first_response_histogram_ms_bucket{model="m",version="1.0.0",le="+Inf"}', '3'],
    [`nv_inference_first_response_histogram_ms_sum${labels}`, '9'],
    ['nearside_queue_wait_seconds_bucket{model="m",le="0.0005"}', '3'],
    ['nearside_queue_wait_seconds_sum{model="m"}', '0.0015']
  ]
  for (const [series, value] of expected) t.ok(text.includes(`\n${series} ${value}\n`), series)
  now = [{ ...ran, version: '2.0.0' }]
  t.notOk((await registry.metrics()).includes('1.0.0'), 'a version that is gone has no series')
})

t.test('both text formats have HELP and TYPE for each family, once', async (t) => {
  const registry = new Registry()
  addInferenceMetrics({ registry, statistics: () => [ran, { ...ran, name: 'other' }] })
  const classic = await registry.metrics()
  for (const text of [classic, toOpenMetrics(classic)]) {
    const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name]) => name)
    const helps = [...text.matchAll(/^# HELP (\S+) \S/gm)].map(([, name]) => name)
    t.equal(new Set(types).size, types.length)
    t.same([...types].sort(), [...helps].sort())
    t.equal(types.length, 12)
  }
  const open = toOpenMetrics(classic)
  t.match(open, /^# TYPE nv_inference_request_success counter$/m)
  t.match(open, /^nv_inference_request_success_total\{model="m",version="1\.0\.0"\} 3$/m)
  t.match(open, /^# TYPE nearside_queue_wait_seconds histogram$/m)
  t.match(open, /# EOF\n$/)
})
