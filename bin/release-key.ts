// The release key that `nearside up` makes for models of one's own: under the home folder, trusted by the
// device of that home. Whoever runs more than a trial keeps the private half offline.

import { copyFile, mkdir, readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { generateReleaseKey } from '../models/index.ts'

interface ReleaseKey {
  /** File of the private half. */
  readonly path: string
  /** True when it was made just now. */
  readonly made: boolean
}

/** Folder of public keys that the device of a home trusts besides the vendor's. */
export function trustedKeysFolder(home: string): string {
  return join(home, 'device', 'trusted-keys')
}

/** Makes the key at the first start, and has the device trust it. */
export async function ensureReleaseKey(home: string): Promise<ReleaseKey> {
  const folder = join(home, 'release-key')
  const known = (await readdir(folder).catch(() => [])).find((name) => name.endsWith('.key.pem'))
  if (known) return { path: join(folder, known), made: false }
  const { privateFile, publicFile } = await generateReleaseKey(folder)
  await mkdir(trustedKeysFolder(home), { recursive: true, mode: 0o700 })
  await copyFile(publicFile, join(trustedKeysFolder(home), basename(publicFile)))
  return { path: privateFile, made: true }
}
