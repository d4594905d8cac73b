// Writes files so that a reader, or a crash, meets either the old content or the new one, never a mix.

import { randomBytes } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { toNearsideError } from '../contract/errors.ts'

/** Makes a rename durable: without it the folder entry may be lost with the power. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * Writes, syncs, renames, syncs the folder. On any failure nothing is left behind.
 * @param mode permission bits, default 0o600 because most of what Nearside writes is private
 * @throws NearsideError NS_STORAGE_FULL when the disk is full
 * @public
 */
export async function writeFileAtomic(
  path: string,
  data: string | Uint8Array,
  mode = 0o600
): Promise<void> {
  const folder = dirname(path)
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
  try {
    await mkdir(folder, { recursive: true })
    const handle = await open(temporary, 'wx', mode)
    try {
      await handle.writeFile(data)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, path)
    await syncFolder(folder)
  } catch (error) {
    await rm(temporary, { force: true })
    throw toNearsideError(error)
  }
}
