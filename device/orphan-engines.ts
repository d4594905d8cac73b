// Removes TensorRT engines whose model file is on the device no more. The version before the current one keeps
// its engines: a rollout may go back to it.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ModelManifest } from '../contract/index.ts'
import { findBundles, installedModels, MANIFEST_FILE } from '../models/index.ts'
import type { EngineStore } from './inference/index.ts'
import type { BuiltinBundle } from './installs/index.ts'

interface Orphans {
  readonly home: string
  readonly store: Pick<EngineStore, 'keepModels'>
  readonly builtins: readonly BuiltinBundle[]
}

/** @returns how many were removed; none while a manifest cannot be read, because its files are not known then */
export async function removeOrphans({ home, store, builtins }: Orphans): Promise<number> {
  const kept = new Set<string>()
  for (const { dir } of [...builtins, ...(await findBundles(installedModels(home)))]) {
    try {
      const text = await readFile(join(dir, MANIFEST_FILE), 'utf8')
      for (const { sha256 } of ModelManifest.parse(JSON.parse(text)).variants) kept.add(sha256)
    } catch {
      return 0
    }
  }
  return store.keepModels(kept)
}
