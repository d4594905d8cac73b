// The words of how a model is run: what each setting is now and who decides it, what an empty field means, and
// what is wrong with a typed one. Pure.

import type { DeviceModel, ModelTuning, TuningSetting } from '../api/index.ts'
import { formatNumber, formatValue, msg } from '../i18n/index.ts'
import { numberError, wholeError } from './number-error.ts'

export type SettingName = keyof TuningSetting

/** What was typed into each field; an empty one sets nothing. */
export type TypedTuning = Readonly<Record<SettingName, string>>

type Rung = DeviceModel['rung']

export const SETTINGS: readonly SettingName[] = ['instances', 'threads', 'maxBatch', 'maxWaitMs']

const TITLES: Readonly<Record<SettingName, () => string>> = {
  instances: () => msg('Instances'),
  threads: () => msg('Threads of each'),
  maxBatch: () => msg('Largest batch'),
  maxWaitMs: () => msg('Longest wait')
}

export const tuningTitle = (name: SettingName): string => TITLES[name]()

const UNITS: Readonly<Record<SettingName, () => string>> = {
  instances: () => '',
  threads: () => '',
  maxBatch: () => msg('rows'),
  maxWaitMs: () => 'ms'
}

export const tuningUnit = (name: SettingName): string => UNITS[name]()

/** Least and most that the device takes. */
export const TUNING_LIMITS: Readonly<Record<SettingName, readonly [least: number, most: number]>> =
  {
    instances: [1, 64],
    threads: [1, 256],
    maxBatch: [1, 65_536],
    maxWaitMs: [0, 60_000]
  }

/** Fraction digits that a wait was set with, three at most. */
const decimalsOf = (value: number): number =>
  [0, 1, 2].find((digits) => Number(value.toFixed(digits)) === value) ?? 3

/** What is in force: `2`, `32 rows`, `5 ms`, `while it pays`. */
export function inForceWords(name: SettingName, { inForce }: ModelTuning): string {
  const value = inForce[name]
  if (value === null) return msg('while it pays')
  const unit = tuningUnit(name)
  return unit === '' ? formatNumber(value) : formatValue(value, unit, decimalsOf(value))
}

/** Who decides instances and threads where they are not set: load and cores on the CPU, nothing on a GPU or elsewhere. */
function unsetLayout(name: SettingName, rung: Rung, set: Partial<TypedTuning>): string {
  if (rung === 'remote') return msg('matter on this device only')
  if (rung !== 'cpu')
    return name === 'instances' ? msg('one for each GPU') : msg('matter on the CPU only')
  if (name === 'instances') return set.threads ? msg('one') : msg('follows the load')
  return set.instances ? msg('an equal share of the cores') : msg('follow the load')
}

function unsetWords(name: SettingName, rung: Rung, set: Partial<TypedTuning>): string {
  if (name === 'maxBatch') return msg('as the bundle says')
  if (name === 'maxWaitMs') return msg('follows the load')
  return unsetLayout(name, rung, set)
}

/** Who decides a setting now: it was set, or it follows the load, the cores or the bundle. */
export function deciderWords(name: SettingName, { set }: ModelTuning, rung: Rung): string {
  if (set[name] === undefined) return unsetWords(name, rung, typedOf({ set }))
  return name === 'threads' && rung !== 'cpu' ? msg('set; matter on the CPU only') : msg('set')
}

/** What an empty field means, given what the others hold. */
export function emptyWords(name: SettingName, typed: TypedTuning, rung: Rung): string {
  if (name === 'maxWaitMs') return msg('Empty: follows the load. 0: never waits.')
  return `${msg('Empty:')} ${unsetWords(name, rung, typed)}.`
}

/** The fields as they stand when the form opens: what is set, and nothing else. */
export function typedOf({ set }: Pick<ModelTuning, 'set'>): TypedTuning {
  const text = (name: SettingName): string => (set[name] === undefined ? '' : String(set[name]))
  return {
    instances: text('instances'),
    threads: text('threads'),
    maxBatch: text('maxBatch'),
    maxWaitMs: text('maxWaitMs')
  }
}

/** Why a field cannot be taken; empty when it can, as an empty field can. */
export function tuningError(name: SettingName, typed: TypedTuning): string {
  const text = typed[name].trim()
  if (text === '') return ''
  const [least, most] = TUNING_LIMITS[name]
  const check = name === 'maxWaitMs' ? numberError : wholeError
  return check(text, least, most)
}

export const isSet = ({ set }: ModelTuning): boolean =>
  SETTINGS.some((name) => set[name] !== undefined)

/** The body of the request. */
export function settingOf(typed: TypedTuning): TuningSetting {
  const given = SETTINGS.filter((name) => typed[name].trim() !== '')
  return Object.fromEntries(given.map((name) => [name, Number(typed[name])]))
}

/** Why the form cannot be sent; empty when it can. */
export function tuningRefusal(typed: TypedTuning, { set }: ModelTuning): string {
  const wrong = SETTINGS.find((name) => tuningError(name, typed) !== '')
  if (wrong) return `${tuningTitle(wrong)}: ${tuningError(wrong, typed)}`
  const wish = settingOf(typed)
  const same = SETTINGS.every((name) => wish[name] === set[name])
  return same ? msg('Nothing is changed yet.') : ''
}
