// The places of the console: what an address means, and the navigation with its counts. Pure.

import type { NavGroup, Route } from '../elements/index.ts'
import { msg } from '../i18n/index.ts'
import { EMPTY_STATE, type FleetState, openAlerts } from './fleet-state.ts'

const SCREENS = [
  'devices',
  'enrolment',
  'registry',
  'rollouts',
  'alerts',
  'logs',
  'audit',
  'system'
] as const

export interface Place {
  readonly screen:
    | (typeof SCREENS)[number]
    | 'overview'
    | 'device'
    | 'rollout'
    | 'new-rollout'
    | 'nowhere'
  /** Id of a device or a rollout; name of a model. */
  readonly subject: string
  /** Second part: version of a model. */
  readonly detail: string
}

/** What an address shows. */
export function placeOf({ parts }: Route): Place {
  const [first = '', subject = '', detail = ''] = parts
  if (first === '') return { screen: 'overview', subject, detail }
  if (first === 'devices' && subject !== '') return { screen: 'device', subject, detail }
  if (first === 'rollouts' && subject === 'new') return { screen: 'new-rollout', subject, detail }
  if (first === 'rollouts' && subject !== '') return { screen: 'rollout', subject, detail }
  return { screen: SCREENS.find((known) => known === first) ?? 'nowhere', subject, detail }
}

const ENTRIES: Readonly<Record<string, string>> = {
  overview: '#/',
  device: '#/devices',
  rollout: '#/rollouts',
  'new-rollout': '#/rollouts',
  nowhere: ''
}

/** Address of the entry that is lit for a place. */
export const litEntry = ({ screen }: Place): string => ENTRIES[screen] ?? `#/${screen}`

const some = (count: number | undefined): number | undefined =>
  count === undefined || count === 0 ? undefined : count

/** The rail: how many there are, and what is open. */
export function navigation(state: FleetState, now: number): readonly NavGroup[] {
  const running = state.rollouts?.filter((rollout) => rollout.state === 'running').length
  return [
    {
      label: msg('Fleet'),
      items: [
        { href: '#/', label: msg('Overview'), icon: 'overview' },
        { href: '#/devices', label: msg('Devices'), count: state.devices?.length, icon: 'chip' },
        { href: '#/enrolment', label: msg('Enrolment') }
      ]
    },
    {
      label: msg('Models'),
      items: [
        { href: '#/registry', label: msg('Registry'), count: some(state.models?.length) },
        { href: '#/rollouts', label: msg('Rollouts'), count: some(running) }
      ]
    },
    {
      label: msg('Watch'),
      items: [
        {
          href: '#/alerts',
          label: msg('Alerts'),
          count: some(openAlerts(state, now).length),
          icon: 'bell'
        },
        { href: '#/logs', label: msg('Logs') }
      ]
    },
    {
      label: msg('Administration'),
      items: [
        { href: '#/audit', label: msg('Audit') },
        { href: '#/system', label: msg('System') }
      ]
    }
  ]
}

/** The name of a place, for the head of a phone and the title of the page. */
export function headingOf(place: Place, state: FleetState): string {
  const { screen, subject } = place
  if (screen === 'device') return state.devices?.find(({ id }) => id === subject)?.name ?? subject
  if (screen === 'new-rollout') return msg('New rollout')
  if (screen === 'rollout') {
    const rollout = state.rollouts?.find(({ id }) => id === subject)
    return rollout ? `${rollout.model} ${rollout.version}` : msg('Rollout')
  }
  const items = navigation(EMPTY_STATE, 0).flatMap((group) => group.items)
  return items.find(({ href }) => href === litEntry(place))?.label ?? msg('Not found')
}
