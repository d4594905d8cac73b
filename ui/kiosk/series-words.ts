// The words for what a series does: its state as shape and word, its normal range, and how old a value may
// be before the screen says so. Pure.

import type { Alarm, SeriesReading } from '../api/index.ts'
import type { StatusShape } from '../elements/index.ts'
import { formatRange, formatRemaining, msg, str } from '../i18n/index.ts'

export interface StateWords {
  readonly kind: StatusShape
  readonly word: string
  /** Whether the word takes the colour of an alarm. */
  readonly strong: boolean
}

/** A value is old when it is older than two periods, and never before three seconds, milliseconds. */
export const staleAfterMs = ({ periodS }: Pick<SeriesReading, 'periodS'>): number =>
  Math.max(3000, periodS * 2000 + 1000)

export const isStale = (reading: SeriesReading, now: number): boolean =>
  reading.state === 'stale' || (reading.at !== null && now - reading.at > staleAfterMs(reading))

function departure({ value, band }: SeriesReading): string {
  if (value === null || band === null) return msg('Unusual')
  if (value > band.high) return msg('High')
  return value < band.low ? msg('Low') : msg('Unusual')
}

/** State of a series; an open alarm about it goes before what the series says itself. */
export function stateWords(
  reading: SeriesReading,
  alarm: Alarm | undefined,
  now: number
): StateWords {
  if (reading.state === 'unavailable') return { kind: 'off', word: msg('No sensor'), strong: false }
  if (isStale(reading, now)) return { kind: 'stale', word: msg('No new value'), strong: false }
  if (alarm) {
    return { kind: `p${alarm.priority}`, word: departure(reading), strong: true }
  }
  if (reading.state === 'learning')
    return { kind: 'learning', word: msg('Learning'), strong: false }
  if (reading.state === 'abnormal') return { kind: 'check', word: departure(reading), strong: true }
  return { kind: 'normal', word: msg('Normal'), strong: false }
}

/** `normal 2.0–31.0`, or why there is no range yet. */
export function rangeWords(reading: SeriesReading): string {
  if (reading.band) {
    return msg(str`normal ${formatRange(reading.band.low, reading.band.high, reading.decimals)}`)
  }
  if (reading.state !== 'learning') return msg('no normal range')
  const left = reading.learningLeftS
  return left === undefined || left === null || left <= 0
    ? msg('learning what is normal')
    : msg(str`learning, ${formatRemaining(left)} left`)
}

/** Titles of the groups, in the order of the overview. */
export const GROUP_TITLES: Readonly<Record<SeriesReading['group'], () => string>> = {
  cpu: () => msg('Processor'),
  memory: () => msg('Memory'),
  disk: () => msg('Disk'),
  network: () => msg('Network'),
  temperature: () => msg('Temperature'),
  gpu: () => msg('GPU'),
  nearside: () => msg('Nearside agent')
}

const ORDER = Object.keys(GROUP_TITLES)

/** Series in the order of their groups; within one they keep the device's. */
export const inGroupOrder = (series: readonly SeriesReading[]): readonly SeriesReading[] =>
  series.toSorted((a, b) => ORDER.indexOf(a.group) - ORDER.indexOf(b.group))
