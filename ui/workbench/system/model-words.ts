// The words and figures of a model: its state, its live figures, what a rung says, engine builds, and why a
// batch was closed. Pure.

import type {
  BatchTrace,
  DeviceModel,
  DeviceModels,
  RungStatus,
  SeriesReading
} from '../../api/index.ts'
import type { Stack, StatusShape } from '../../elements/index.ts'
import { formatNumber, formatValue, msg, str } from '../../i18n/index.ts'
import { needsLook } from '../../words/index.ts'

export type EngineBuild = DeviceModels['builds'][number]

/** Shape and word of a model. */
export const MODEL_STATES: Readonly<
  Record<DeviceModel['state'], () => readonly [StatusShape, string]>
> = {
  cold: () => ['waiting', msg('Loads at first use')],
  loading: () => ['running', msg('Loading')],
  ready: () => ['normal', msg('Ready')],
  failed: () => ['failed', msg('Failed')]
}

export interface ModelFigure {
  readonly label: string
  readonly value: string
}

/** Rate, latency, waiting and batch size now; what the device does not measure yet is counted since the start. */
export function figuresOf(model: DeviceModel, series: readonly SeriesReading[]): ModelFigure[] {
  const live = (base: string): string | undefined => {
    const found = series.find(({ name }) => name === `${base}:${model.name}`)
    if (!found || found.value === null) return undefined
    const { value, unit, decimals } = found
    // More than three digits change too fast to be read.
    const shown = Math.min(decimals, value < 10 ? decimals : value < 100 ? 1 : 0)
    return unit === 'rows' ? formatNumber(value, shown) : formatValue(value, unit, shown)
  }
  const ms = (value: number | null): string =>
    formatValue(value, 'ms', (value ?? 100) < 100 ? 1 : 0)
  const average = model.batches === 0 ? '–' : formatNumber(model.requests / model.batches, 1)
  return [
    { label: msg('Requests'), value: live('model.rate') ?? formatNumber(model.requests) },
    { label: msg('Half within'), value: live('model.latency-p50') ?? ms(model.p50Ms) },
    { label: msg('95 % within'), value: live('model.latency-p95') ?? ms(model.p95Ms) },
    { label: msg('Wait, mean'), value: live('model.wait') ?? '–' },
    { label: msg('Rows in a batch'), value: live('model.batch-size') ?? average }
  ]
}

/** The shape of a rung: it serves, waits, was refused calmly, or needs a look. */
export function rungShape(rung: RungStatus): StatusShape {
  if (rung.taken) return 'done'
  if (needsLook(rung)) return 'warning'
  if (rung.code === null) return 'normal'
  return rung.code === 'NS_ENGINE_MISSING' ? 'waiting' : 'off'
}

/** What a rung says: its own sentence, or that it serves or stands by. */
export function rungSentence(
  { taken, sentence, code }: RungStatus,
  state: DeviceModel['state']
): string {
  if (sentence !== '') return sentence
  if (taken) return msg('In use.')
  if (code !== null) return msg('Refused.')
  return state === 'cold' ? msg('Not tried yet; the model loads at first use.') : msg('Stands by.')
}

/** `FP16, 1.9 ms` as it was measured on a rung; empty before. */
export function rungMeasure({ precision, p95Ms }: RungStatus): string {
  return [precision?.toUpperCase() ?? '', p95Ms === null ? '' : formatValue(p95Ms, 'ms', 1)]
    .filter(Boolean)
    .join(', ')
}

/** Faults of the TensorRT rung that a build of the engine can mend. */
const BUILDABLE = new Set(['NS_ENGINE_MISSING', 'NS_ENGINE_FOREIGN', 'NS_ENGINE_BUILD'])

export const isBuilding = ({ state }: EngineBuild): boolean =>
  state === 'waiting' || state === 'building' || state === 'checking'

/** Whether building an engine makes sense now. */
export const canBuild = (model: DeviceModel, builds: readonly EngineBuild[]): boolean =>
  model.ladder.some(({ code }) => code !== null && BUILDABLE.has(code)) &&
  !builds.some((build) => build.model === model.name && isBuilding(build))

/** Shape and word of a build. */
export const BUILD_STATES: Readonly<
  Record<EngineBuild['state'], () => readonly [StatusShape, string]>
> = {
  waiting: () => ['waiting', msg('Waiting')],
  building: () => ['running', msg('Building')],
  checking: () => ['running', msg('Checking its outputs')],
  ready: () => ['done', msg('Ready')],
  failed: () => ['failed', msg('Failed')],
  cancelled: () => ['off', msg('Cancelled')]
}

const REASONS: Readonly<Record<BatchTrace['reason'], () => string>> = {
  full: () => msg('full'),
  deadline: () => msg('a deadline was near'),
  'no-gain': () => msg('more rows would not have paid'),
  only: () => msg('nothing else waited'),
  throttled: () => msg('kept small: the machine is slowed down'),
  shared: () => msg('the rest went to another instance')
}

/** Why a batch was closed at its size. */
export const reasonWords = ({ reason }: BatchTrace): string => REASONS[reason]()

/** The batches as columns, oldest first: computing below, waiting above, the rows as number. */
export const stacksOf = (traces: readonly BatchTrace[]): readonly Stack[] =>
  traces
    .toSorted((a, b) => a.at - b.at)
    .map(({ computeMs, queueMaxMs, rows }) => ({
      base: computeMs,
      top: queueMaxMs,
      text: formatNumber(rows)
    }))

/** One sentence on the last batches. */
export function tracesSentence(traces: readonly BatchTrace[]): string {
  if (traces.length === 0) return msg('No batch has run yet.')
  const mean = (of: (trace: BatchTrace) => number): number =>
    traces.reduce((sum, trace) => sum + of(trace), 0) / traces.length
  const rows = formatNumber(
    mean((trace) => trace.rows),
    1
  )
  const wait = formatValue(
    mean(({ queueMaxMs }) => queueMaxMs),
    'ms',
    1
  )
  const compute = formatValue(
    mean(({ computeMs }) => computeMs),
    'ms',
    1
  )
  return msg(
    str`The last ${formatNumber(traces.length)} batches held ${rows} rows on average, waited ${wait} at most each and computed ${compute}.`
  )
}

/** Dimensions as written: `batch × 128`, where a variable one is `any`. */
export const shapeWords = (shape: readonly number[]): string =>
  shape.map((size) => (size < 0 ? msg('any') : formatNumber(size))).join(' × ')
