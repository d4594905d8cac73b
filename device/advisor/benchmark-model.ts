// Finds the bundle to measure: a folder as it is given, or the newest version of a name that the home folder or
// the product holds. Bundles by name must be signed by a trusted key; a folder is taken as its owner has it.

import { existsSync } from 'node:fs'
import { NearsideError } from '../../contract/index.ts'
import {
  BUILTIN_MODELS,
  type Bundle,
  findBundles,
  installedModels,
  loadTrustedKeys,
  readBundle,
  trustedKeyFolders,
  type VerifiedBundle,
  verifyBundle
} from '../../models/index.ts'

/**
 * @param nameOrDir name, name@version, or the folder of a bundle
 * @throws NearsideError NS_MODEL_UNKNOWN, NS_BUNDLE_*
 * @public
 */
export async function locateBundle(nameOrDir: string, home: string): Promise<Bundle> {
  if (existsSync(nameOrDir)) return readBundle(nameOrDir)
  return locateNamed(nameOrDir, home)
}

/** As `locateBundle`, for names only: who asks from outside names no folders of ours. */
export async function locateNamed(wanted: string, home: string): Promise<VerifiedBundle> {
  const [name, version] = wanted.split('@')
  for (const folder of [installedModels(home), BUILTIN_MODELS]) {
    const found = (await findBundles(folder))
      .filter((bundle) => bundle.name === name && (!version || bundle.version === version))
      .at(-1)
    if (found) return verifyBundle(found.dir, await loadTrustedKeys(trustedKeyFolders(home)))
  }
  const sentence = `There is no model named ${wanted} here; see nearside models list.`
  throw new NearsideError('NS_MODEL_UNKNOWN', sentence)
}
