// Made-up readings of a device for the pages' tests: everything follows from a state's name, a moment and a
// fixed seed, so that a picture can be compared with an earlier one.

import type { SeriesHistory, SeriesPoint, SeriesReading } from '../../contract/index.ts'

export const FAKE_STATES = [
  'normal',
  'alarm',
  'flood',
  'learning',
  'stale',
  'no-link',
  'no-gpu',
  'many-gpus',
  'fallen',
  'empty',
  'error',
  'loading'
] as const
export type FakeState = (typeof FAKE_STATES)[number]

export const MINUTE = 60_000

/** A number in 0..1 that depends on its arguments alone. */
export function noise(seed: number, index: number): number {
  const x = Math.sin(seed * 127.1 + index * 311.7) * 43_758.5453
  return x - Math.floor(x)
}

interface Moment {
  readonly now: number
  readonly state: FakeState
}

interface Shape {
  readonly name: string
  readonly group: SeriesReading['group']
  readonly title: string
  readonly unit: string
  readonly decimals: number
  readonly middle: number
  readonly swing: number
  readonly missing?: boolean
}

const shape = (
  base: readonly [string, SeriesReading['group'], string],
  shown: readonly [string, number],
  size: readonly [number, number]
): Shape => ({
  name: base[0],
  group: base[1],
  title: base[2],
  unit: shown[0],
  decimals: shown[1],
  middle: size[0],
  swing: size[1]
})

export const SHAPES: readonly Shape[] = [
  shape(['cpu.load', 'cpu', 'Processor load'], ['%', 1], [12, 9]),
  shape(['cpu.run-queue', 'cpu', 'Tasks waiting for a processor'], ['tasks', 2], [0.6, 0.5]),
  shape(['memory.used', 'memory', 'Memory in use'], ['%', 1], [41, 2]),
  shape(['memory.swap', 'memory', 'Swap in use'], ['%', 1], [0.4, 0.1]),
  shape(['disk.used:/', 'disk', 'Disk in use, /'], ['%', 1], [63, 0.2]),
  shape(['disk.read', 'disk', 'Disk reads'], ['MB/s', 2], [0.4, 0.4]),
  shape(['disk.write', 'disk', 'Disk writes'], ['MB/s', 2], [2.1, 1.4]),
  shape(['network.received', 'network', 'Network received'], ['MB/s', 2], [1.2, 0.8]),
  shape(['network.sent', 'network', 'Network sent'], ['MB/s', 2], [0.3, 0.2]),
  shape(['temperature.cpu', 'temperature', 'Processor temperature'], ['°C', 1], [54, 4]),
  shape(['gpu.load:0', 'gpu', 'GPU load, 0'], ['%', 0], [38, 12]),
  shape(['gpu.temperature:0', 'gpu', 'GPU temperature, 0'], ['°C', 0], [61, 3]),
  shape(['gpu.memory:0', 'gpu', 'GPU memory in use, 0'], ['%', 1], [44, 4]),
  shape(['gpu.power:0', 'gpu', 'GPU power, 0'], ['W', 1], [88, 20]),
  shape(['gpu.clock:0', 'gpu', 'GPU clock, 0'], ['MHz', 0], [2050, 120]),
  shape(['gpu.throttle:0', 'gpu', 'GPU held back, last minute, 0'], ['%', 0], [2, 2]),
  shape(
    ['nearside.loop-lag', 'nearside', 'Agent loop lag, 99th percentile'],
    ['ms', 1],
    [3.2, 1.5]
  ),
  shape(
    ['model.rate:sentence-roles', 'nearside', 'Requests to a model, sentence-roles'],
    ['/s', 2],
    [412, 40]
  ),
  shape(
    ['model.latency-p50:sentence-roles', 'nearside', 'Time to an answer, median'],
    ['ms', 1],
    [11.2, 1]
  ),
  shape(
    ['model.latency-p95:sentence-roles', 'nearside', 'Time to an answer, 95th percentile'],
    ['ms', 1],
    [18.4, 3]
  ),
  shape(
    ['model.wait:sentence-roles', 'nearside', 'Time that requests wait, mean'],
    ['ms', 1],
    [3.1, 1]
  ),
  shape(
    ['model.batch-size:sentence-roles', 'nearside', 'Rows in a batch, mean'],
    ['rows', 1],
    [7.8, 1.5]
  ),
  {
    ...shape(['gpu.memory-temperature:0', 'gpu', 'GPU memory temperature, 0'], ['°C', 0], [70, 5]),
    missing: true
  }
]

/** The series of a machine in a state: without GPU none has a value, with eight each has its own. */
function shapesOf(state: FakeState): readonly Shape[] {
  if (state === 'no-gpu')
    return SHAPES.map((of) => (of.group === 'gpu' ? { ...of, missing: true } : of))
  if (state !== 'many-gpus') return SHAPES
  return SHAPES.flatMap((of) =>
    of.group !== 'gpu'
      ? [of]
      : Array.from({ length: 8 }, (_, index) => ({
          ...of,
          name: of.name.replace(':0', `:${index}`),
          title: of.title.replace(', 0', `, ${index}`)
        }))
  )
}

export const HOT = 'cpu.load'
const HOT_FOR = 3 * MINUTE

const bandOf = ({ middle, swing }: Shape): { low: number; high: number } => ({
  low: Math.max(0, middle - swing),
  high: middle + swing
})

function valueAt(of: Shape, at: number, state: FakeState): number {
  const seed = of.name.length + (of.name.codePointAt(1) ?? 0)
  const second = Math.floor(at / 1000)
  const slow = Math.sin(second / 67 + seed) * 0.35
  const fast = (noise(seed, Math.floor(second / 5)) - 0.5) * 0.7
  const hot = (state === 'alarm' || state === 'flood') && of.name === HOT
  return Math.max(0, of.middle + of.swing * (slow + fast) + (hot ? of.middle * 6 : 0))
}

function point(of: Shape, at: number, { now, state }: Moment): SeriesPoint {
  const hotNow = now - at < HOT_FOR ? state : 'normal'
  const learning = state === 'learning' && now - at > 20_000
  const band = state === 'learning' ? undefined : bandOf(of)
  const value = valueAt(of, at, hotNow)
  return {
    at,
    value: learning ? null : value,
    low: band?.low ?? null,
    high: band?.high ?? null,
    score: band ? (value > band.high ? 0.93 : 0.04 + noise(3, Math.floor(at / 5000)) * 0.1) : null
  }
}

function reading(of: Shape, now: number, state: FakeState): SeriesReading {
  const stale = state === 'stale' && of.group === 'memory'
  const at = stale ? now - 47 * MINUTE : now - 400
  const last = point(of, at, { now, state })
  const known: SeriesReading['state'] =
    state === 'learning' ? 'learning' : (last.value ?? 0) > bandOf(of).high ? 'abnormal' : 'normal'
  return {
    name: of.name,
    group: of.group,
    title: of.title,
    unit: of.unit,
    decimals: of.decimals,
    value: of.missing ? null : last.value,
    at: of.missing ? null : at,
    periodS: 1,
    band: state === 'learning' || of.missing ? null : bandOf(of),
    score: of.missing ? null : last.score,
    state: of.missing ? 'unavailable' : stale ? 'stale' : known,
    learningLeftS: state === 'learning' ? 38 : null
  }
}

export const telemetry = (
  now: number,
  state: FakeState
): { at: number; series: SeriesReading[] } => ({
  at: now,
  series: state === 'empty' ? [] : shapesOf(state).map((of) => reading(of, now, state))
})

export function history(
  name: string,
  minutes: number,
  { now, state }: Moment
): SeriesHistory | undefined {
  const of = shapesOf(state).find((known) => known.name === name)
  if (!of) return undefined
  const step = Math.max(2000, (minutes * MINUTE) / 480)
  const end = state === 'stale' && of.group === 'memory' ? now - 6 * MINUTE : now
  const count = Math.floor((minutes * MINUTE - (now - end)) / step)
  const points = Array.from({ length: count }, (_, index) =>
    point(of, Math.round(end - (count - index) * step), { now, state })
  )
  return { series: reading(of, now, state), points }
}
