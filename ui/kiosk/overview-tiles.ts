// Turns what is known about the device into the tiles of the overview: one for each group of series and
// one for the logs. A group shows the series that needs a look most. Pure.

import type { Alarm, LogOverview, SeriesReading } from '../api/index.ts'
import type { ChartPoint } from '../elements/index.ts'
import { formatCount, msg } from '../i18n/index.ts'
import { openAlarms } from './alarm-order.ts'
import { type DeviceState, TILE_WINDOW_MS } from './device-state.ts'
import {
  GROUP_TITLES,
  inGroupOrder,
  isStale,
  rangeWords,
  type StateWords,
  staleAfterMs,
  stateWords
} from './series-words.ts'

export interface Tile extends StateWords {
  readonly id: string
  readonly title: string
  readonly href: string
  readonly value: number | null
  readonly unit: string
  readonly decimals: number
  readonly quantity: string
  readonly range: string
  readonly low: number | null
  readonly high: number | null
  readonly at: number | null
  readonly staleAfter: number
  readonly stale: boolean
  /** Priority of the alarm about it. */
  readonly priority: Alarm['priority'] | null
  readonly points: readonly ChartPoint[]
}

/** A lower figure needs a look sooner. */
function urgency(reading: SeriesReading, alarm: Alarm | undefined, now: number): number {
  if (alarm) return alarm.priority
  if (reading.state === 'abnormal') return 5
  if (isStale(reading, now)) return 6
  return 7
}

function seriesTile(
  readings: readonly SeriesReading[],
  state: DeviceState,
  now: number
): Tile | undefined {
  const open = openAlarms(state.alarms, now)
  const alarmOf = ({ name }: SeriesReading): Alarm | undefined =>
    open.find(({ subject }) => subject === name)
  const [lead] = readings
    // One that never had a value may still turn out to have no sensor.
    .filter(({ state: known, at }) => known !== 'unavailable' && at !== null)
    .toSorted((a, b) => urgency(a, alarmOf(a), now) - urgency(b, alarmOf(b), now))
  if (!lead) return undefined
  const alarm = alarmOf(lead)
  return {
    ...stateWords(lead, alarm, now),
    id: lead.group,
    title: GROUP_TITLES[lead.group](),
    href: `#/series/${encodeURIComponent(lead.name)}`,
    value: lead.value,
    unit: lead.unit,
    decimals: lead.decimals,
    quantity: lead.title,
    range: rangeWords(lead),
    low: lead.band?.low ?? null,
    high: lead.band?.high ?? null,
    at: lead.at,
    staleAfter: staleAfterMs(lead),
    stale: isStale(lead, now),
    priority: alarm?.priority ?? null,
    points: state.history.get(lead.name) ?? []
  }
}

/** Log lines come when they come; the watch itself reports every few seconds. */
const LOGS_STALE_MS = 60_000

function logTile(logs: LogOverview, state: DeviceState, now: number): Tile {
  const alarm = openAlarms(state.alarms, now).find(({ source }) => source === 'log-watch')
  const recent = logs.anomalies.filter(({ at }) => now - at < TILE_WINDOW_MS).length
  const { from, binMs, lines } = logs.timeline
  const stale = now - logs.at > LOGS_STALE_MS
  const words: StateWords = stale
    ? { kind: 'stale', word: msg('No new value'), strong: false }
    : alarm
      ? { kind: `p${alarm.priority}`, word: msg('Unusual'), strong: true }
      : { kind: 'normal', word: msg('Normal'), strong: false }
  return {
    ...words,
    id: 'logs',
    title: msg('Logs'),
    href: '#/logs',
    value: logs.linesPerSecond,
    unit: msg('lines/s'),
    decimals: logs.linesPerSecond < 100 ? 1 : 0,
    quantity: formatCount(logs.sources.length, msg('log'), msg('logs')),
    range: recent === 0 ? msg('nothing unusual') : `${recent} ${msg('unusual')}`,
    low: null,
    high: null,
    at: logs.at,
    staleAfter: LOGS_STALE_MS,
    stale,
    priority: alarm?.priority ?? null,
    points: lines.map((count, bin) => ({
      at: from + bin * binMs,
      value: count / (binMs / 1000),
      low: null,
      high: null
    }))
  }
}

function groupsOf(series: readonly SeriesReading[]): Map<string, SeriesReading[]> {
  const groups = new Map<string, SeriesReading[]>()
  for (const reading of series) {
    groups.set(reading.group, [...(groups.get(reading.group) ?? []), reading])
  }
  return groups
}

/** All tiles in a fixed order; a group without any sensor has none. */
export function overviewTiles(state: DeviceState, now: number): readonly Tile[] {
  const groups = groupsOf(inGroupOrder(state.series ?? []))
  const tiles = [...groups.values()].flatMap((readings) => seriesTile(readings, state, now) ?? [])
  return state.logs && state.logs.sources.length > 0
    ? [...tiles, logTile(state.logs, state, now)]
    : tiles
}

/** `8 watched: 6 normal, 1 alarm, 1 learning`. */
export function countsSentence(tiles: readonly Tile[]): string {
  if (tiles.length === 0) return msg('Nothing is watched yet')
  const inAlarm = tiles.filter(({ priority }) => priority !== null).length
  const count = (kind: Tile['kind'], words: string): string => {
    const found = tiles.filter((tile) => tile.kind === kind).length
    return found === 0 ? '' : `${found} ${words}`
  }
  const parts = [
    count('normal', msg('normal')),
    inAlarm === 0 ? '' : formatCount(inAlarm, msg('alarm'), msg('alarms')),
    count('check', msg('unusual')),
    count('learning', msg('learning')),
    count('stale', msg('without new values'))
  ]
  return `${tiles.length} ${msg('watched')}: ${parts.filter(Boolean).join(', ')}`
}
