// A signed bundle as a fleet publishes it: its files on a blob server, and its entry in a desired state.

import { readFileSync } from 'node:fs'
import { mkdtemp, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DesiredModel } from '../../contract/index.ts'
import type { BlobServer } from './blob-server.ts'
import { type TinyBundle, writeTinyBundle } from './tiny-model.ts'

type Wanted = Omit<TinyBundle, 'dir'> & {
  /** Changes the folder after it was signed. */
  readonly spoil?: (dir: string) => void
}

/** Writes, signs and publishes a bundle named `tiny`. */
export async function publish(
  server: BlobServer,
  { spoil, ...wanted }: Wanted
): Promise<{ dir: string; model: DesiredModel }> {
  const dir = await mkdtemp(join(tmpdir(), 'nearside-bundle-'))
  const { name, version } = await writeTinyBundle({ ...wanted, dir })
  spoil?.(dir)
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name)
      const data = readFileSync(path)
      return { path: path.slice(dir.length + 1), sha256: server.add(data), size: data.length }
    })
  const manifestSha256 = files.find(({ path }) => path === 'manifest.json')?.sha256 ?? ''
  return { dir, model: { name, version, manifestSha256, files, rollout: 'rollout-1' } }
}
