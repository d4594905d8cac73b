// Made-up devices of a fleet in a chosen state, with their readings: for the console's tests and for the
// eye. Names and figures are invented.

import type { FleetDevice, FleetSeries } from '../../contract/index.ts'

export type FleetFakeState =
  | 'well'
  | 'attention'
  | 'running'
  | 'refused'
  | 'none'
  | 'loading'
  | 'error'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const SHA = 'c0ffee'.padEnd(64, '0')

const PLACES = ['press', 'fill', 'cap', 'pack', 'ward', 'harbour'] as const
export const COUNT = 24

export const nameOf = (index: number): string =>
  `${PLACES[index % PLACES.length]}-${String(Math.floor(index / PLACES.length) + 1).padStart(2, '0')}`

const isOffline = (index: number, state: FleetFakeState): boolean =>
  (state === 'attention' && index === 5) || (state === 'running' && index === 11)

function alarmsOf(index: number, now: number, state: FleetFakeState): FleetDevice['alarms'] {
  const base = {
    clearedAt: null,
    acknowledgedAt: null,
    shelvedUntil: null,
    shelveReason: null
  }
  if (state !== 'attention') return []
  if (index === 0) {
    return [
      {
        ...base,
        id: 'a1',
        priority: 1,
        source: 'storage',
        subject: 'disk.used:/',
        title: 'Disk in use 99.6 %, normal 41–58 %',
        cause: 'The scratch space holds 214 jobs that were never fetched.',
        action: 'Erase finished jobs; results are still sent, new models cannot be installed.',
        raisedAt: now - 41 * MINUTE
      }
    ]
  }
  if (index === 4) {
    return [
      {
        ...base,
        id: 'a2',
        priority: 2,
        source: 'machine-watch',
        subject: 'gpu.temperature',
        title: 'GPU temperature 91 °C, normal 48–72 °C',
        cause: 'The fan turns at full speed: the filter may be blocked.',
        action: 'Clean the filter; the GPU has slowed down.',
        raisedAt: now - 3 * HOUR
      }
    ]
  }
  return []
}

const SERIES = [
  ['cpu.load', '%', 34],
  ['memory.used', '%', 61],
  ['disk.used:/', '%', 48],
  ['network.sent', 'MB/s', 0.4],
  ['temperature.cpu', '°C', 58],
  ['gpu.load', '%', 22],
  ['gpu.temperature', '°C', 63],
  ['nearside.loop-lag', 'ms', 3.2]
] as const

const hello = (index: number, now: number): NonNullable<FleetDevice['hello']> => ({
  session: 's1',
  name: nameOf(index),
  version: '0.1.0',
  platform: 'Jetson Orin NX, JetPack 6.2',
  cpu: 'Cortex-A78AE',
  cores: 8,
  memoryBytes: 16e9,
  gpus: ['Orin NX 16 GB'],
  startedAt: now - 9 * 24 * HOUR,
  gen: 12
})

const refusal = (now: number): NonNullable<FleetDevice['reported']>['installs'][number] => ({
  gen: 12,
  rollout: 'r2',
  model: 'sentence-roles',
  version: '1.0.2',
  step: 'rejected',
  progress: 1,
  code: 'NS_BUNDLE_UNTRUSTED',
  reason: REFUSAL,
  at: now - 3 * MINUTE
})

function reported(index: number, now: number, state: FleetFakeState): FleetDevice['reported'] {
  const updated = state === 'well' || (state === 'running' && index < 9)
  const waiting = isOffline(index, state) ? 214 : index % 5
  return {
    online: true,
    session: 's1',
    gen: 12,
    models: [
      {
        name: 'sentence-roles',
        version: updated ? '1.0.1' : '1.0.0',
        precision: 'int8',
        rung: index % 3 === 0 ? 'cuda' : 'cpu',
        manifestSha256: SHA,
        origin: updated ? 'installed' : 'builtin',
        refused:
          index % 3 === 1
            ? [
                {
                  rung: 'cuda',
                  code: 'NS_RUNG_LIBRARY',
                  sentence: 'libcudnn.so.9 was not found; install cuDNN 9 for CUDA 12.'
                }
              ]
            : []
      }
    ],
    installs: state === 'refused' && index < 3 ? [refusal(now)] : [],
    outbox: { events: waiting, bytes: waiting * 180, oldestAt: null },
    alarms: { p1: 0, p2: 0, p3: 0, p4: 0 },
    disk: { freeBytes: 24e9, totalBytes: 58e9 },
    lastError: null
  }
}

/** Where a device is, and since when. */
function presence(
  index: number,
  now: number,
  state: FleetFakeState
): Pick<FleetDevice, 'state' | 'sentence'> & { lastSeenAt: number } {
  if (isOffline(index, state)) {
    return { state: 'offline', sentence: 'Offline since 13:32.', lastSeenAt: now - 26 * MINUTE }
  }
  if (state === 'attention' && index === 9) {
    const sentence = 'Connected, but silent for 4 min.'
    return { state: 'stale', sentence, lastSeenAt: now - 4 * MINUTE }
  }
  const lastSeenAt = now - 900 * (1 + (index % 4))
  return { state: 'online', sentence: 'Connected and reporting.', lastSeenAt }
}

function device(index: number, now: number, state: FleetFakeState): FleetDevice {
  const where = presence(index, now, state)
  const hot = state === 'attention' && index === 4
  return {
    id: nameOf(index),
    name: nameOf(index),
    ...where,
    enrolledAt: now - (40 - index) * 24 * HOUR,
    hello: hello(index, now),
    reported: reported(index, now, state),
    alarms: alarmsOf(index, now, state),
    events: 12_480 + index * 31,
    telemetry: SERIES.map(([name, unit, value]) => {
      const odd = hot && name === 'gpu.temperature'
      return { name, unit, last: odd ? 91 : value, score: odd ? 0.97 : 0.12, at: where.lastSeenAt }
    })
  }
}

export const REFUSAL =
  'The bundle is signed by a key that this device does not trust; sign it with the release key, or have the device trust this one.'

export function devices(now: number, state: FleetFakeState): FleetDevice[] {
  if (state === 'none') return []
  return Array.from({ length: COUNT }, (_, index) => device(index, now, state))
}

export function series(name: string, hours: number, now: number): FleetSeries {
  const known = SERIES.find(([series]) => series === name) ?? SERIES[0]
  const step = Math.max(1, Math.round(hours / 4)) * MINUTE
  const count = Math.min(240, Math.floor((hours * HOUR) / step))
  return {
    series: name,
    unit: known[1],
    points: Array.from({ length: count }, (_, index) => {
      const mean = known[2] * (1 + 0.08 * Math.sin(index / 7) + 0.03 * Math.sin(index * 1.9))
      return { at: now - (count - index) * step, min: mean * 0.94, mean, max: mean * 1.07 }
    })
  }
}
