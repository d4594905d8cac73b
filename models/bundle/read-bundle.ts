// Reads a model bundle and checks it: the signature over the manifest's bytes first, then the schema, then
// every file against its digest, then what the ONNX files ask for. Nothing of a bundle is believed before the step that proves it.

import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { ModelManifest, NearsideError } from '../../contract/index.ts'
import { checkOnnxFile } from '../onnx/index.ts'
import { SIGNATURE_FILE, type Signer, type TrustedKey, verifyManifest } from '../signing/index.ts'
import { digestFile, listBundleFiles, readBundleFile, refuseFile } from './bundle-files.ts'

export const MANIFEST_FILE = 'manifest.json'
export const GOLDEN_FILE = 'golden.json'

/** A manifest lists a few dozen files; more than this is no manifest. */
export const MAX_MANIFEST_BYTES = 1024 * 1024
/** The envelope holds the manifest once more, in base64. */
const MAX_SIGNATURE_BYTES = 2 * MAX_MANIFEST_BYTES

export interface Bundle {
  /** Absolute path of the folder. */
  readonly dir: string
  readonly manifest: ModelManifest
  readonly manifestSha256: string
  /** Sum of all files without the signature. */
  readonly sizeBytes: number
}

export interface VerifiedBundle extends Bundle {
  readonly signer: Signer
}

function parseManifest(bytes: Buffer): ModelManifest {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw refuseFile(MANIFEST_FILE, 'is not valid JSON; install the bundle again.')
  }
  const parsed = ModelManifest.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const field = issue?.path.join('.') || 'the document'
  throw refuseFile(
    MANIFEST_FILE,
    `${field} does not fit the schema (${issue?.message.replace(/\.$/, '')}).`
  )
}

interface NamedFile {
  readonly path: string
  readonly sha256: string
  readonly size: number
}

function namedFiles(manifest: ModelManifest): NamedFile[] {
  const files: NamedFile[] = [
    ...manifest.variants.map(({ file, sha256, size }) => ({ path: file, sha256, size })),
    ...manifest.files
  ]
  const seen = new Set<string>([MANIFEST_FILE, SIGNATURE_FILE])
  for (const { path } of files) {
    if (seen.has(path)) throw refuseFile(path, 'is named twice in the manifest.')
    seen.add(path)
  }
  for (const { parts = [] } of manifest.variants) {
    for (const { file, sha256 } of parts) {
      if (files.some((named) => named.path === file && named.sha256 === sha256)) continue
      throw refuseFile(
        file,
        'is a part that the list of files does not name; sign the bundle again.'
      )
    }
  }
  if (!seen.has(GOLDEN_FILE))
    throw refuseFile(GOLDEN_FILE, 'is missing from the manifest; add golden inputs and outputs.')
  return files
}

async function checkFiles(dir: string, manifest: ModelManifest): Promise<number> {
  const named = namedFiles(manifest)
  const present = new Set(await listBundleFiles(dir))
  const expected = new Set([MANIFEST_FILE, SIGNATURE_FILE, ...named.map(({ path }) => path)])
  for (const path of present) {
    if (!expected.has(path))
      throw refuseFile(path, 'is not named in the manifest; remove it or install the bundle again.')
  }
  let sizeBytes = 0
  for (const file of named) {
    if (!present.has(file.path))
      throw refuseFile(file.path, 'is missing; install the bundle again.')
    const found = await digestFile(dir, file.path)
    sizeBytes += found.sizeBytes
    if (found.sha256 !== file.sha256)
      throw refuseFile(
        file.path,
        'sha256 differs from the manifest; install the bundle again.',
        'NS_BUNDLE_DIGEST'
      )
    if (found.sizeBytes !== file.size)
      throw refuseFile(
        file.path,
        'size differs from the manifest; sign the bundle again.',
        'NS_BUNDLE_DIGEST'
      )
  }
  return sizeBytes
}

/** Every variant, and whatever else a runtime may be given as a model. */
async function checkModels(dir: string, { variants, files }: ModelManifest): Promise<void> {
  for (const { file } of variants) await checkOnnxFile(dir, file)
  for (const { path } of files) if (path.endsWith('.onnx')) await checkOnnxFile(dir, path)
}

async function openBundle(dir: string, manifestBytes: Buffer): Promise<Bundle> {
  const manifest = parseManifest(manifestBytes)
  const sizeBytes = await checkFiles(dir, manifest)
  await checkModels(dir, manifest)
  return {
    dir: resolve(dir),
    manifest,
    manifestSha256: createHash('sha256').update(manifestBytes).digest('hex'),
    sizeBytes: sizeBytes + manifestBytes.byteLength
  }
}

/**
 * Reads a bundle whose origin is known: schema, names, digests and models are checked, the signature is not.
 * @throws NearsideError NS_BUNDLE_INVALID, NS_BUNDLE_DIGEST or NS_MODEL_UNSAFE, naming the file
 */
export async function readBundle(dir: string): Promise<Bundle> {
  await listBundleFiles(dir)
  return openBundle(dir, await readBundleFile(dir, MANIFEST_FILE, MAX_MANIFEST_BYTES))
}

async function readSignature(dir: string): Promise<string> {
  try {
    return (await readBundleFile(dir, SIGNATURE_FILE, MAX_SIGNATURE_BYTES)).toString('utf8')
  } catch (error) {
    if (!(error instanceof NearsideError) || error.code !== 'NS_BUNDLE_INVALID') throw error
    const what = 'is missing; have the bundle signed by a trusted key (nearside models sign).'
    throw refuseFile(SIGNATURE_FILE, what, 'NS_BUNDLE_UNSIGNED')
  }
}

/**
 * Reads a bundle and proves that a trusted key signed it, that no file was changed, lost or added, and that
 * its models ask for nothing which a device refuses.
 * @throws NearsideError NS_BUNDLE_*, NS_MODEL_UNSAFE, one sentence that names the file and says what to do
 */
export async function verifyBundle(
  dir: string,
  trustedKeys: readonly TrustedKey[]
): Promise<VerifiedBundle> {
  await listBundleFiles(dir) // refuses links before anything is read through one
  const manifestBytes = await readBundleFile(dir, MANIFEST_FILE, MAX_MANIFEST_BYTES)
  const signature = await readSignature(dir)
  const signer = verifyManifest(manifestBytes, signature, trustedKeys)
  return { ...(await openBundle(dir, manifestBytes)), signer }
}
