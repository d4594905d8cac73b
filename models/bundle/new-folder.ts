// Fills a new folder so that it appears whole or not at all.

import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { dirname, resolve, sep } from 'node:path'
import { NearsideError, toNearsideError } from '../../contract/index.ts'

async function refuseFilled(folder: string): Promise<void> {
  let names: string[]
  try {
    names = await readdir(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    if ((error as NodeJS.ErrnoException).code !== 'ENOTDIR') throw toNearsideError(error)
    throw new NearsideError('NS_USAGE_INVALID', `${folder} is a file; choose a new folder.`)
  }
  if (names.length > 0)
    throw new NearsideError('NS_USAGE_INVALID', `${folder} is not empty; choose a new folder.`)
}

/**
 * Refuses a new folder that would lie in the bundle that it is made from, and spoil it.
 * @throws NearsideError NS_USAGE_INVALID
 */
export function refuseInside(target: string, bundle: string): void {
  if (!resolve(target).startsWith(resolve(bundle) + sep)) return
  const sentence = `${target} lies in the bundle itself, which would then hold too much; choose a folder outside.`
  throw new NearsideError('NS_USAGE_INVALID', sentence)
}

/**
 * Has a folder filled beside its place and moves it there at the end; on any failure nothing is left.
 * @param fill gets the folder to fill, which is empty
 * @throws NearsideError NS_USAGE_INVALID when something is there already, or what `fill` throws
 */
export async function fillNewFolder<T>(
  target: string,
  fill: (folder: string) => Promise<T>
): Promise<T> {
  const place = resolve(target)
  await refuseFilled(place)
  const staging = `${place}.${randomBytes(6).toString('hex')}.tmp`
  try {
    await mkdir(dirname(place), { recursive: true })
    await mkdir(staging)
    const result = await fill(staging)
    await rename(staging, place)
    return result
  } catch (error) {
    await rm(staging, { recursive: true, force: true })
    throw toNearsideError(error)
  }
}
