// Uploads a tiny signed bundle to a fleet, whole or spoiled, as a console or a command does.

import { mkdtemp, readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TinyBundle, writeTinyBundle } from './tiny-model.ts'

/** Changes the files of a signed bundle by name, before they are sent. */
export type Spoil = (files: Map<string, Buffer>) => void

export type Upload = Omit<TinyBundle, 'dir'> & { readonly spoil?: Spoil }

export async function uploadBundle(url: string, { spoil, ...bundle }: Upload): Promise<Response> {
  const dir = await mkdtemp(join(tmpdir(), 'nearside-bundle-'))
  await writeTinyBundle({ ...bundle, dir })
  const files = new Map<string, Buffer>()
  for (const name of await readdir(dir)) files.set(name, await readFile(join(dir, name)))
  spoil?.(files)
  const form = new FormData()
  for (const [name, data] of files) form.append(name, new Blob([new Uint8Array(data)]), name)
  return fetch(`${url}/api/v1/models`, { method: 'POST', body: form })
}
