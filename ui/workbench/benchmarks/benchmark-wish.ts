// What a new benchmark asks for: the settings that fit a model on this machine, how long that will take, and
// the body of the request. Pure.

import type { BenchmarkReport, BenchmarkRequest, DeviceModel, RungStatus } from '../../api/index.ts'
import { formatDuration, formatNumber, msg, str } from '../../i18n/index.ts'
import { numberError, wholeError } from '../number-error.ts'

type Rung = RungStatus['rung']
type Precision = DeviceModel['precision']

export const PRECISIONS: readonly Precision[] = ['fp32', 'fp16', 'int8', 'int4']
export const BATCHES = [1, 2, 4, 8, 16, 32, 64, 128] as const
export const INSTANCES = [1, 2, 4, 8] as const

/** What the form holds; the texts of its number fields are kept as typed. */
export interface Wish {
  readonly model: string
  readonly rungs: readonly Rung[]
  readonly precisions: readonly Precision[]
  readonly batches: readonly number[]
  readonly instances: readonly number[]
  readonly seconds: string
  readonly repeats: string
  readonly method: 'grid' | 'halving'
}

/** Refusals after which a rung can still be measured. */
const MEASURABLE = new Set(['NS_RUNG_SLOWER', 'NS_ENGINE_MISSING'])

/** Whether a rung can be measured on this machine as it is. */
export const canMeasure = ({ code }: RungStatus): boolean => code === null || MEASURABLE.has(code)

const distinct = <Item>(items: readonly Item[]): readonly Item[] => [...new Set(items)]

/** The precisions that a model is known to have, in the order of the form. */
export function knownPrecisions(model: DeviceModel): readonly Precision[] {
  const known = new Set<Precision>([
    model.precision,
    ...model.ladder.flatMap(({ precision }) => precision ?? []),
    ...model.accuracy.map(({ precision }) => precision)
  ])
  return PRECISIONS.filter((precision) => known.has(precision))
}

/** A sensible start: every rung that works here, all known precisions, three batch sizes. */
export const firstWish = (model: DeviceModel): Wish => ({
  model: model.name,
  rungs: model.ladder.filter(canMeasure).map(({ rung }) => rung),
  precisions: knownPrecisions(model),
  batches: [1, 4, 16],
  instances: [1],
  seconds: '2',
  repeats: '5',
  method: 'grid'
})

/** The settings of an earlier run, to measure them again. */
export function wishOf({ model, cells }: BenchmarkReport): Wish {
  const of = <Value>(value: (cell: BenchmarkReport['cells'][number]) => Value): readonly Value[] =>
    distinct(cells.map(value))
  const repeats = Math.max(1, ...cells.map((cell) => cell.repeats))
  return {
    model,
    rungs: of(({ setting }) => setting.rung),
    precisions: of(({ setting }) => setting.precision),
    batches: of(({ setting }) => setting.batch).toSorted((a, b) => a - b),
    instances: of(({ setting }) => setting.instances).toSorted((a, b) => a - b),
    seconds: '2',
    repeats: String(repeats),
    method: 'grid'
  }
}

export const secondsError = ({ seconds }: Wish): string => numberError(seconds, 0.1, 120)

export const repeatsError = ({ repeats }: Wish): string => wholeError(repeats, 1, 30)

/** Why the run cannot start; empty when it can. */
export function wishError(wish: Wish): string {
  if (wish.model === '') return msg('Choose a model.')
  if (wish.rungs.length === 0) return msg('Choose at least one rung.')
  if (wish.precisions.length === 0) return msg('Choose at least one precision.')
  if (wish.batches.length === 0) return msg('Choose at least one batch size.')
  if (wish.instances.length === 0) return msg('Choose at least one number of instances.')
  return secondsError(wish) || repeatsError(wish)
}

/** The body of the request. */
export const requestOf = (wish: Wish): BenchmarkRequest => ({
  model: wish.model,
  rungs: [...wish.rungs],
  precisions: [...wish.precisions],
  batches: [...wish.batches],
  instances: [...wish.instances],
  seconds: Number(wish.seconds),
  repeats: Number(wish.repeats),
  method: wish.method
})

/** Loading and warming up the executors of one line-up, seconds: a guess that is good enough for a forecast. */
const LOAD_S = 3

/** Windows that are measured. Halving: 1, 3, 7 … repeats in all, and half of the settings stay each round. */
function windowsOf(settings: number, repeats: number, method: Wish['method']): number {
  if (method === 'grid') return settings * repeats
  let [windows, alive, have] = [0, settings, 0]
  for (let round = 1; have < repeats; round += 1) {
    const next = Math.min(repeats, 2 ** round - 1)
    windows += alive * (next - have)
    alive = Math.ceil(alive / 2)
    have = next
  }
  return windows
}

export interface Cost {
  readonly settings: number
  readonly seconds: number
}

/** What a wish costs before it starts; GPU rungs are tried on one GPU and on all of them. */
export function costOf(wish: Wish, gpus: number): Cost {
  const places = wish.rungs.reduce((sum, rung) => sum + (rung !== 'cpu' && gpus > 1 ? 2 : 1), 0)
  const lineUps = places * wish.precisions.length * wish.instances.length
  const settings = lineUps * wish.batches.length
  const windows = windowsOf(settings, Number(wish.repeats) || 0, wish.method)
  return { settings, seconds: windows * (Number(wish.seconds) || 0) + lineUps * LOAD_S }
}

/** `27 settings, 5 repeats of 2 s: about 5 min`. */
export function costWords(wish: Wish, gpus: number): string {
  const { settings, seconds } = costOf(wish, gpus)
  const rounded = seconds < 60 ? Math.ceil(seconds / 5) * 5 : Math.ceil(seconds / 60) * 60
  return msg(str`About ${formatDuration(rounded * 1000)} for ${formatNumber(settings)} settings`)
}
