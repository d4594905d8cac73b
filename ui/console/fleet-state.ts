// What the console knows about its fleet, and how each event changes it. Pure: states are replaced, never
// changed, so that a screen can be drawn from one argument.

import type {
  FleetAlert,
  FleetDevice,
  FleetOverview,
  RegistryModel,
  Rollout,
  RolloutDetail,
  SharedEngine,
  StreamState
} from '../api/index.ts'

export interface FleetState {
  readonly overview: FleetOverview | null
  /** By name; null until they were read once. */
  readonly devices: readonly FleetDevice[] | null
  /** Newest first. */
  readonly rollouts: readonly Rollout[] | null
  /** Rollouts whose devices are known, by id. */
  readonly details: ReadonlyMap<string, RolloutDetail>
  readonly models: readonly RegistryModel[] | null
  /** TensorRT engines that the fleet hands on. */
  readonly engines: readonly SharedEngine[]
  /** Open and cleared, newest first. */
  readonly alerts: readonly FleetAlert[] | null
  /** When new log records last came in, by the fleet's clock. */
  readonly logsAt: number
  readonly stream: StreamState
  /** Why the first load failed, with its code; empty when it did not. */
  readonly failure: string
  readonly code: string
  /** When the fleet last said anything, by its clock. */
  readonly at: number | null
}

export const EMPTY_STATE: FleetState = {
  overview: null,
  devices: null,
  rollouts: null,
  details: new Map(),
  models: null,
  engines: [],
  alerts: null,
  logsAt: 0,
  stream: { state: 'connecting' },
  failure: '',
  code: '',
  at: null
}

const names = new Intl.Collator('en', { numeric: true })

/** Devices as people look for them. */
export const byName = (devices: readonly FleetDevice[]): readonly FleetDevice[] =>
  devices.toSorted((a, b) => names.compare(a.name, b.name))

/** Takes in one device as it stands now. */
export function withDevice(state: FleetState, device: FleetDevice): FleetState {
  const others = (state.devices ?? []).filter(({ id }) => id !== device.id)
  return { ...state, devices: byName([...others, device]) }
}

/** Takes in a rollout with its devices; the list of rollouts follows. */
export function withRollout(state: FleetState, detail: RolloutDetail): FleetState {
  const { devices: _devices, timeline: _timeline, ...rollout } = detail
  const others = (state.rollouts ?? []).filter(({ id }) => id !== detail.id)
  const rollouts = [...others, rollout].toSorted((a, b) => b.createdAt - a.createdAt)
  return { ...state, rollouts, details: new Map(state.details).set(detail.id, detail) }
}

/** Takes in an alert as it stands now. */
export function withAlert(state: FleetState, alert: FleetAlert): FleetState {
  const others = (state.alerts ?? []).filter(
    ({ id, device }) => id !== alert.id || device !== alert.device
  )
  return { ...state, alerts: [...others, alert].toSorted((a, b) => b.raisedAt - a.raisedAt) }
}

/** Neither cleared nor shelved; the most urgent first, newest first within a priority. */
export const openAlerts = (state: FleetState, now: number): readonly FleetAlert[] =>
  (state.alerts ?? [])
    .filter(({ clearedAt, shelvedUntil }) => clearedAt === null && (shelvedUntil ?? 0) <= now)
    .toSorted((a, b) => a.priority - b.priority || b.raisedAt - a.raisedAt)

/** What is shown is not what is: no event has come since. Acts wait until it is. */
export const isLost = ({ stream }: FleetState): boolean => stream.state === 'lost'
