// The places of the kiosk: which screen belongs to an address, what its header says, where it leads back.
// Pure.

import type { IconName, Route } from '../elements/index.ts'
import { msg } from '../i18n/index.ts'
import type { DeviceState } from './device-state.ts'

export const SCREENS = ['overview', 'series', 'logs', 'alarms', 'run', 'device', 'privacy'] as const
export type Screen = (typeof SCREENS)[number]

export interface Place {
  readonly screen: Screen
  /** Second part of the address: the name of a series, the id of a job. */
  readonly subject: string
}

/** The screen of an address; anything unknown is the overview. */
export function placeOf({ parts }: Route): Place {
  const [first = 'overview', subject = ''] = parts
  const screen = SCREENS.find((known) => known === first) ?? 'overview'
  return { screen, subject }
}

export interface NavEntry {
  readonly screen: Screen
  readonly href: string
  readonly label: string
  readonly icon: IconName
}

export const navigation = (): readonly NavEntry[] => [
  { screen: 'overview', href: '#/', label: msg('Overview'), icon: 'overview' },
  { screen: 'alarms', href: '#/alarms', label: msg('Alarms'), icon: 'bell' },
  { screen: 'run', href: '#/run', label: msg('Analyse'), icon: 'play' },
  { screen: 'device', href: '#/device', label: msg('Device'), icon: 'chip' },
  { screen: 'privacy', href: '#/privacy', label: msg('Privacy'), icon: 'lock' }
]

/** The entry of the navigation that is lit: a series belongs to the overview. */
export const litEntry = ({ screen }: Place): Screen =>
  screen === 'series' || screen === 'logs' ? 'overview' : screen

/** The head of the page: the device, or the series that is looked at. */
export function headingOf({ screen, subject }: Place, { device, series }: DeviceState): string {
  if (screen === 'logs') return msg('Logs')
  const reading = screen === 'series' ? series?.find(({ name }) => name === subject) : undefined
  return reading?.title ?? device?.name ?? 'Nearside'
}
