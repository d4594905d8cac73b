// What the workbench knows about its device, and how each event changes it. Pure: states are replaced,
// never changed.

import type {
  AdvisorOverview,
  BenchmarkSummary,
  DeviceInfo,
  DeviceModels,
  GpuOverview,
  Job,
  LogOverview,
  SeriesReading,
  StreamState,
  TelemetrySnapshot
} from '../api/index.ts'
import type { ChartPoint } from '../elements/index.ts'

export interface WorkbenchState {
  readonly device: DeviceInfo | null
  readonly series: readonly SeriesReading[]
  readonly logs: LogOverview | null
  readonly models: DeviceModels | null
  /** Null until they were read once. */
  readonly gpus: GpuOverview | null
  /** The benchmarks that the stream has told of since it opened; null for one that was removed. */
  readonly benchmarks: ReadonlyMap<string, BenchmarkSummary | null>
  /** What the stream has told last since it opened; null before. */
  readonly advice: AdvisorOverview | null
  /** Newest first; null until they were read once. */
  readonly jobs: readonly Job[] | null
  /** Items a minute of each running job, since this page was opened. */
  readonly rates: ReadonlyMap<string, readonly ChartPoint[]>
  /** Jobs that are deleted unless the person takes it back. */
  readonly leaving: ReadonlySet<string>
  readonly stream: StreamState
  /** Why the first load failed; empty when it did not. */
  readonly failure: string
  /** When the device last said anything, milliseconds since 1970 by its clock. */
  readonly at: number | null
}

export const EMPTY_STATE: WorkbenchState = {
  device: null,
  series: [],
  logs: null,
  models: null,
  gpus: null,
  benchmarks: new Map(),
  advice: null,
  jobs: null,
  rates: new Map(),
  leaving: new Set(),
  stream: { state: 'connecting' },
  failure: '',
  at: null
}

/** Points of a job's rate that are kept. */
const RATE_POINTS = 240

function withRate(state: WorkbenchState, job: Job, now: number): WorkbenchState['rates'] {
  const value = job.progress.perMinute
  if (job.state !== 'running' || value === null) return state.rates
  const point = { at: now, value, low: null, high: null }
  const points = [...(state.rates.get(job.id) ?? []), point].slice(-RATE_POINTS)
  return new Map(state.rates).set(job.id, points)
}

/** Takes in one job as it stands now; the newest is first. */
export function withJob(state: WorkbenchState, job: Job, now: number): WorkbenchState {
  const others = (state.jobs ?? []).filter(({ id }) => id !== job.id)
  const jobs = [...others, job].toSorted((a, b) => b.createdAt - a.createdAt)
  return { ...state, jobs, rates: withRate(state, job, now) }
}

/** Takes a job out. */
export function withoutJob(state: WorkbenchState, id: string): WorkbenchState {
  const leaving = new Set(state.leaving)
  leaving.delete(id)
  return { ...state, leaving, jobs: (state.jobs ?? []).filter((job) => job.id !== id) }
}

/** Hides a job that is about to be deleted, or shows it again. */
export function withLeaving(state: WorkbenchState, id: string, leaves: boolean): WorkbenchState {
  const leaving = new Set(state.leaving)
  if (leaves) leaving.add(id)
  else leaving.delete(id)
  return { ...state, leaving }
}

/** Takes in new readings. */
export const withTelemetry = (
  state: WorkbenchState,
  { at, series }: TelemetrySnapshot
): WorkbenchState => ({ ...state, at, series, failure: '' })

/** Takes in a benchmark as it stands now, or that it is gone. */
export const withBenchmark = (
  state: WorkbenchState,
  id: string,
  summary: BenchmarkSummary | null
): WorkbenchState => ({ ...state, benchmarks: new Map(state.benchmarks).set(id, summary) })

/** Takes in what became of the stream; after a cut nobody knows what it would have told. */
export function withStream(
  state: WorkbenchState,
  stream: WorkbenchState['stream']
): WorkbenchState {
  const told = stream.state === 'lost' ? { benchmarks: new Map(), advice: null } : {}
  return { ...state, ...told, stream }
}

/** Whether the device tells by itself what changes. */
export const isLive = ({ stream }: WorkbenchState): boolean => stream.state === 'open'

/** The jobs that are shown. */
export const shownJobs = ({ jobs, leaving }: WorkbenchState): readonly Job[] =>
  (jobs ?? []).filter(({ id }) => !leaving.has(id))
