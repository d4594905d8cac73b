// The two processes that `nearside up` keeps, and the arguments that each of them is started with.

import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { Keeper } from './keeper.ts'

export interface UpSettings {
  readonly home: string
  readonly port: number
  readonly fleetPort: number
  readonly mqttPort: number
  readonly log: readonly string[]
  readonly journal: readonly string[]
  readonly name?: string
}

type Said = Record<string, unknown>

/** The port of an address that a process said it listens on; before the first start the one asked for. */
function portOf(address: unknown, first: number): string {
  return typeof address === 'string' ? new URL(address).port : String(first)
}

const tokenFile = (home: string): string => join(home, 'fleet', 'enrolment-token')

function fleetArgs({ home, fleetPort, mqttPort }: UpSettings, last: Said | undefined): string[] {
  const ports = [
    '--port',
    portOf(last?.['console'], fleetPort),
    '--mqtt-port',
    portOf(last?.['mqtt'], mqttPort)
  ]
  const files = [
    '--log-file',
    join(home, 'fleet', 'fleet.log'),
    '--enrolment-token-file',
    tokenFile(home)
  ]
  return ['fleet', '--home', home, ...ports, ...files, '--json']
}

function deviceArgs(
  settings: UpSettings,
  fleet: Said | undefined,
  last: Said | undefined
): string[] {
  const { home, port, log, journal, name } = settings
  const link = ['--fleet', String(fleet?.['console']), '--mqtt', String(fleet?.['mqtt'])]
  const files = [
    '--log-file',
    join(home, 'device', 'device.log'),
    '--enrolment-token-file',
    tokenFile(home)
  ]
  const watched = [join(home, 'fleet', 'fleet.log'), ...log].flatMap((file) => ['--log', file])
  const journals = journal.flatMap((unit) => ['--journal', unit])
  const named = name === undefined ? [] : ['--name', name]
  return [
    'device',
    '--home',
    home,
    '--port',
    portOf(last?.['device'], port),
    ...link,
    ...files,
    ...watched,
    ...journals,
    ...named,
    '--json'
  ]
}

/** Makes both keepers; the fleet is started first, because the device asks it for its certificate. */
export function makeKeepers(
  settings: UpSettings,
  say: (sentence: string) => void
): { fleet: Keeper; device: Keeper } {
  const scratchKey = randomBytes(32).toString('base64')
  const fleet: Keeper = new Keeper({
    name: 'fleet',
    scratchKey,
    say,
    args: (last) => fleetArgs(settings, last)
  })
  const device = new Keeper({
    name: 'device',
    scratchKey,
    say,
    args: (last) => deviceArgs(settings, fleet.last, last)
  })
  return { fleet, device }
}
