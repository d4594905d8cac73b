// What a rollout as a whole amounts to: counts, whether it has ended, and one sentence. Pure.

import type { z } from 'zod'
import type { RolloutCounts } from '../../contract/index.ts'
import { isFinal } from './device-progress.ts'

export type Counts = z.infer<typeof RolloutCounts>

interface DeviceState {
  readonly name: string
  readonly state: string
  readonly reason: string
}

/** What is written to the rollout after every step of a device. */
export interface Outcome {
  readonly state: 'running' | 'finished' | 'failed'
  readonly sentence: string
}

const FAILED = new Set(['rejected', 'failed'])
const WAITING = new Set(['pending', 'sent'])

/** Devices by what became of them, from how many there are in each state; superseded ones are in the total only. */
export function countStates(states: ReadonlyMap<string, number>): Counts {
  const sum = (is: (state: string) => boolean): number => {
    let devices = 0
    for (const [state, count] of states) if (is(state)) devices += count
    return devices
  }
  return {
    total: sum(() => true),
    done: sum((state) => state === 'committed'),
    already: sum((state) => state === 'already'),
    active: sum((state) => !isFinal(state) && !WAITING.has(state)),
    waiting: sum((state) => WAITING.has(state)),
    failed: sum((state) => FAILED.has(state))
  }
}

/** The same from the devices themselves. */
export function countDevices(devices: readonly Pick<DeviceState, 'state'>[]): Counts {
  const states = new Map<string, number>()
  for (const { state } of devices) states.set(state, (states.get(state) ?? 0) + 1)
  return countStates(states)
}

const devicesWord = (count: number): string => `${count} ${count === 1 ? 'device' : 'devices'}`

function runningSentence(counts: Counts, what: string): string {
  const reached = counts.done + counts.already
  const parts = [`${what} runs on ${reached} of ${devicesWord(counts.total)}`]
  if (counts.active > 0) parts.push(`${counts.active} at work`)
  if (counts.waiting > 0) parts.push(`${counts.waiting} waiting`)
  if (counts.failed > 0) parts.push(`${counts.failed} failed`)
  return `${parts.join(', ')}.`
}

/** The state and the sentence of a rollout. */
export function outcomeOf(devices: readonly DeviceState[], what: string): Outcome {
  const counts = countDevices(devices)
  if (counts.active + counts.waiting > 0)
    return { state: 'running', sentence: runningSentence(counts, what) }
  const bad = devices.find(({ state }) => FAILED.has(state))
  if (bad) {
    const sentence = `Failed on ${counts.failed} of ${devicesWord(counts.total)}. ${bad.name}: ${bad.reason}`
    return { state: 'failed', sentence }
  }
  const reached = counts.done + counts.already
  if (reached === 0)
    return { state: 'finished', sentence: `A newer rollout took the place of ${what} everywhere.` }
  if (reached < counts.total) {
    const left = `a newer rollout took its place on ${counts.total - reached}.`
    const sentence = `Finished: ${reached} of ${devicesWord(counts.total)} ran ${what}; ${left}`
    return { state: 'finished', sentence }
  }
  return {
    state: 'finished',
    sentence: `Finished: ${what} runs on ${reached} of ${devicesWord(reached)}.`
  }
}
