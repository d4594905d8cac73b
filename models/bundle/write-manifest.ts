// Brings a manifest up to date with the files of its folder: digests, sizes, and a new version when asked.
// It signs nothing; an existing signature is removed because it no longer fits.

import { cp, mkdir, readdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import {
  ModelManifest,
  ModelVersion,
  NearsideError,
  toNearsideError
} from '../../contract/index.ts'
import { writeFileAtomic } from '../../kernel/atomic-file.ts'
import { SIGNATURE_FILE } from '../signing/index.ts'
import { digestFile, listBundleFiles, readBundleFile, refuseFile } from './bundle-files.ts'
import { refuseInside } from './new-folder.ts'
import { MANIFEST_FILE, MAX_MANIFEST_BYTES } from './read-bundle.ts'

interface WriteOptions {
  /** The version to state; default: the one in the manifest. */
  readonly version?: string
}

async function readDraft(dir: string): Promise<Record<string, unknown>> {
  const bytes = await readBundleFile(dir, MANIFEST_FILE, MAX_MANIFEST_BYTES).catch(() => '')
  try {
    return JSON.parse(bytes.toString())
  } catch {
    throw refuseFile(MANIFEST_FILE, 'is missing or not valid JSON; write the manifest first.')
  }
}

interface DraftPart {
  readonly file?: unknown
}

interface DraftVariant extends DraftPart {
  readonly parts?: readonly DraftPart[]
}

type Digests = Map<string, { readonly sha256: string; readonly size: number }>

/** Parts are named with the other files as well: whoever moves a bundle need not know of them. */
function draftParts({ parts }: DraftVariant, digests: Digests) {
  if (!Array.isArray(parts)) return {}
  return {
    parts: parts.map((part: DraftPart) => {
      const digest = digests.get(String(part.file))
      if (!digest) throw refuseFile(String(part.file), 'is missing; add the part or drop it.')
      return { ...part, ...digest }
    })
  }
}

/**
 * Computes the digests of a folder and writes them into its manifest.
 * @throws NearsideError NS_BUNDLE_INVALID when the result does not fit the schema
 */
export async function writeManifest(
  dir: string,
  options: WriteOptions = {}
): Promise<ModelManifest> {
  // First of all, because it refuses what cannot be read: links, pipes, folders without end.
  const listed = await listBundleFiles(dir)
  const draft = await readDraft(dir)
  const version = options.version ?? draft['version']
  if (!ModelVersion.safeParse(version).success) {
    const sentence = `${String(version)} is no model version; give three numbers, as in 1.0.1.`
    throw new NearsideError('NS_USAGE_INVALID', sentence)
  }
  const paths = listed.filter((path) => path !== MANIFEST_FILE && path !== SIGNATURE_FILE)
  const digests: Digests = new Map()
  for (const path of paths) {
    const { sha256, sizeBytes } = await digestFile(dir, path)
    digests.set(path, { sha256, size: sizeBytes })
  }
  const drafted = Array.isArray(draft['variants']) ? (draft['variants'] as DraftVariant[]) : []
  const variants = drafted.map((variant) => {
    const digest = digests.get(String(variant.file))
    if (!digest) throw refuseFile(String(variant.file), 'is missing; add the variant or drop it.')
    if (digest.size === 0) throw refuseFile(String(variant.file), 'is empty; export it again.')
    digests.delete(String(variant.file))
    return { ...variant, ...digest, ...draftParts(variant, digests) }
  })
  const files = [...digests].map(([path, digest]) => ({ path, ...digest }))
  const parsed = ModelManifest.safeParse({ ...draft, version, variants, files })
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const reason = issue?.message.replace(/\.$/, '')
    const field = issue?.path.join('.') || 'the document'
    throw refuseFile(MANIFEST_FILE, `${field} does not fit the schema (${reason}).`)
  }
  await rm(join(dir, SIGNATURE_FILE), { force: true })
  const text = `${JSON.stringify(parsed.data, null, 2)}\n`
  await writeFileAtomic(join(dir, MANIFEST_FILE), text, 0o644)
  return parsed.data
}

/**
 * Copies the files of a bundle into a folder that is empty or does not exist yet.
 * @throws NearsideError NS_USAGE_INVALID when the folder holds something or lies in the bundle
 */
export async function copyBundle(from: string, to: string): Promise<void> {
  refuseInside(to, from)
  const paths = await listBundleFiles(from)
  try {
    await mkdir(to, { recursive: true })
    if ((await readdir(to)).length > 0) {
      const sentence = `${to} is not empty; choose a new folder for the new version.`
      throw new NearsideError('NS_USAGE_INVALID', sentence)
    }
    for (const path of paths) await cp(join(from, path), join(resolve(to), path))
  } catch (error) {
    throw toNearsideError(error)
  }
}
