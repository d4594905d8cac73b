// Gathers the evidence about each model: takes a sample of counters and readings now and then, and compares the
// newest with the oldest of the last minute. It judges nothing.

import type { BatchTrace, GpuReading, ModelManifest, Rung } from '../../contract/index.ts'
import type { ModelStatistics, Tuning } from '../inference/index.ts'
import type {
  CloseReason,
  Evidence,
  GpuEvidence,
  MachineEvidence,
  SettingsInForce
} from './advisor-evidence.ts'
import { fitCostLine } from './cost-line.ts'
import { traceP95Ms } from './trace-latency.ts'

/** What the advisor reads of the models. */
export interface EvidencePool {
  statistics(name?: string): ModelStatistics[]
  traces(limit?: number, name?: string): BatchTrace[]
  tuning(name: string): Tuning
  layout(name: string): { readonly instances: number; readonly threads: number }
  manifest(name: string): ModelManifest
  status(): readonly { readonly name: string; readonly state: string }[]
}

export interface EvidenceSources {
  readonly pool: EvidencePool
  readonly gpus: () => readonly GpuReading[]
  /** Value of a telemetry series; null where it is not known. */
  readonly reading: (series: string) => number | null
  /** Share of time in which everything waited for the disk, %; null where the system does not say. */
  readonly ioStallPercent: () => Promise<number | null>
}

interface Sample {
  readonly at: number
  readonly monotonicMs: number
  readonly statistics: ModelStatistics
  readonly loading: boolean
  readonly gpus: readonly GpuReading[]
}

/** The time between two samples, in which the model stood on a rung of this device. */
interface Stretch {
  readonly oldest: Sample
  readonly newest: Sample
  readonly rung: Rung
}

/** Seven samples of ten seconds span a minute. */
const KEPT = 7
/** Data type → bytes of an element. */
const ELEMENT: Readonly<Record<string, number>> = {
  ...{ BOOL: 1, INT8: 1, UINT8: 1, INT16: 2, UINT16: 2, FP16: 2 },
  ...{ INT32: 4, UINT32: 4, FP32: 4, INT64: 8, UINT64: 8, FP64: 8 }
}

export class EvidenceSamples {
  readonly #sources: EvidenceSources
  #samples = new Map<string, Sample[]>()
  #ioStallPercent: number | null = null

  constructor(sources: EvidenceSources) {
    this.#sources = sources
  }

  /** Takes one sample of every model. */
  async take(at: number, monotonicMs: number): Promise<void> {
    const { pool, gpus, ioStallPercent } = this.#sources
    this.#ioStallPercent = await ioStallPercent()
    const readings = gpus()
    const loading = new Set(
      pool.status().flatMap(({ name, state }) => (state === 'loading' ? [name] : []))
    )
    const names = new Set<string>()
    for (const statistics of pool.statistics()) {
      const { name } = statistics
      names.add(name)
      const sample = { at, monotonicMs, statistics, loading: loading.has(name), gpus: readings }
      const known = this.#samples.get(name) ?? []
      const kept = known.some((one) => !sameRun(one, sample)) ? [] : known.slice(1 - KEPT)
      this.#samples.set(name, [...kept, sample])
    }
    for (const name of this.#samples.keys()) if (!names.has(name)) this.#samples.delete(name)
  }

  /** Forgets what was before a setting changed: those figures belong to the former setting. */
  forget(model: string): void {
    this.#samples.delete(model)
  }

  /** Evidence about every model of which there are two samples. */
  gather(): Evidence[] {
    return [...this.#samples.values()].flatMap((samples) => {
      const [oldest] = samples
      const newest = samples.at(-1)
      if (!oldest || !newest || newest.monotonicMs <= oldest.monotonicMs) return []
      const { rung } = newest.statistics
      // What another machine computes is not this device's to judge.
      return rung === 'remote' ? [] : [this.#evidence(samples, { oldest, newest, rung })]
    })
  }

  #evidence(samples: readonly Sample[], { oldest, newest, rung }: Stretch): Evidence {
    const { pool } = this.#sources
    const { name, version } = newest.statistics
    const traces = pool.traces(undefined, name).filter(({ at }) => at >= oldest.at)
    const seconds = (newest.monotonicMs - oldest.monotonicMs) / 1000
    const counted = difference(newest.statistics, oldest.statistics)
    const settings = this.#settings(name)
    const roundTripMs = roundTrip(traces)
    const computeMs = counted.batches > 0 ? counted.computedMs / counted.batches : 0
    const overhead =
      roundTripMs === null ? 0 : Math.max(0, roundTripMs.allMs - roundTripMs.insideMs)
    const servers = Math.max(settings.instances, ...traces.map(({ instance }) => instance + 1))
    const busyMs = counted.computedMs + counted.batches * overhead
    return {
      ...{ at: newest.at, model: name, version, rung, seconds, servers, settings, computeMs },
      ...{ requests: counted.requests, batches: counted.batches, rows: counted.rows },
      queueMs: counted.requests > 0 ? counted.queueMs / counted.requests : 0,
      roundTripMs: roundTripMs === null ? null : computeMs + overhead,
      p95Ms: traceP95Ms(traces),
      busy: Math.min(1, busyMs / 1000 / seconds / servers),
      // Little's law: the time that all requests spent here by the time that passed.
      concurrency: counted.totalMs / 1000 / seconds,
      reasons: reasonShares(traces),
      batchBytes: batchBytes(traces),
      line: fitCostLine(traces, overhead),
      loadingShare: samples.filter(({ loading }) => loading).length / samples.length,
      latencyGoalMs: pool.manifest(name).latencyGoalMs,
      gpu: rung === 'cpu' ? null : gpuEvidence(samples, name),
      machine: this.#machine()
    }
  }

  #settings(name: string): SettingsInForce {
    const { pool } = this.#sources
    const tuning = pool.tuning(name)
    return {
      ...pool.layout(name),
      maxBatch: tuning.maxBatch ?? pool.manifest(name).batching.maxBatch,
      maxWaitMs: tuning.maxWaitMs ?? null
    }
  }

  #machine(): MachineEvidence {
    const { reading } = this.#sources
    const [read, write] = [reading('disk.read'), reading('disk.write')]
    return {
      cpuLoadPercent: reading('cpu.load'),
      memoryPercent: reading('memory.used'),
      diskMbPerS: read === null && write === null ? null : (read ?? 0) + (write ?? 0),
      ioStallPercent: this.#ioStallPercent
    }
  }
}

/** Counters of another version or rung, or that went back, compare with nothing. */
function sameRun({ statistics: before }: Sample, { statistics: now }: Sample): boolean {
  return (
    before.version === now.version &&
    before.rung === now.rung &&
    before.executionCount <= now.executionCount
  )
}

function difference(now: ModelStatistics, before: ModelStatistics) {
  const computed = ({ batches }: ModelStatistics): number =>
    batches.reduce((sum, { computeInfer }) => sum + computeInfer.ns, 0)
  return {
    requests: now.success.count - before.success.count,
    batches: now.executionCount - before.executionCount,
    rows: now.inferenceCount - before.inferenceCount,
    queueMs: (now.queue.ns - before.queue.ns) / 1e6,
    totalMs: (now.success.ns - before.success.ns) / 1e6,
    computedMs: (computed(now) - computed(before)) / 1e6
  }
}

/** What the agent expected batches to take, learnt from what they took, beside their time in the executor. */
function roundTrip(
  traces: readonly BatchTrace[]
): { readonly allMs: number; readonly insideMs: number } | null {
  const known = traces.filter(({ predictedMs }) => predictedMs !== null)
  if (known.length === 0) return null
  const mean = (of: (trace: BatchTrace) => number): number =>
    known.reduce((sum, trace) => sum + of(trace), 0) / known.length
  return {
    allMs: mean(({ predictedMs }) => predictedMs ?? 0),
    insideMs: mean(({ computeMs }) => computeMs)
  }
}

function reasonShares(traces: readonly BatchTrace[]): Record<CloseReason, number> {
  const shares = { full: 0, deadline: 0, 'no-gain': 0, only: 0, throttled: 0, shared: 0 }
  for (const { reason } of traces) shares[reason] += 1 / traces.length
  return shares
}

/** Bytes of the tensors of a mean batch, as its bucket says: `x:FP32[3,224,224] mask:BOOL[224]`. */
function batchBytes(traces: readonly BatchTrace[]): number | null {
  if (traces.length === 0) return null
  let sum = 0
  for (const { bucket, rows } of traces) {
    const row = rowBytes(bucket)
    if (row === null) return null
    sum += rows * row
  }
  return sum / traces.length
}

function rowBytes(bucket: string): number | null {
  let bytes = 0
  for (const [, type = '', shape = ''] of bucket.matchAll(/:([A-Z]+\d*)\[([\d,]*)\]/g)) {
    const size = ELEMENT[type]
    if (size === undefined) return null
    bytes += shape.split(',').reduce((product, text) => product * Number(text || 1), size)
  }
  return bytes > 0 ? bytes : null
}

/** The GPU that the model works on; where processes are not known (Jetson), the most loaded one. */
function gpuEvidence(samples: readonly Sample[], model: string): GpuEvidence | null {
  const newest = samples.at(-1)?.gpus ?? []
  const own = newest.filter(({ processes }) => processes.some((one) => one.model === model))
  const [gpu] = [...(own.length > 0 ? own : newest)].sort((a, b) => (b.load ?? 0) - (a.load ?? 0))
  if (!gpu) return null
  const working = samples
    .flatMap(({ gpus }) => gpus)
    .filter(({ uuid, load }) => uuid === gpu.uuid && (load === null || load > 0))
  const shareOf = (...reasons: readonly GpuReading['throttle'][number][]): number =>
    working.filter(({ throttle }) => reasons.some((reason) => throttle.includes(reason))).length /
    Math.max(1, working.length)
  const { memoryUsedMb: used, memoryTotalMb: total } = gpu
  const known = used !== null && total !== null && total > 0
  return {
    ...{ name: gpu.name, temperatureC: gpu.temperatureC, powerW: gpu.powerW },
    loadPercent: meanOf(working.map(({ load }) => load)),
    memoryLoadPercent: meanOf(working.map(({ memoryLoad }) => memoryLoad)),
    memoryPercent: known ? (100 * used) / total : null,
    freeMb: known ? total - used : null,
    unifiedMemory: gpu.unifiedMemory,
    thermalShare: shareOf('thermal'),
    powerShare: shareOf('power', 'hardware-slowdown')
  }
}

function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.flatMap((value) => value ?? [])
  return known.length > 0 ? known.reduce((sum, value) => sum + value, 0) / known.length : null
}
