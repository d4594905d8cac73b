// Built TensorRT engines in a folder: each is a folder of its own, named by the digest of its key, with the
// plan, the EPContext model and a record. The same folder travels to other devices. Builds nothing and loads
// nothing.

import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import {
  copyFile,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes
} from 'node:fs/promises'
import { join } from 'node:path'
import { DeviceEnvelope, NearsideError, toNearsideError } from '../../contract/index.ts'
import { writeFileAtomic } from '../../kernel/atomic-file.ts'
import { type EngineKey, engineDigest, foreignEngine } from './engine-key.ts'
import { EngineRecord, ORIGIN_FILE, RECORD_FILE } from './engine-record.ts'
import type { EnginePlan } from './executor-protocol.ts'
import { fileDigest } from './file-digest.ts'

const DIGEST = /^[0-9a-f]{64}$/
const STAGING = 'staging-'

export interface EngineStoreOptions {
  readonly folder: string
  /** Engines that are kept; those not used longest go first. Default 32. */
  readonly maxEngines?: number
  /** Bytes of all engines together. Default 8 GiB. */
  readonly maxBytes?: number
}

export interface StoredEngine {
  readonly digest: string
  readonly dir: string
  readonly record: EngineRecord
  readonly bytes: number
  /** When it was last found, ms since 1970. */
  readonly usedAtMs: number
}

const bytesOf = ({ files }: EngineRecord): number => files.reduce((sum, { size }) => sum + size, 0)

async function readRecord(dir: string): Promise<EngineRecord | undefined> {
  try {
    return EngineRecord.parse(JSON.parse(await readFile(join(dir, RECORD_FILE), 'utf8')))
  } catch {
    return undefined
  }
}

/** Name of the first file that is not what the record says, or undefined. */
async function damagedFile(
  dir: string,
  { files, model }: EngineRecord
): Promise<string | undefined> {
  for (const { path, sha256 } of files)
    if ((await fileDigest(join(dir, path))) !== sha256) return path
  return files.some(({ path }) => path === model) ? undefined : model
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** What an executor needs of an engine. */
export function enginePlan({ dir, record }: StoredEngine): EnginePlan {
  const { key, model, whole, files } = record
  return { dir, key, model, whole, files: files.map(({ path, sha256 }) => ({ path, sha256 })) }
}

export class EngineStore {
  readonly folder: string
  #maxEngines: number
  #maxBytes: number

  constructor({ folder, maxEngines = 32, maxBytes = 8 * 2 ** 30 }: EngineStoreOptions) {
    this.folder = folder
    this.#maxEngines = maxEngines
    this.#maxBytes = maxBytes
  }

  /** Makes the folder and removes what an interrupted build or import left. */
  async open(): Promise<void> {
    await mkdir(this.folder, { recursive: true })
    for (const name of await readdir(this.folder))
      if (name.startsWith(STAGING)) await rm(join(this.folder, name), { recursive: true })
  }

  /** A fresh folder on the same file system, for a build. */
  async stage(): Promise<string> {
    const dir = join(this.folder, `${STAGING}${randomBytes(8).toString('hex')}`)
    await mkdir(dir, { recursive: true })
    return dir
  }

  /** Removes a folder of `stage`, if it is still there. */
  async discard(staged: string): Promise<void> {
    await rm(staged, { recursive: true, force: true })
  }

  /** Every engine whose record can be read, used last first; files are not compared. */
  async list(): Promise<StoredEngine[]> {
    const names = await readdir(this.folder).catch(() => [])
    const found: StoredEngine[] = []
    for (const digest of names.filter((name) => DIGEST.test(name))) {
      const dir = join(this.folder, digest)
      const record = await readRecord(dir)
      if (!record || engineDigest(record.key) !== digest) continue
      const { mtimeMs } = await stat(join(dir, RECORD_FILE))
      found.push({ digest, dir, record, bytes: bytesOf(record), usedAtMs: mtimeMs })
    }
    return found.sort((a, b) => b.usedAtMs - a.usedAtMs)
  }

  /**
   * Takes a finished folder of `stage` in: hashes its files, writes the record, renames it to its name.
   * @throws NearsideError NS_ENGINE_BUILD when the folder lacks the model or the plan
   */
  async commit(
    dir: string,
    about: Omit<EngineRecord, 'schemaVersion' | 'files'>
  ): Promise<StoredEngine> {
    const files: EngineRecord['files'] = []
    for (const path of (await readdir(dir)).sort()) {
      const { size } = await stat(join(dir, path))
      await sync(join(dir, path))
      files.push({ path, size, sha256: (await fileDigest(join(dir, path))) ?? '' })
    }
    const record = EngineRecord.safeParse({ schemaVersion: 1, ...about, files })
    if (!record.success || !files.some(({ path }) => path === about.model)) {
      await rm(dir, { recursive: true, force: true })
      const sentence =
        'The build left no plan beside its model; TensorRT most likely took only a part of the graph.'
      throw new NearsideError('NS_ENGINE_BUILD', sentence, { cause: record.error })
    }
    await writeFileAtomic(join(dir, RECORD_FILE), `${JSON.stringify(record.data, null, 2)}\n`)
    return this.#settle(dir, record.data)
  }

  async #settle(dir: string, record: EngineRecord): Promise<StoredEngine> {
    const digest = engineDigest(record.key)
    const target = join(this.folder, digest)
    // A folder cannot be renamed over a full one. Between the two steps the engine is missing, never mixed.
    await rm(target, { recursive: true, force: true })
    await rename(dir, target)
    await sync(this.folder)
    await this.#evict(digest)
    const { mtimeMs } = await stat(join(target, RECORD_FILE))
    return { digest, dir: target, record, bytes: bytesOf(record), usedAtMs: mtimeMs }
  }

  async #evict(kept: string): Promise<void> {
    const engines = await this.list()
    let bytes = engines.reduce((sum, engine) => sum + engine.bytes, 0)
    let count = engines.length
    for (const { digest, dir, bytes: size } of engines.reverse()) {
      if (count <= this.#maxEngines && bytes <= this.#maxBytes) return
      if (digest === kept) continue
      await rm(dir, { recursive: true, force: true })
      bytes -= size
      count -= 1
    }
  }

  /**
   * Takes in a folder of this file system with an engine that another device built and this one proved.
   * @param origin what the builder signed, kept beside the engine
   * @throws NearsideError NS_ENGINE_DAMAGED when a file differs from the record
   */
  async admit(dir: string, record: EngineRecord, origin: DeviceEnvelope): Promise<StoredEngine> {
    const damaged = await damagedFile(dir, record)
    if (damaged !== undefined) {
      const sentence = `${damaged} of the engine differs from what its builder signed; it is not used.`
      throw new NearsideError('NS_ENGINE_DAMAGED', sentence)
    }
    await writeFileAtomic(join(dir, ORIGIN_FILE), `${JSON.stringify(origin)}\n`)
    await writeFileAtomic(join(dir, RECORD_FILE), `${JSON.stringify(record, null, 2)}\n`)
    return this.#settle(dir, record)
  }

  /** What the builder of an engine signed; undefined for one that was built here. */
  async origin({ dir }: StoredEngine): Promise<DeviceEnvelope | undefined> {
    const text = await readFile(join(dir, ORIGIN_FILE), 'utf8').catch(() => undefined)
    if (text === undefined) return undefined
    return DeviceEnvelope.parse(JSON.parse(text))
  }

  /** Removes the engines of model files that are not named; returns how many. */
  async keepModels(sha256s: ReadonlySet<string>): Promise<number> {
    const gone = (await this.list()).filter(({ record }) => !sha256s.has(record.key.modelSha256))
    for (const { digest } of gone) await this.remove(digest)
    return gone.length
  }

  /** Bytes that one engine may have. */
  get maxBytes(): number {
    return this.#maxBytes
  }

  /**
   * The engine of a key, compared file by file. A damaged one is removed.
   * @param usedAtMs now, ms since 1970: what was used lately is kept longer
   * @throws NearsideError NS_ENGINE_MISSING when there is none or it was damaged, NS_ENGINE_FOREIGN with what
   *   differs when this model has one that was built for something else
   */
  async find(wanted: EngineKey, usedAtMs: number): Promise<StoredEngine> {
    const digest = engineDigest(wanted)
    const engines = await this.list()
    const engine = engines.find((candidate) => candidate.digest === digest)
    if (!engine) throw this.#absent(engines, wanted)
    const damaged = await damagedFile(engine.dir, engine.record)
    if (damaged !== undefined) {
      await rm(engine.dir, { recursive: true, force: true })
      const sentence = `The TensorRT engine was damaged (${damaged}) and was removed; it has to be built again.`
      throw new NearsideError('NS_ENGINE_MISSING', sentence)
    }
    await utimes(join(engine.dir, RECORD_FILE), usedAtMs / 1000, usedAtMs / 1000)
    return { ...engine, usedAtMs }
  }

  #absent(engines: readonly StoredEngine[], wanted: EngineKey): NearsideError {
    const like = engines.find(
      ({ record: { key } }) =>
        key.modelSha256 === wanted.modelSha256 && key.precision === wanted.precision
    )
    const foreign = like && foreignEngine(like.record.key, wanted)
    if (foreign) return new NearsideError('NS_ENGINE_FOREIGN', foreign)
    return new NearsideError('NS_ENGINE_MISSING', 'No TensorRT engine of this model was built yet.')
  }

  /** Removes an engine; unknown ones are none. */
  async remove(digest: string): Promise<void> {
    if (DIGEST.test(digest)) await rm(join(this.folder, digest), { recursive: true, force: true })
  }

  /**
   * Copies an engine into a folder of its own inside `target`, for other devices of this GPU.
   * @returns the new folder
   * @throws NearsideError NS_ENGINE_MISSING, NS_STORAGE_FULL
   */
  async export(digest: string, target: string): Promise<string> {
    const record = DIGEST.test(digest) ? await readRecord(join(this.folder, digest)) : undefined
    if (!record) throw new NearsideError('NS_ENGINE_MISSING', 'There is no engine of that digest.')
    const dir = join(target, digest)
    await mkdir(dir, { recursive: true })
    await copyEngine({ from: join(this.folder, digest), to: dir, record })
    return dir
  }

  /**
   * Takes in a folder that `export` wrote, here or on another device. Whether it fits this GPU shows when it
   * is looked for by its key.
   * @throws NearsideError NS_ENGINE_FOREIGN when the folder is no engine or a file differs from its record,
   *   NS_INSTALL_SPACE when it is larger than the whole store may be, NS_STORAGE_FULL
   */
  async import(source: string): Promise<StoredEngine> {
    const record = await readRecord(source)
    if (!record) throw notAnEngine('its record is missing or cannot be read')
    if (bytesOf(record) > this.#maxBytes) {
      const sentence = `The engine has ${bytesOf(record)} bytes, more than the store may hold; raise its limit.`
      throw new NearsideError('NS_INSTALL_SPACE', sentence)
    }
    const dir = await this.stage()
    try {
      await copyEngine({ from: source, to: dir, record })
      const damaged = await damagedFile(dir, record)
      if (damaged !== undefined) throw notAnEngine(`${damaged} differs from its record`)
      return await this.#settle(dir, record)
    } catch (error) {
      await rm(dir, { recursive: true, force: true })
      throw error
    }
  }
}

function notAnEngine(reason: string): NearsideError {
  return new NearsideError(
    'NS_ENGINE_FOREIGN',
    `The folder is no TensorRT engine of Nearside: ${reason}; export it again.`
  )
}

/** Copies the files that the record names, the record last. */
async function copyEngine({
  from,
  to,
  record
}: {
  from: string
  to: string
  record: EngineRecord
}): Promise<void> {
  try {
    for (const { path } of record.files) {
      await copyFile(join(from, path), join(to, path), constants.COPYFILE_FICLONE)
      await sync(join(to, path))
    }
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT')
      throw notAnEngine('a file of its record is missing')
    throw toNearsideError(error)
  }
  await writeFileAtomic(join(to, RECORD_FILE), `${JSON.stringify(record, null, 2)}\n`)
}
