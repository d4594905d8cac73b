// What the console's search finds: devices, models, rollouts and places, in that order. Pure.

import type { SearchHit } from '../elements/index.ts'
import { msg } from '../i18n/index.ts'
import type { FleetState } from './fleet-state.ts'
import { navigation } from './places.ts'
import { deviceSaid, rolloutSaid } from './words.ts'

/** Hits for words in lower case; all of them when there are no words. */
export function findInFleet(state: FleetState, words: string): readonly SearchHit[] {
  const devices = (state.devices ?? []).map((device) => ({
    href: `#/devices/${encodeURIComponent(device.id)}`,
    title: device.name,
    detail: `${msg('Device')}, ${deviceSaid(device.state)[1].toLowerCase()}`,
    also: device.id
  }))
  const models = (state.models ?? []).map(({ name, version, task }) => ({
    href: `#/registry/${name}/${version}`,
    title: `${name} ${version}`,
    detail: msg('Model'),
    also: task
  }))
  const rollouts = (state.rollouts ?? []).map(({ id, model, version, state: stage }) => ({
    href: `#/rollouts/${id}`,
    title: `${model} ${version}`,
    detail: `${msg('Rollout')}, ${rolloutSaid(stage)[1].toLowerCase()}`,
    also: id
  }))
  const places = navigation(state, 0)
    .flatMap(({ items }) => items)
    .map(({ href, label }) => ({ href, title: label, detail: msg('Place'), also: '' }))
  return [...devices, ...models, ...rollouts, ...places].filter(({ title, also }) =>
    `${title} ${also}`.toLowerCase().includes(words)
  )
}
