// Which version of each model is current on disk, and which was before it: one small file a model, replaced
// in one step, so that a crash meets the old answer or the new one.

import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { ModelName, ModelVersion, Sha256 } from '../../contract/index.ts'
import { writeFileAtomic } from '../../kernel/atomic-file.ts'
import { digestOf } from './download.ts'
import type { BuiltinBundle } from './ports.ts'

const Slot = z.object({
  version: ModelVersion,
  manifestSha256: Sha256,
  origin: z.enum(['builtin', 'installed'])
})
export type Slot = z.infer<typeof Slot>

const Slots = z.object({ current: Slot, previous: Slot.nullable() })
export type Slots = z.infer<typeof Slots>

/** The bundle that a model is to be served from. */
export interface CurrentBundle extends Slot {
  readonly name: string
  readonly dir: string
  readonly previousVersion: string | null
}

/** Where installed models, their blobs and their slots lie. */
export function modelPaths(home: string) {
  const root = join(home, 'device', 'models')
  return {
    root,
    blobs: join(root, '.blobs'), // no model can have this name
    model: (name: string) => join(root, name),
    version: (name: string, version: string) => join(root, name, version),
    candidate: (name: string) => join(root, name, '.candidate'),
    slots: (name: string) => join(root, name, 'current.json')
  }
}

/** What is current and what was before; undefined when nothing was ever installed of this model. */
export async function readSlots(home: string, name: string): Promise<Slots | undefined> {
  const text = await readFile(modelPaths(home).slots(name), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    return Slots.parse(JSON.parse(text))
  } catch {
    return undefined // damaged by hand: the version that ships with the device takes over
  }
}

/** Makes a slot current; what was current becomes previous. */
export async function switchSlots(home: string, bundle: CurrentBundle, to: Slot): Promise<void> {
  const { version, manifestSha256, origin } = bundle
  const slots: Slots = { current: to, previous: { version, manifestSha256, origin } }
  await writeFileAtomic(modelPaths(home).slots(bundle.name), JSON.stringify(slots))
}

/** For a model that was not there before. */
export async function firstSlot(home: string, name: string, to: Slot): Promise<void> {
  const slots: Slots = { current: to, previous: null }
  await writeFileAtomic(modelPaths(home).slots(name), JSON.stringify(slots))
}

/**
 * Goes back to the previous version, for a start at which the current one cannot be loaded.
 * @returns the version that is current now; undefined when there is none to go back to
 */
export async function restorePrevious(home: string, name: string): Promise<string | undefined> {
  const slots = await readSlots(home, name)
  if (!slots?.previous) return undefined
  const back: Slots = { current: slots.previous, previous: null }
  await writeFileAtomic(modelPaths(home).slots(name), JSON.stringify(back))
  return back.current.version
}

/** The bundle of every model to start with: the installed one where there is one, else the builtin one. */
export async function currentBundles(
  home: string,
  builtins: readonly BuiltinBundle[]
): Promise<CurrentBundle[]> {
  const installed = await readdir(modelPaths(home).root).catch(() => [])
  const names = new Set([...builtins.map(({ name }) => name), ...installed])
  const bundles: CurrentBundle[] = []
  for (const name of [...names].sort()) {
    if (!ModelName.safeParse(name).success) continue
    const bundle = await currentBundle(home, name, builtins)
    if (bundle) bundles.push(bundle)
  }
  return bundles
}

/** The bundle that one model is to be served from. */
export async function currentBundle(
  home: string,
  name: string,
  builtins: readonly BuiltinBundle[]
): Promise<CurrentBundle | undefined> {
  const slots = await readSlots(home, name)
  for (const slot of [slots?.current, slots?.previous]) {
    if (!slot) continue
    const dir = await folderOf(home, { name, ...slot }, builtins)
    const previousVersion = slot === slots?.current ? (slots.previous?.version ?? null) : null
    if (dir !== undefined) return { name, ...slot, dir, previousVersion }
  }
  const builtin = builtins
    .filter((known) => known.name === name)
    .sort((a, b) => b.version.localeCompare(a.version, 'en', { numeric: true }))[0]
  const manifestSha256 = builtin && (await digestOf(join(builtin.dir, 'manifest.json')))
  if (!builtin || manifestSha256 === undefined) return undefined
  const { version, dir } = builtin
  return { name, version, dir, manifestSha256, origin: 'builtin', previousVersion: null }
}

/** The folder that holds exactly this manifest, installed or builtin; undefined when there is none. */
export async function folderOf(
  home: string,
  wanted: { readonly name: string; readonly version: string; readonly manifestSha256: string },
  builtins: readonly BuiltinBundle[]
): Promise<string | undefined> {
  const { name, version, manifestSha256 } = wanted
  const shipped = builtins.filter((known) => known.name === name && known.version === version)
  const dirs = [modelPaths(home).version(name, version), ...shipped.map(({ dir }) => dir)]
  for (const dir of dirs) {
    if ((await digestOf(join(dir, 'manifest.json'))) === manifestSha256) return dir
  }
  return undefined
}

/** Removes every version of a model but the current and the previous one, and half-made folders. */
export async function removeOldVersions(home: string, name: string): Promise<void> {
  const slots = await readSlots(home, name)
  const kept = new Set(['current.json', slots?.current.version, slots?.previous?.version])
  for (const entry of await readdir(modelPaths(home).model(name)).catch(() => [])) {
    if (!kept.has(entry))
      await rm(join(modelPaths(home).model(name), entry), { recursive: true, force: true })
  }
}
