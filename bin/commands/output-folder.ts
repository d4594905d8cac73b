// Whether a file can be written, asked before the work whose result it is to hold.

import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { NearsideError } from '../../contract/index.ts'

/** The folder that is there already, of those that a path names. */
async function nearestFolder(folder: string): Promise<string> {
  const found = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (found) return folder
  return nearestFolder(dirname(folder))
}

/**
 * Says before an hour of work, not after it, that its result cannot be written. Folders that are missing will be made.
 * @throws NearsideError NS_USAGE_INVALID
 */
export async function requireWritable(path: string): Promise<void> {
  const refused = `${path} cannot be written; name a file in a folder that you may write.`
  try {
    const folder = await nearestFolder(dirname(resolve(path)))
    await access(folder, constants.W_OK)
    if ((await stat(folder)).isDirectory()) return
  } catch (cause) {
    throw new NearsideError('NS_USAGE_INVALID', refused, { cause })
  }
  throw new NearsideError('NS_USAGE_INVALID', refused)
}
