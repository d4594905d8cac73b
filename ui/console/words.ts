// The words and shapes of states, one table for all screens: a state is a shape and a word, never a colour
// alone. Pure.

import type {
  FleetAlert,
  FleetDevice,
  MetricName,
  Precision,
  Rollout,
  RolloutDevice,
  ServingRung
} from '../api/index.ts'
import type { Square, StatusShape } from '../elements/index.ts'
import { msg } from '../i18n/index.ts'

export type Said = readonly [shape: StatusShape, word: string]

export const deviceSaid = (state: FleetDevice['state']): Said =>
  ({
    online: ['normal', msg('Online')],
    stale: ['stale', msg('Stale')],
    offline: ['off', msg('Offline')],
    'never-seen': ['waiting', msg('Never connected')]
  })[state] as unknown as Said

export const rolloutSaid = (state: Rollout['state']): Said =>
  ({
    running: ['running', msg('Running')],
    finished: ['done', msg('Finished')],
    failed: ['failed', msg('Failed')]
  })[state] as unknown as Said

type Step = RolloutDevice['state']

const STEPS: Readonly<Record<Step, readonly [Square['state'], StatusShape, () => string]>> = {
  pending: ['open', 'waiting', () => msg('Not sent yet')],
  sent: ['waiting', 'waiting', () => msg('Sent')],
  already: ['done', 'done', () => msg('Ran it before')],
  offered: ['active', 'running', () => msg('Taken up')],
  downloading: ['active', 'running', () => msg('Downloading')],
  verifying: ['active', 'running', () => msg('Checking signature and digests')],
  golden: ['active', 'running', () => msg('Running the golden inputs')],
  switching: ['active', 'running', () => msg('Switching')],
  committed: ['done', 'done', () => msg('In use')],
  rejected: ['failed', 'failed', () => msg('Refused')],
  failed: ['failed', 'failed', () => msg('Failed')],
  superseded: ['open', 'stopped', () => msg('A newer rollout took its place')]
}

/** Shape and word of a device in a rollout. */
export const stepSaid = (step: Step): Said => [STEPS[step][1], STEPS[step][2]()]

/** The square of a device; one that waits and is away is drawn as offline. */
export function squareState(step: Step, away: boolean): Square['state'] {
  const state = STEPS[step][0]
  return away && (state === 'waiting' || state === 'open' || state === 'active') ? 'offline' : state
}

export const isFailed = ({ state }: Pick<RolloutDevice, 'state'>): boolean =>
  state === 'failed' || state === 'rejected'

/** Nothing more happens to the device in this rollout. */
export const isSettled = (step: Step): boolean =>
  isFailed({ state: step }) || ['already', 'committed', 'superseded'].includes(step)

const SERIES: Readonly<Record<MetricName, readonly [() => string, number]>> = {
  'cpu.load': [() => msg('Processor load'), 1],
  'cpu.run-queue': [() => msg('Tasks waiting for a processor'), 2],
  'memory.used': [() => msg('Memory in use'), 1],
  'memory.swap': [() => msg('Swap in use'), 1],
  'disk.used': [() => msg('Disk in use'), 1],
  'disk.read': [() => msg('Disk reads'), 2],
  'disk.write': [() => msg('Disk writes'), 2],
  'network.received': [() => msg('Network received'), 2],
  'network.sent': [() => msg('Network sent'), 2],
  'temperature.cpu': [() => msg('Processor temperature'), 1],
  'gpu.load': [() => msg('GPU load'), 0],
  'gpu.memory': [() => msg('GPU memory in use'), 1],
  'gpu.temperature': [() => msg('GPU temperature'), 0],
  'gpu.power': [() => msg('GPU power'), 1],
  'gpu.clock': [() => msg('GPU clock'), 0],
  'gpu.memory-load': [() => msg('GPU memory traffic'), 0],
  'gpu.memory-temperature': [() => msg('GPU memory temperature'), 0],
  'gpu.throttle': [() => msg('GPU held back, last minute'), 0],
  'model.rate': [() => msg('Requests to a model'), 2],
  'model.latency-p50': [() => msg('Time to an answer, median'), 1],
  'model.latency-p95': [() => msg('Time to an answer, p95'), 1],
  'model.wait': [() => msg('Time that requests wait, mean'), 1],
  'model.batch-size': [() => msg('Rows in a batch, mean'), 1],
  'model.busy': [() => msg('Instances that compute, mean'), 2],
  'nearside.loop-lag': [() => msg('Agent loop lag, p99'), 1],
  'nearside.memory': [() => msg('Agent memory'), 0]
}

/** `disk.used:/data` as a person reads it, with its decimals; an unknown name stays as it is. */
export function seriesSaid(series: string): { readonly title: string; readonly decimals: number } {
  const [base = '', ...rest] = series.split(':')
  const known = Object.entries(SERIES).find(([name]) => name === base)?.[1]
  if (!known) return { title: series, decimals: 2 }
  const instance = rest.join(':')
  return { title: `${known[0]()}${instance === '' ? '' : `, ${instance}`}`, decimals: known[1] }
}

const RUNGS: Readonly<Record<ServingRung, () => string>> = {
  tensorrt: () => 'TensorRT',
  cuda: () => 'CUDA',
  webgpu: () => 'WebGPU',
  cpu: () => 'CPU',
  remote: () => msg('another server')
}

export const precisionWord = (precision: Precision): string => precision.toUpperCase()

/** `INT8 on CPU`. */
export const rungSaid = ({
  precision,
  rung
}: {
  precision: Precision
  rung: ServingRung
}): string => `${precisionWord(precision)} ${msg('on')} ${RUNGS[rung]()}`

export const SOURCE_WORDS: Readonly<Record<FleetAlert['source'], () => string>> = {
  'machine-watch': () => msg('Machine watch'),
  'log-watch': () => msg('Log watch'),
  install: () => msg('Model install'),
  link: () => msg('Link'),
  job: () => msg('Job'),
  storage: () => msg('Storage'),
  model: () => msg('Model')
}
