// Triton's families of metrics, under Triton's names and labels, and our histogram of waiting: set from the
// counters of the models at each scrape, so that every model has its series from the start.

import type { Registry } from 'prom-client'
import { FAILURE_REASONS, LATENCY_BOUNDS_MS, type ModelStatistics } from './inference/index.ts'
import { addCounter, addGauge } from './scraped-family.ts'

interface InferenceMetricsOptions {
  readonly registry: Registry
  readonly statistics: () => readonly ModelStatistics[]
}

interface Family {
  readonly name: string
  readonly help: string
  readonly value: (model: ModelStatistics) => number
}

const toUs = (ns: number): number => Math.round(ns / 1000)

/** Name and meaning as Triton documents them (docs/user_guide/metrics.md). */
const COUNTERS: readonly Family[] = [
  {
    name: 'nv_inference_request_success',
    help: 'Number of successful inference requests, all batch sizes',
    value: ({ success }) => success.count
  },
  {
    name: 'nv_inference_count',
    help: 'Number of inferences performed (does not include cached requests)',
    value: ({ inferenceCount }) => inferenceCount
  },
  {
    name: 'nv_inference_exec_count',
    help: 'Number of model executions performed (does not include cached requests)',
    value: ({ executionCount }) => executionCount
  },
  {
    name: 'nv_inference_request_duration_us',
    help: 'Cumulative inference request duration in microseconds (includes cached requests)',
    value: ({ success }) => toUs(success.ns)
  },
  {
    name: 'nv_inference_queue_duration_us',
    help: 'Cumulative inference queuing duration in microseconds (includes cached requests)',
    value: ({ queue }) => toUs(queue.ns)
  },
  {
    name: 'nv_inference_compute_input_duration_us',
    help: 'Cumulative compute input duration in microseconds (does not include cached requests)',
    value: ({ computeInput }) => toUs(computeInput.ns)
  },
  {
    name: 'nv_inference_compute_infer_duration_us',
    help: 'Cumulative compute inference duration in microseconds (does not include cached requests)',
    value: ({ computeInfer }) => toUs(computeInfer.ns)
  },
  {
    name: 'nv_inference_compute_output_duration_us',
    help: 'Cumulative inference compute output duration in microseconds (does not include cached requests)',
    value: ({ computeOutput }) => toUs(computeOutput.ns)
  }
]

const LABELS = ['model', 'version']
const labelsOf = ({ name, version }: ModelStatistics) => ({ model: name, version })

/** Adds the families to the registry of the process. */
export function addInferenceMetrics({ registry, statistics }: InferenceMetricsOptions): void {
  for (const { name, help, value } of COUNTERS)
    addCounter(registry, {
      ...{ name, help, labelNames: LABELS },
      samples: () => statistics().map((model) => [labelsOf(model), value(model)])
    })
  addCounter(registry, {
    name: 'nv_inference_request_failure',
    help: 'Number of failed inference requests, all batch sizes',
    labelNames: [...LABELS, 'reason'],
    samples: () =>
      statistics().flatMap((model) =>
        FAILURE_REASONS.map(
          (reason) => [{ ...labelsOf(model), reason }, model.failures[reason].count] as const
        )
      )
  })
  addGauge(registry, {
    name: 'nv_inference_pending_request_count',
    help: 'Instantaneous number of pending requests awaiting execution per-model.',
    labelNames: LABELS,
    samples: () => statistics().map((model) => [labelsOf(model), model.pending])
  })
  addHistograms(registry, statistics)
}

interface SnapshotHistogram {
  readonly name: string
  readonly help: string
  /** Divides milliseconds into the unit of the family. */
  readonly perUnitMs: number
  readonly labels: (model: ModelStatistics) => Readonly<Record<string, string>>
  readonly read: (model: ModelStatistics) => ModelStatistics['latency']
}

function addHistograms(
  registry: Registry,
  statistics: InferenceMetricsOptions['statistics']
): void {
  const histograms: readonly SnapshotHistogram[] = [
    {
      name: 'nv_inference_first_response_histogram_ms',
      help: 'Duration from request to first response in milliseconds',
      perUnitMs: 1,
      labels: labelsOf,
      read: ({ latency }) => latency
    },
    {
      name: 'nearside_queue_wait_seconds',
      help: 'How long requests waited before their batch ran.',
      perUnitMs: 1000,
      labels: ({ name }) => ({ model: name }),
      read: ({ wait }) => wait
    }
  ]
  for (const histogram of histograms) registerHistogram(registry, histogram, statistics)
}

/** prom-client's own histogram only observes; this one shows counts that were made elsewhere. */
function registerHistogram(
  registry: Registry,
  { name, help, perUnitMs, labels, read }: SnapshotHistogram,
  statistics: InferenceMetricsOptions['statistics']
): void {
  const get = async () => ({
    name,
    help,
    type: 'histogram',
    aggregator: 'sum',
    values: statistics().flatMap((model) => {
      const own = labels(model)
      const { counts, sumMs } = read(model)
      const all = counts[LATENCY_BOUNDS_MS.length] ?? 0
      const bounds: readonly (number | string)[] = [
        ...LATENCY_BOUNDS_MS.map((bound) => bound / perUnitMs),
        '+Inf'
      ]
      return [
        ...bounds.map((le, index) => ({
          metricName: `${name}_bucket`,
          labels: { ...own, le },
          value: counts[index] ?? 0
        })),
        { metricName: `${name}_sum`, labels: own, value: sumMs / perUnitMs },
        { metricName: `${name}_count`, labels: own, value: all }
      ]
    })
  })
  registry.registerMetric({ name, help, get, reset: () => undefined } as never)
}
