// Lists the files of given paths: files as they are, folders with all below them, sorted. Hidden files are left
// out, and links that lead out of the folder; a loop of links ends by itself.

import { opendir, realpath, stat } from 'node:fs/promises'
import { basename, join, relative, sep } from 'node:path'
import { NearsideError } from '../../contract/index.ts'

export interface FoundFile {
  /** Shown to the user: relative to the given folder, with forward slashes. */
  readonly name: string
  readonly path: string
  readonly bytes: number
  readonly modifiedMs: number
  /** Given by its own name, not found in a folder. */
  readonly named: boolean
}

export const MOST_FILES = 100_000

/** All files of the paths in a fixed order. @throws NearsideError NS_INPUT_NOT_FOUND, NS_INPUT_TOO_LARGE */
export async function walkFiles(paths: readonly string[], most = MOST_FILES): Promise<FoundFile[]> {
  const found: FoundFile[] = []
  for (const path of paths) {
    const facts = await stat(path).catch((error: unknown) => {
      throw new NearsideError('NS_INPUT_NOT_FOUND', `${path} does not exist; check the path.`, {
        cause: error
      })
    })
    if (facts.isDirectory()) await walkFolder(path, { found, most })
    else if (facts.isFile()) found.push(fileOf({ name: basename(path), path, facts, named: true }))
    else
      throw new NearsideError(
        'NS_INPUT_NOT_FOUND',
        `${path} is neither file nor folder; give one of those.`
      )
  }
  return found
}

interface Walk {
  readonly found: FoundFile[]
  readonly most: number
}

/** Depth first with real paths remembered, so that a link to a parent is met only once. */
async function walkFolder(folder: string, walk: Walk): Promise<void> {
  const root = await realpath(folder)
  const seen = new Set<string>()
  const open = [folder]
  const files: FoundFile[] = []
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const real = await realpath(next)
    if (seen.has(real)) continue
    seen.add(real)
    for await (const entry of await opendir(next)) {
      if (entry.name.startsWith('.')) continue
      const path = join(next, entry.name)
      const inside = await insideOf(root, path)
      if (inside === undefined) continue
      const facts = await stat(inside)
      if (facts.isDirectory()) open.push(path)
      else if (facts.isFile()) {
        const name = relative(folder, path).split(sep).join('/')
        files.push(fileOf({ name, path, facts, named: false }))
      }
      if (walk.found.length + files.length > walk.most) throw tooMany(folder, walk.most)
    }
  }
  walk.found.push(...files.sort((a, b) => (a.name < b.name ? -1 : 1)))
}

/** The real path when it lies under the root; a dead link or one that climbs out has none. */
async function insideOf(root: string, path: string): Promise<string | undefined> {
  try {
    const real = await realpath(path)
    return real === root || real.startsWith(root + sep) ? real : undefined
  } catch {
    return undefined
  }
}

interface FileFacts {
  readonly name: string
  readonly path: string
  readonly facts: { readonly size: number; readonly mtimeMs: number }
  readonly named: boolean
}

const fileOf = ({ name, path, facts, named }: FileFacts): FoundFile => ({
  name,
  path,
  bytes: facts.size,
  modifiedMs: facts.mtimeMs,
  named
})

const tooMany = (folder: string, most: number): NearsideError =>
  new NearsideError(
    'NS_INPUT_TOO_LARGE',
    `${folder} holds more than ${most.toLocaleString('en')} files; give a smaller folder.`
  )
