// What the kiosk knows about its device, and how each event changes it. Pure: states are replaced, never
// changed, so that a screen can be drawn from one argument.

import type {
  Alarm,
  DeviceInfo,
  DeviceModels,
  GpuOverview,
  Job,
  LogOverview,
  SeriesHistory,
  SeriesReading,
  StreamState,
  TelemetrySnapshot
} from '../api/index.ts'
import type { ChartPoint } from '../elements/index.ts'

export interface DeviceState {
  readonly device: DeviceInfo | null
  readonly series: readonly SeriesReading[] | null
  readonly alarms: readonly Alarm[]
  readonly logs: LogOverview | null
  readonly models: DeviceModels | null
  /** Null until they were read once. */
  readonly gpus: GpuOverview | null
  readonly jobs: readonly Job[]
  /** The last 15 minutes of each series. */
  readonly history: ReadonlyMap<string, readonly ChartPoint[]>
  readonly stream: StreamState
  /** Why the first load failed; empty when it did not. */
  readonly failure: string
}

export const EMPTY_STATE: DeviceState = {
  device: null,
  series: null,
  alarms: [],
  logs: null,
  models: null,
  gpus: null,
  jobs: [],
  history: new Map(),
  stream: { state: 'connecting' },
  failure: ''
}

/** How much of each series a tile shows, milliseconds. */
export const TILE_WINDOW_MS = 15 * 60_000

const pointOf = ({ at, value, band }: SeriesReading): ChartPoint | undefined =>
  at === null ? undefined : { at, value, low: band?.low ?? null, high: band?.high ?? null }

function grown(points: readonly ChartPoint[], reading: SeriesReading): readonly ChartPoint[] {
  const point = pointOf(reading)
  const last = points.at(-1)
  if (!point || (last && point.at <= last.at)) return points
  const oldest = point.at - TILE_WINDOW_MS
  return [...points.filter(({ at }) => at >= oldest), point]
}

/** Takes in new readings and lengthens every trend. */
export function withTelemetry(state: DeviceState, { series }: TelemetrySnapshot): DeviceState {
  const history = new Map(state.history)
  for (const reading of series) {
    history.set(reading.name, grown(history.get(reading.name) ?? [], reading))
  }
  return { ...state, series, history, failure: '' }
}

/** Takes in the stored past of a series; what arrived live since stays. */
export function withHistory(state: DeviceState, { series, points }: SeriesHistory): DeviceState {
  const last = points.at(-1)?.at ?? 0
  const live = (state.history.get(series.name) ?? []).filter(({ at }) => at > last)
  const history = new Map(state.history)
  history.set(series.name, [...points, ...live])
  return { ...state, history }
}

/** Takes in one alarm as it stands now. */
export function withAlarm(state: DeviceState, alarm: Alarm): DeviceState {
  const others = state.alarms.filter(({ id }) => id !== alarm.id)
  return { ...state, alarms: [...others, alarm] }
}

/** Takes in one job as it stands now; the newest is first. */
export function withJob(state: DeviceState, job: Job): DeviceState {
  const others = state.jobs.filter(({ id }) => id !== job.id)
  const jobs = [...others, job].toSorted((a, b) => b.createdAt - a.createdAt)
  return { ...state, jobs }
}
