// Publishing a model version: receive, check, keep. A version never changes once it is published. The
// signature is checked for its form only; which keys count is for every device to decide.

import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  ModelManifest,
  NearsideError,
  type RegistryModel,
  type ReportedState
} from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import { newId } from '../../kernel/ids.ts'
import {
  type Bundle,
  digestFile,
  listBundleFiles,
  MANIFEST_FILE,
  PAYLOAD_TYPE,
  readBundle,
  SIGNATURE_FILE,
  SignatureEnvelope
} from '../../models/index.ts'
import type { ChangeBus, ModelFile, ModelRow, Store } from '../store/index.ts'
import type { BlobStore } from './blob-store.ts'
import { receiveUpload, type UploadPart } from './receive-upload.ts'

/** Characters of the model card that are kept beside the row. */
const MAX_CARD_CHARACTERS = 64 * 1024

export interface RegistryOptions {
  readonly store: Store
  readonly blobs: BlobStore
  /** Folder for uploads that are not finished; emptied at every start. */
  readonly uploads: string
  readonly clock: Clock
  readonly changes: ChangeBus
}

export interface Published {
  readonly model: RegistryModel
  /** False when exactly this version was here already. */
  readonly created: boolean
}

/** The only one that writes models; everybody else reads them. */
export class Registry {
  readonly #options: RegistryOptions

  constructor(options: RegistryOptions) {
    this.#options = options
  }

  /** Clears away what an earlier process had not finished. */
  async start(): Promise<void> {
    await rm(this.#options.uploads, { recursive: true, force: true })
    await mkdir(this.#options.uploads, { recursive: true, mode: 0o700 })
  }

  /**
   * Publishes the bundle whose files are uploaded. Nothing of it stays when it is refused.
   * @throws NearsideError NS_BUNDLE_*, NS_MODEL_EXISTS, NS_INPUT_TOO_LARGE, NS_INPUT_PATH
   */
  async publish(parts: AsyncIterable<UploadPart>): Promise<Published> {
    const folder = join(this.#options.uploads, newId(this.#options.clock.now()))
    try {
      await receiveUpload(folder, parts)
      const bundle = await readBundle(folder)
      const signer = await readSigner(folder)
      return await this.#keep(bundle, signer)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }

  /** Every version, newest of each model first. */
  async list(): Promise<RegistryModel[]> {
    const { store } = this.#options
    const running = await countRunning(store)
    return (await store.models.all()).map((row) => view(row, running))
  }

  /**
   * One version.
   * @throws NearsideError NS_MODEL_UNKNOWN
   */
  async find(name: string, version: string): Promise<RegistryModel> {
    const { store } = this.#options
    const row = await store.models.find(name, version)
    if (!row) throw modelUnknown(name, version)
    return view(row, await countRunning(store))
  }

  async #keep(bundle: Bundle, signer: string): Promise<Published> {
    const { store, blobs, clock, changes } = this.#options
    const { name, version } = bundle.manifest
    const files = await filesOf(bundle.dir)
    const card = await readFile(join(bundle.dir, 'CARD.md'), 'utf8').catch(() => '')
    const known = await store.models.find(name, version)
    if (known) {
      const same = sameFiles(files, await store.models.files(name, version))
      if (!same) throw modelExists(name, version)
      return { model: await this.find(name, version), created: false }
    }
    for (const { path, sha256 } of files) await blobs.adopt(join(bundle.dir, path), sha256)
    const row: ModelRow = {
      name,
      version,
      published_at: clock.now(),
      size_bytes: files.reduce((sum, { size }) => sum + size, 0),
      manifest_sha256: bundle.manifestSha256,
      signer,
      manifest: JSON.stringify(bundle.manifest),
      card: card.slice(0, MAX_CARD_CHARACTERS)
    }
    await store.transaction(async (tables) => {
      if (await tables.models.find(name, version)) throw modelExists(name, version)
      await tables.models.insert(row, files)
      await tables.audit.add([
        {
          at: row.published_at,
          device: null,
          actor: 'operator',
          action: 'model-published',
          subject: `${name} ${version}`,
          outcome: 'done',
          detail: `Signed by ${signer}, ${row.size_bytes} bytes.`
        }
      ])
    })
    changes.emit('models', { name })
    return { model: await this.find(name, version), created: true }
  }
}

/** Shared with rollouts, which refuse the same thing by the same sentence. */
export function modelUnknown(name: string, version: string): NearsideError {
  const sentence = `There is no ${name} ${version} in the registry; publish it first or choose a version that is there.`
  return new NearsideError('NS_MODEL_UNKNOWN', sentence)
}

function modelExists(name: string, version: string): NearsideError {
  const sentence = `${name} ${version} is published already with other contents; give the bundle a new version.`
  return new NearsideError('NS_MODEL_EXISTS', sentence)
}

async function filesOf(folder: string): Promise<ModelFile[]> {
  const files: ModelFile[] = []
  for (const path of await listBundleFiles(folder)) {
    const { sha256, sizeBytes } = await digestFile(folder, path)
    files.push({ path, sha256, size: sizeBytes })
  }
  return files
}

function sameFiles(files: readonly ModelFile[], others: readonly ModelFile[]): boolean {
  const digests = new Map(others.map(({ path, sha256 }) => [path, sha256]))
  return (
    files.length === others.length &&
    files.every(({ path, sha256 }) => digests.get(path) === sha256)
  )
}

/** The key id that signed: the envelope must be one, and must hold these very manifest bytes. */
async function readSigner(folder: string): Promise<string> {
  const text = await readFile(join(folder, SIGNATURE_FILE), 'utf8').catch(() => undefined)
  if (text === undefined) {
    const sentence = `${SIGNATURE_FILE}: is missing; sign the bundle with nearside models sign.`
    throw new NearsideError('NS_BUNDLE_UNSIGNED', sentence)
  }
  const envelope = SignatureEnvelope.safeParse(parseJson(text)).data
  if (envelope?.payloadType !== PAYLOAD_TYPE) {
    const sentence = `${SIGNATURE_FILE}: is no signature of a model manifest; sign the bundle again.`
    throw new NearsideError('NS_BUNDLE_SIGNATURE', sentence)
  }
  const manifest = await readFile(join(folder, MANIFEST_FILE))
  if (!Buffer.from(envelope.payload, 'base64').equals(manifest)) {
    const sentence = `${MANIFEST_FILE}: differs from what ${SIGNATURE_FILE} signs; sign the bundle again.`
    throw new NearsideError('NS_BUNDLE_SIGNATURE', sentence)
  }
  return envelope.signatures.map(({ keyid }) => keyid).join(', ')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** How many devices run each `name version`. */
async function countRunning(store: Store): Promise<Map<string, number>> {
  const running = new Map<string, number>()
  for (const { reported } of await store.devices.all()) {
    const { models } = reported === null ? { models: [] } : (JSON.parse(reported) as ReportedState)
    for (const { name, version } of models) {
      const key = `${name} ${version}`
      running.set(key, (running.get(key) ?? 0) + 1)
    }
  }
  return running
}

function view(row: ModelRow, running: ReadonlyMap<string, number>): RegistryModel {
  const manifest = ModelManifest.parse(JSON.parse(row.manifest))
  return {
    name: row.name,
    version: row.version,
    task: manifest.task,
    licence: manifest.licence,
    publishedAt: row.published_at,
    sizeBytes: row.size_bytes,
    manifestSha256: row.manifest_sha256,
    signer: row.signer,
    variants: manifest.variants,
    accuracy: manifest.accuracy,
    card: row.card,
    devices: running.get(`${row.name} ${row.version}`) ?? 0
  }
}
