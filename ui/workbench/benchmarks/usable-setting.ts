// Which setting of a finished benchmark a device can take over for the model it measured, why it cannot take the
// best one, and what taking it changes. Pure.

import type {
  BenchmarkCell,
  BenchmarkReport,
  BenchmarkSetting,
  DeviceInfo,
  DeviceModel,
  DeviceModels,
  ModelTuning,
  TuningSetting
} from '../../api/index.ts'
import { formatCount, msg, str } from '../../i18n/index.ts'
import { rungWord } from '../../words/index.ts'
import {
  deciderWords,
  inForceWords,
  SETTINGS,
  type SettingName,
  tuningTitle
} from '../tuning-words.ts'
import { bestWithinGoal } from './benchmark-grid.ts'
import { placeWords } from './benchmark-words.ts'
import { gpusInUse, machineCaveat } from './compare.ts'

/** What a page can offer for a setting: nothing, the act, or the reason why there is none. */
export type Offer =
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'act'
      readonly model: DeviceModel
      /** What was measured under other conditions than those of this device; one sentence each. */
      readonly caveats: readonly string[]
    }
  | {
      readonly kind: 'reason'
      readonly sentence: string
      /** The setting to take instead, and for what it is the best. */
      readonly instead?: { readonly cell: BenchmarkCell; readonly place: string }
    }

/** The device that a setting would be used on; null until it is known. */
export interface Here {
  readonly device: DeviceInfo | null
  readonly models: DeviceModels | null
}

/**
 * The best of the run, or else the fastest within the goal, of what the device runs the model with; measured on as
 * many GPUs as it uses, if any was.
 */
function bestHere(
  report: BenchmarkReport,
  { rung, precision }: DeviceModel,
  device: DeviceInfo
): BenchmarkCell | undefined {
  const best = (cells: readonly BenchmarkCell[]): BenchmarkCell | undefined =>
    cells.find(({ id }) => id === report.best) ?? bestWithinGoal({ ...report, cells })
  const cells = report.cells.filter(
    ({ setting }) => setting.rung === rung && setting.precision === precision
  )
  return (
    best(cells.filter(({ setting }) => setting.gpus === gpusInUse(rung, device))) ?? best(cells)
  )
}

/** Why the best of a run is not for this device, and for what the other one is. */
function apart(
  best: BenchmarkSetting,
  { name, rung, precision }: DeviceModel,
  caveat: string
): { readonly where: string; readonly place: (of: BenchmarkSetting) => string } {
  if (best.rung === rung && best.precision === precision)
    return {
      where: caveat,
      place: ({ gpus }) => formatCount(gpus, msg('GPU'), msg('GPUs'))
    }
  const inBits = precision.toUpperCase()
  return {
    where: msg(
      str`This device runs ${name} on ${rungWord(rung)} in ${inBits}, so it cannot use this setting.`
    ),
    place: (of) => `${placeWords(of)}, ${inBits}`
  }
}

/** What to offer for a setting on a device. */
export function offerOf(
  report: BenchmarkReport,
  cell: BenchmarkCell,
  { device, models }: Here
): Offer {
  if (report.state !== 'done' || !device || !models) return { kind: 'nothing' }
  const model = models.models.find(({ name }) => name === report.model)
  const here = model && bestHere(report, model, device)
  const machine = machineCaveat(cell.setting, report.machine, device)
  if (model && here?.id === cell.id)
    return { kind: 'act', model, caveats: [machine, versionCaveat(report, model)].filter(Boolean) }
  if (cell.id !== report.best) return { kind: 'nothing' }
  const reason = (sentence: string) => ({ kind: 'reason', sentence }) as const
  if (!model) return reason(msg(str`${report.model} is not on this device any more.`))
  if (model.rung === 'remote')
    return reason(msg(str`Another server runs ${model.name}; there is nothing to set here.`))
  const { where, place } = apart(cell.setting, model, machine)
  if (here) return { ...reason(where), instead: { cell: here, place: place(here.setting) } }
  return reason(`${where} ${msg('Of that the run has no setting within the goal.')}`)
}

const versionCaveat = ({ version }: BenchmarkReport, model: DeviceModel): string =>
  version === model.version
    ? ''
    : msg(
        str`The benchmark measured version ${version}; this device runs version ${model.version}.`
      )

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
