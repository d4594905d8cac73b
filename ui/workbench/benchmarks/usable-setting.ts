// Which setting of a finished benchmark a device can take over for the model it measured, why it cannot take the
// best one, and what taking it changes. Pure.

import type {
  BenchmarkCell,
  BenchmarkReport,
  DeviceModel,
  ModelTuning,
  TuningSetting
} from '../../api/index.ts'
import { msg, str } from '../../i18n/index.ts'
import { rungWord } from '../../words/index.ts'
import {
  deciderWords,
  inForceWords,
  SETTINGS,
  type SettingName,
  tuningTitle
} from '../tuning-words.ts'
import { bestWithinGoal } from './benchmark-grid.ts'

/** What a page can offer for a setting: nothing, the act, or the reason why there is none. */
export type Offer =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'act'; readonly model: DeviceModel }
  | {
      readonly kind: 'reason'
      readonly sentence: string
      /** The setting to take instead, and for what it is the best. */
      readonly instead?: { readonly cell: BenchmarkCell; readonly place: string }
    }

const placeOf = ({ rung, precision }: DeviceModel): string =>
  `${rungWord(rung)}, ${precision.toUpperCase()}`

/** The best of the run, or else the fastest within the goal, of what the device runs the model with. */
function bestHere(report: BenchmarkReport, model: DeviceModel): BenchmarkCell | undefined {
  const cells = report.cells.filter(
    ({ setting: { rung, precision } }) => rung === model.rung && precision === model.precision
  )
  return cells.find(({ id }) => id === report.best) ?? bestWithinGoal({ ...report, cells })
}

/** What to offer for a setting; `models` are those of the device, null until they are known. */
export function offerOf(
  report: BenchmarkReport,
  cell: BenchmarkCell,
  models: readonly DeviceModel[] | null
): Offer {
  if (report.state !== 'done' || models === null) return { kind: 'nothing' }
  const model = models.find(({ name }) => name === report.model)
  const here = model && bestHere(report, model)
  if (model && here?.id === cell.id) return { kind: 'act', model }
  if (cell.id !== report.best) return { kind: 'nothing' }
  const reason = (sentence: string) => ({ kind: 'reason', sentence }) as const
  if (!model) return reason(msg(str`${report.model} is not on this device any more.`))
  if (model.rung === 'remote')
    return reason(msg(str`Another server runs ${model.name}; there is nothing to set here.`))
  const where = msg(
    str`This device runs ${model.name} on ${rungWord(model.rung)} in ${model.precision.toUpperCase()}, so it cannot use this setting.`
  )
  if (here) return { ...reason(where), instead: { cell: here, place: placeOf(model) } }
  return reason(`${where} ${msg('Of that the run has no setting within the goal.')}`)
}

/** Executors and largest batch, and the threads where they matter; nothing else is touched. */
export function wishOf({ setting }: BenchmarkCell): TuningSetting {
  const { rung, instances, threads, batch } = setting
  return { instances, ...(rung === 'cpu' ? { threads } : {}), maxBatch: batch }
}

/** Whether all of a wish was set already. */
export const isInUse = ({ set }: ModelTuning, wish: TuningSetting): boolean =>
  SETTINGS.every((name) => wish[name] === undefined || wish[name] === set[name])

export interface SettingChange {
  readonly title: string
  readonly now: string
  /** Who decides it now. */
  readonly by: string
  /** Empty when it stays as it is. */
  readonly next: string
}

/** Each setting as it is and as it will be. */
export function changesOf(
  tuning: ModelTuning,
  wish: TuningSetting,
  rung: DeviceModel['rung']
): readonly SettingChange[] {
  const { set, inForce } = tuning
  const wanted: ModelTuning = {
    set,
    inForce: {
      instances: wish.instances ?? inForce.instances,
      threads: wish.threads ?? inForce.threads,
      maxBatch: wish.maxBatch ?? inForce.maxBatch,
      maxWaitMs: wish.maxWaitMs ?? inForce.maxWaitMs
    }
  }
  const stays = (name: SettingName): boolean => wish[name] === undefined || wish[name] === set[name]
  return SETTINGS.map((name) => ({
    title: tuningTitle(name),
    now: inForceWords(name, tuning),
    by: deciderWords(name, tuning, rung),
    next: stays(name) ? '' : inForceWords(name, wanted)
  }))
}
