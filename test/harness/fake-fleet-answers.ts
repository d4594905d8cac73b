// Made-up answers of a fleet in a chosen state, in the contract's shapes: for the console's tests and for
// the eye. Names and figures are invented.

import type {
  FleetAlert,
  FleetAudit,
  FleetDevice,
  FleetLogs,
  FleetOverview,
  RegistryModel,
  Rollout,
  RolloutDetail,
  RolloutDevice
} from '../../contract/index.ts'
import {
  COUNT,
  devices,
  type FleetFakeState,
  HOUR,
  MINUTE,
  nameOf,
  REFUSAL,
  SHA
} from './fake-fleet-devices.ts'

const SIGNER = '9f2c41d07ab35e86'

const RUNNING = ['committed', 'committed', 'committed', 'downloading', 'golden', 'sent'] as const

function rolloutDevice(index: number, now: number, state: FleetFakeState): RolloutDevice {
  const refused = state === 'refused' && index < 3
  const running = state === 'running'
  const step = refused
    ? 'rejected'
    : running
      ? index < 9
        ? 'committed'
        : (RUNNING[3 + (index % 3)] ?? 'sent')
      : state === 'refused'
        ? 'superseded'
        : 'committed'
  return {
    device: nameOf(index),
    name: nameOf(index),
    state: step,
    progress: step === 'downloading' ? 0.42 : 1,
    code: refused ? 'NS_BUNDLE_UNTRUSTED' : null,
    reason: refused
      ? REFUSAL
      : step === 'committed'
        ? 'Runs sentence-roles 1.0.1.'
        : 'On its way: nothing has failed so far.',
    previousVersion: '1.0.0',
    at: now - (12 - index / 4) * MINUTE
  }
}

export function rollout(now: number, state: FleetFakeState): RolloutDetail {
  const members = state === 'refused' ? 3 : COUNT
  const each = Array.from({ length: members }, (_, index) => rolloutDevice(index, now, state))
  const count = (...states: readonly string[]): number =>
    each.filter((one) => states.includes(one.state)).length
  const version = state === 'refused' ? '1.0.2' : '1.0.1'
  const failed = count('rejected', 'failed')
  const done = count('committed')
  const active = count('downloading', 'golden')
  return {
    id: state === 'refused' ? 'r2' : 'r1',
    model: 'sentence-roles',
    version,
    state: state === 'refused' ? 'failed' : state === 'running' ? 'running' : 'finished',
    sentence:
      state === 'refused'
        ? `Failed on 3 of 3 devices. press-01: ${REFUSAL}`
        : state === 'running'
          ? `sentence-roles 1.0.1 runs on ${done} of ${members} devices, ${active} at work, ${count('sent')} waiting.`
          : `Finished: sentence-roles 1.0.1 runs on ${members} of ${members} devices.`,
    createdAt: now - 13 * MINUTE,
    endedAt: state === 'running' ? null : now - 2 * MINUTE,
    counts: { total: members, done, already: 0, active, waiting: count('sent'), failed },
    devices: each,
    timeline: [
      { at: now - 13 * MINUTE, device: null, sentence: `Rollout to ${members} devices started.` },
      ...each.flatMap(({ device: id, name, at, state: step }) => [
        {
          at: at - 9000,
          device: id,
          sentence: `${name}: sentence-roles ${version} is being downloaded.`
        },
        {
          at,
          device: id,
          sentence: `${name}: sentence-roles ${version} ${step === 'rejected' ? `was refused. ${REFUSAL}` : 'is in use.'}`
        }
      ])
    ]
  }
}

export function rollouts(now: number, state: FleetFakeState): Rollout[] {
  if (state === 'none') return []
  const { devices: _devices, timeline: _timeline, ...brief } = rollout(now, state)
  return [brief]
}

const CARD = `# sentence-roles

Tells whether a sentence of an abstract is background, method, result or conclusion.

## What it must not be used for

- To judge a person.
- Texts in other languages than English.
`

const model = (now: number, version: string, running: number): RegistryModel => ({
  name: 'sentence-roles',
  version,
  task: 'sentence classification',
  licence: 'Apache-2.0',
  publishedAt: now - (version === '1.0.0' ? 30 * 24 * HOUR : 20 * MINUTE),
  sizeBytes: 16_900_000,
  manifestSha256: SHA,
  signer: SIGNER,
  variants: [
    {
      file: 'model.int8.onnx',
      precision: 'int8',
      sha256: SHA,
      size: 5_600_000,
      memoryMb: 38,
      rungs: ['cpu']
    },
    {
      file: 'model.fp16.onnx',
      precision: 'fp16',
      sha256: SHA,
      size: 11_300_000,
      memoryMb: 52,
      rungs: ['cuda', 'webgpu']
    }
  ],
  accuracy: [
    {
      precision: 'int8',
      dataset: 'validation',
      metric: 'weighted F1',
      value: 0.9274,
      fp32: 0.9291,
      date: '2026-11-20'
    },
    {
      precision: 'fp16',
      dataset: 'validation',
      metric: 'weighted F1',
      value: 0.929,
      fp32: 0.9291,
      date: '2026-11-20'
    }
  ],
  card: CARD,
  devices: running
})

export function models(now: number, state: FleetFakeState): RegistryModel[] {
  if (state === 'none') return []
  const all = devices(now, state)
  const running = (version: string): number =>
    all.filter((one) => one.reported?.models[0]?.version === version).length
  const versions = state === 'refused' ? ['1.0.2', '1.0.1', '1.0.0'] : ['1.0.1', '1.0.0']
  return versions.map((version) => model(now, version, running(version)))
}

export function alerts(now: number, state: FleetFakeState): FleetAlert[] {
  if (state === 'none') return []
  const open = devices(now, state).flatMap(({ id, name, alarms }) =>
    alarms.map((alarm) => ({ ...alarm, device: id, deviceName: name }))
  )
  const past: FleetAlert = {
    id: 'a0',
    device: 'fill-02',
    deviceName: 'fill-02',
    priority: 3,
    source: 'machine-watch',
    subject: 'cpu.load',
    title: 'Processor load 98 %, normal 2–31 %',
    cause: 'Something else uses the processor.',
    action: 'Look what runs besides Nearside.',
    raisedAt: now - 5 * HOUR,
    clearedAt: now - 5 * HOUR + 12 * MINUTE,
    acknowledgedAt: null,
    shelvedUntil: null,
    shelveReason: null
  }
  return [...open, past]
}

function attention(now: number, state: FleetFakeState): FleetOverview['attention'] {
  const alarmed = devices(now, state).flatMap(({ id, name, alarms }) =>
    alarms.map(({ id: alarm, priority, title, action, raisedAt }) => ({
      id: `alarm ${id} ${alarm}`,
      priority,
      title: `${name}: ${title}`,
      detail: action,
      since: raisedAt,
      action: { label: 'Open the device', href: `#/devices/${id}` }
    }))
  )
  const away = devices(now, state)
    .filter((one) => one.state === 'offline' || one.state === 'stale')
    .map(({ id, name, state: presence, sentence, lastSeenAt }) => ({
      id: `device ${id}`,
      priority: 3 as const,
      title: `${name} is ${presence === 'stale' ? 'silent' : 'offline'}`,
      detail: `${sentence} It keeps working and keeps its events until it is back.`,
      since: lastSeenAt ?? now,
      action: { label: 'Open the device', href: `#/devices/${id}` }
    }))
  const failed = rollouts(now, state)
    .filter((one) => one.state === 'failed')
    .map(({ id, model: name, version, sentence, endedAt }) => ({
      id: `rollout ${id}`,
      priority: 2 as const,
      title: `The rollout of ${name} ${version} failed`,
      detail: sentence,
      since: endedAt ?? now,
      action: { label: 'Open the rollout', href: `#/rollouts/${id}` }
    }))
  return [...alarmed, ...failed, ...away]
}

export function overview(now: number, state: FleetFakeState): FleetOverview {
  const all = devices(now, state)
  const count = (presence: FleetDevice['state']): number =>
    all.filter((one) => one.state === presence).length
  const running = (version: string): number =>
    all.filter((one) => one.reported?.models[0]?.version === version).length
  const hour = Math.floor(now / HOUR) * HOUR
  return {
    name: 'Works fleet',
    version: '0.1.0',
    now,
    counts: {
      devices: all.length,
      online: count('online'),
      stale: count('stale'),
      offline: count('offline'),
      updating: rollouts(now, state)[0]?.counts.active ?? 0,
      alarms: all.reduce((sum, { alarms }) => sum + alarms.length, 0)
    },
    attention: attention(now, state),
    rollouts: rollouts(now, state),
    versions:
      all.length === 0
        ? []
        : [
            {
              model: 'sentence-roles',
              versions: ['1.0.0', '1.0.1']
                .map((version) => ({ version, devices: running(version) }))
                .filter((one) => one.devices > 0)
            }
          ],
    alertsPerHour: Array.from({ length: 24 }, (_, index) => ({
      at: hour - (23 - index) * HOUR,
      count: all.length === 0 ? 0 : index === 20 ? 8 : (index * 7) % 4
    })),
    broker: {
      state: 'well',
      kind: 'embedded',
      clients: all.length,
      denied: 0,
      sentence: `The broker serves ${all.length} devices.`
    },
    store: {
      state: 'well',
      bytes: 48e6,
      events: 301_224,
      eventsPerSecond: all.length === 0 ? 0 : 12.4
    }
  }
}

const TEMPLATES = [
  ['error', 'inference executor <*> ended with signal <*>; restarting', 6, 2],
  ['warning', 'link to <*> lost, next try in <*> s', 214, 3],
  ['info', 'batch of <*> done in <*> ms on <*>', 48_211, 24],
  ['info', 'telemetry: <*> series sampled', 20_160, 24]
] as const

export function logs(now: number, state: FleetFakeState): FleetLogs {
  const binMs = 15 * MINUTE
  const from = Math.floor(now / binMs) * binMs - 95 * binMs
  const quiet = state === 'none'
  const lines = Array.from({ length: 96 }, (_, index) =>
    quiet ? 0 : 400 + ((index * 37) % 90) + (index > 70 && index < 74 ? 2600 : 0)
  )
  return {
    lines: lines.reduce((sum, count) => sum + count, 0),
    templates: quiet
      ? []
      : TEMPLATES.map(([level, template, count, many]) => ({
          level,
          template,
          count,
          devices: many,
          firstSeenAt: now - 20 * 24 * HOUR,
          lastSeenAt: now - 2 * MINUTE
        })),
    anomalies: quiet
      ? []
      : [
          {
            id: 'l1',
            kind: 'burst',
            templateId: 't2',
            template: 'link to <*> lost, next try in <*> s',
            source: '/var/log/syslog',
            at: from + 71.5 * binMs,
            score: 0.98,
            reason: 'Seen 214 times in 10 s, usually 3.',
            device: 'harbour-01',
            deviceName: 'harbour-01'
          },
          {
            id: 'l2',
            kind: 'new-template',
            templateId: 't1',
            template: 'inference executor <*> ended with signal <*>; restarting',
            source: 'journal:nearside-device',
            at: now - 22 * MINUTE,
            score: 0.9,
            reason: 'First seen after 20 days of watching.',
            device: 'ward-01',
            deviceName: 'ward-01'
          }
        ],
    timeline: {
      from,
      binMs,
      lines,
      unusual: lines.map((count) => (count > 2000 ? count - 480 : 0))
    }
  }
}

export function audit(now: number, state: FleetFakeState): FleetAudit[] {
  if (state === 'none') return []
  return [
    {
      at: now - 2 * MINUTE,
      actor: 'operator',
      action: 'rollout-created',
      subject: 'sentence-roles 1.0.1',
      outcome: 'done',
      detail: 'To 24 devices.'
    },
    {
      at: now - 9 * MINUTE,
      actor: 'device (press-01)',
      action: 'model-rejected',
      subject: 'sentence-roles 1.0.2',
      outcome: 'refused',
      detail: REFUSAL
    },
    {
      at: now - 20 * MINUTE,
      actor: 'operator',
      action: 'model-published',
      subject: 'sentence-roles 1.0.1',
      outcome: 'done',
      detail: `Signed by ${SIGNER}.`
    }
  ]
}
