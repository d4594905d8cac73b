// Finds the bundles under a folder laid out as `<name>/<version>/`. It looks at names only; whether a
// bundle is whole and signed is for verifyBundle to say.

import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ModelName, ModelVersion, toNearsideError } from '../../contract/index.ts'

export interface FoundBundle {
  readonly name: string
  readonly version: string
  readonly dir: string
}

async function folders(dir: string): Promise<string[]> {
  try {
    const entries = await readdir(dir, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw toNearsideError(error)
  }
}

/** Orders versions by number: 1.10.0 comes after 1.9.0. */
export function compareVersions(a: string, b: string): number {
  const left = a.split('.').map(Number)
  const right = b.split('.').map(Number)
  for (const [index, part] of left.entries()) {
    const difference = part - (right[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** Lists the bundles of a folder by name, older versions first; a folder that does not exist has none. */
export async function findBundles(dir: string): Promise<FoundBundle[]> {
  const found: FoundBundle[] = []
  for (const name of (await folders(dir)).sort()) {
    if (!ModelName.safeParse(name).success) continue
    const versions = await folders(join(dir, name))
    for (const version of versions
      .filter((text) => ModelVersion.safeParse(text).success)
      .sort(compareVersions)) {
      found.push({ name, version, dir: join(dir, name, version) })
    }
  }
  return found
}
