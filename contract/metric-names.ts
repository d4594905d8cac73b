// Names of the telemetry series with their units and titles: one registry for kiosk, fleet and factory.

import type { SERIES_GROUPS } from './messages/index.ts'

interface Metric {
  readonly group: (typeof SERIES_GROUPS)[number]
  readonly title: string
  readonly unit: string
  readonly decimals: number
}

const metric = (
  group: Metric['group'],
  title: string,
  shown: readonly [unit: string, decimals: number]
): Metric => ({
  group,
  title,
  unit: shown[0],
  decimals: shown[1]
})

/** A series that exists several times adds `:<instance>`, as in `disk.used:/data`. */
export const METRICS = {
  'cpu.load': metric('cpu', 'Processor load', ['%', 1]),
  'cpu.run-queue': metric('cpu', 'Tasks waiting for a processor', ['tasks', 2]),
  'memory.used': metric('memory', 'Memory in use', ['%', 1]),
  'memory.swap': metric('memory', 'Swap in use', ['%', 1]),
  'disk.used': metric('disk', 'Disk in use', ['%', 1]),
  'disk.read': metric('disk', 'Disk reads', ['MB/s', 2]),
  'disk.write': metric('disk', 'Disk writes', ['MB/s', 2]),
  'network.received': metric('network', 'Network received', ['MB/s', 2]),
  'network.sent': metric('network', 'Network sent', ['MB/s', 2]),
  'temperature.cpu': metric('temperature', 'Processor temperature', ['°C', 1]),
  'gpu.load': metric('gpu', 'GPU load', ['%', 0]),
  'gpu.memory': metric('gpu', 'GPU memory in use', ['%', 1]),
  'gpu.temperature': metric('gpu', 'GPU temperature', ['°C', 0]),
  'gpu.power': metric('gpu', 'GPU power', ['W', 1]),
  'gpu.clock': metric('gpu', 'GPU clock', ['MHz', 0]),
  'gpu.memory-load': metric('gpu', 'GPU memory traffic', ['%', 0]),
  'gpu.memory-temperature': metric('gpu', 'GPU memory temperature', ['°C', 0]),
  'gpu.throttle': metric('gpu', 'GPU held back, last minute', ['%', 0]),
  'model.rate': metric('nearside', 'Requests to a model', ['/s', 2]),
  'model.latency-p50': metric('nearside', 'Time to an answer, median', ['ms', 1]),
  'model.latency-p95': metric('nearside', 'Time to an answer, 95th percentile', ['ms', 1]),
  'model.wait': metric('nearside', 'Time that requests wait, mean', ['ms', 1]),
  'model.batch-size': metric('nearside', 'Rows in a batch, mean', ['rows', 1]),
  'model.busy': metric('nearside', 'Executors that compute, mean', ['executors', 2]),
  'nearside.loop-lag': metric('nearside', 'Agent loop lag, 99th percentile', ['ms', 1]),
  'nearside.memory': metric('nearside', 'Agent memory', ['MB', 0])
} as const satisfies Record<string, Metric>

export type MetricName = keyof typeof METRICS

/** The registry's entry for a series name, with or without an instance. */
export function metricOf(series: string): Metric | undefined {
  const base = series.split(':', 1)[0] ?? series
  return Object.hasOwn(METRICS, base) ? METRICS[base as MetricName] : undefined
}
