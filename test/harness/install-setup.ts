// A device with one model built in and a fleet's blob server, for tests of installs. The bundles are real and
// signed, and so is their check; only the executor is left out.

import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { DesiredModel, DesiredState, InstallReport } from '../../contract/index.ts'
import {
  type BuiltinBundle,
  currentBundle,
  Installs,
  type ModelActivator
} from '../../device/installs/index.ts'
import { InstallJournal, openDeviceDatabase } from '../../device/store/index.ts'
import { systemClock } from '../../kernel/clock.ts'
import { verifyBundle } from '../../models/index.ts'
import { BlobServer } from './blob-server.ts'
import { publish } from './published-bundle.ts'
import { testKey } from './tiny-model.ts'

/** The release key that the device trusts. */
export const key = testKey()
export const temporary = (): string => mkdtempSync(join(tmpdir(), 'nearside-installs-'))

interface Options {
  activate?: ModelActivator['activate']
  freeBytes?: () => Promise<number>
  home?: string
}

/** A device with version 1.0.0 built in, and a fleet's blob server. */
export async function setUpInstalls(t: Test, options: Options = {}) {
  const server = new BlobServer()
  await server.listen()
  t.teardown(() => server.close())
  const builtin = await publish(server, { key, version: '1.0.0', scale: 1 })
  const builtins: BuiltinBundle[] = [{ name: 'tiny', version: '1.0.0', dir: builtin.dir }]
  const home = options.home ?? temporary()
  const journal = new InstallJournal(openDeviceDatabase(home))
  const activated: string[] = []
  const reports: InstallReport[] = []
  const make = (): Installs => {
    const installs = new Installs({
      home,
      journal,
      clock: systemClock,
      builtins,
      random: () => 0,
      stallMs: 300,
      fleet: server.url,
      checks: { verify: async (dir) => void (await verifyBundle(dir, [key.trusted])) },
      activator: {
        activate: async (dir, hooks) => {
          await options.activate?.(dir, hooks)
          activated.push(JSON.parse(readFileSync(join(dir, 'manifest.json'), 'utf8')).version)
        }
      },
      ...(options.freeBytes && { freeBytes: options.freeBytes })
    })
    installs.events.on('changed', (all) => reports.push(...all.slice(-1)))
    return installs
  }
  const installs = make()
  const current = async (): Promise<string | undefined> =>
    (await currentBundle(home, 'tiny', builtins))?.version
  const desire = (gen: number, model: DesiredModel): DesiredState => ({
    gen,
    models: [model],
    blobs: server.url
  })
  return {
    server,
    builtin,
    builtins,
    home,
    journal,
    installs,
    make,
    activated,
    reports,
    current,
    desire
  }
}

/** Steps in order, each once. */
export const steps = (reports: readonly InstallReport[]): string[] =>
  reports.map(({ step }) => step).filter((step, index, all) => step !== all[index - 1])
