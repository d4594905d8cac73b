// TensorRT engines that devices built, kept for equal devices of this fleet: taken in from who proves to be
// the builder, handed out by the digest of all that must be equal, dropped when one does not do. Runs none.

import {
  type DeviceEnvelope,
  type EngineOfferAnswer,
  EngineStatement,
  type EngineUploadAnswer,
  NearsideError,
  type SharedEngine
} from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import { unproven } from '../../kernel/device-certificate.ts'
import { openDocument, type SignedDocument, shareDigest } from '../../models/index.ts'
import type { BlobStore } from '../registry/index.ts'
import type { ChangeBus, EngineFile, EngineRow, Store, StoreTables } from '../store/index.ts'
import { type EngineLimits, outdated, surplus } from './engine-limits.ts'
import { EngineParts, type Piece } from './engine-parts.ts'

export interface SharedEnginesOptions {
  readonly store: Store
  readonly blobs: BlobStore
  /** Folder of files that arrive. */
  readonly parts: string
  readonly clock: Clock
  readonly changes: ChangeBus
  /** Certificate of the authority, PEM. */
  readonly authority: () => Promise<string>
  /** Whether engines go from device to device at all. */
  readonly sharing: boolean
  readonly limits: EngineLimits
}

/** A device that sends nothing for so long gives its place to the next that offers the same, ms. */
const STALLED_MS = 3_600_000

export class SharedEngines {
  readonly #options: SharedEnginesOptions
  readonly #parts: EngineParts
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: SharedEnginesOptions) {
    this.#options = options
    this.#parts = new EngineParts(options.parts, options.blobs)
  }

  /** Removes files that an earlier process left without an engine. */
  async start(): Promise<void> {
    const { store, blobs } = this.#options
    const rows = await store.engines.all()
    await this.#parts.open(new Set(rows.map(({ id }) => id)))
    await blobs.keepOnly(await store.engines.digests())
  }

  /** Removes what nobody took for 90 days, and what did not arrive in a week. */
  async prune(): Promise<void> {
    await this.#alone(async () => {
      const { store, clock } = this.#options
      for (const id of outdated(await store.engines.all(), clock.now())) await this.#drop(id)
    })
  }

  /**
   * A device offers an engine.
   * @param device proved id
   * @throws NearsideError NS_ENGINE_NOT_SHARED, NS_ENGINE_DAMAGED, NS_DEVICE_UNPROVEN, NS_INPUT_TOO_LARGE
   */
  async offer(device: string, envelope: DeviceEnvelope): Promise<EngineOfferAnswer> {
    this.#checkSharing()
    const signed = await this.#open('statement', device, envelope)
    const { record } = signed.document
    const id = shareDigest(record)
    const files = filesOf(signed.document)
    const bytes = files.reduce((sum, { size }) => sum + size, 0)
    const { maxBytes } = this.#options.limits
    if (bytes > maxBytes) {
      const sentence = `The engine has ${bytes} bytes and the fleet takes ${maxBytes}; raise engineMaxMb in its settings to share it.`
      throw new NearsideError('NS_INPUT_TOO_LARGE', sentence, { details: { limitBytes: maxBytes } })
    }
    return this.#alone(async () => {
      const declined = await this.#whyNot(id, device, signed.sha256)
      if (declined) return { id, missing: [], ...declined }
      const known = await this.#options.store.engines.find(id)
      if (known?.statement_sha256 !== signed.sha256)
        await this.#expect({ id, signed, files, bytes, envelope })
      return this.#answer(id, files)
    })
  }

  /** What stands against an offer, or that the engine is here. */
  async #whyNot(
    id: string,
    device: string,
    statementSha256: string
  ): Promise<Pick<EngineOfferAnswer, 'state' | 'sentence'> | undefined> {
    const { store, clock } = this.#options
    const fault = await store.engines.fault(id, statementSha256)
    if (fault) {
      const sentence = `This engine did not do on ${fault.device} (${fault.code}).`
      return { state: 'declined', sentence }
    }
    const known = await store.engines.find(id)
    if (known?.state === 'ready') return { state: 'here', sentence: 'The fleet has this engine.' }
    if (!known || known.builder === device) return undefined
    const isAlive = clock.now() - known.touched_at < STALLED_MS || this.#parts.isArriving(id)
    if (!isAlive) return undefined
    return { state: 'declined', sentence: `${known.builder} is sending an equal engine.` }
  }

  async #expect(offered: {
    readonly id: string
    readonly signed: SignedDocument<'statement'>
    readonly files: readonly EngineFile[]
    readonly bytes: number
    readonly envelope: DeviceEnvelope
  }): Promise<void> {
    const { store, clock, limits } = this.#options
    const { id, signed, files, bytes, envelope } = offered
    const { model, record, builder } = signed.document
    const now = clock.now()
    await this.#drop(id)
    const row: EngineRow = {
      ...{ id, statement_sha256: signed.sha256, builder, bytes, state: 'receiving' },
      ...{ model: model.name, version: model.version, model_sha256: record.key.modelSha256 },
      ...{ offered_at: now, touched_at: now, used_at: null, taken: 0 },
      envelope: JSON.stringify(envelope)
    }
    await store.transaction((tables) => tables.engines.put(row, files))
    for (const gone of surplus(await store.engines.all(), id, limits)) await this.#drop(gone)
  }

  async #answer(id: string, files: readonly EngineFile[]): Promise<EngineOfferAnswer> {
    const missing = []
    for (const file of files) {
      const received = await this.#parts.received({ engine: id, file })
      const { sha256, size } = file
      if (!(await this.#options.blobs.has(sha256))) missing.push({ sha256, size, received })
    }
    if (missing.length > 0)
      return { id, state: 'wanted', missing, sentence: 'Send what is missing.' }
    await this.#complete(id)
    return { id, state: 'here', missing, sentence: 'The fleet has this engine.' }
  }

  /**
   * Takes a piece of a file of an engine that the device offered.
   * @throws NearsideError NS_ENGINE_NOT_SHARED, NS_ENGINE_UNKNOWN, NS_ENGINE_UPLOAD, NS_ENGINE_DAMAGED
   */
  async receive(
    device: string,
    { engine: id, sha256, ...rest }: Omit<Piece, 'file'> & { readonly sha256: string }
  ): Promise<EngineUploadAnswer> {
    this.#checkSharing()
    const { store, clock } = this.#options
    const row = await store.engines.find(id)
    const file = (await store.engines.files(id)).find((known) => known.sha256 === sha256)
    if (row?.builder !== device || !file) throw engineUnknown()
    const received = await this.#parts.take({ engine: id, file, ...rest })
    return this.#alone(async () => {
      const now = await store.engines.find(id)
      if (now?.statement_sha256 !== row.statement_sha256) {
        await this.#sweep([sha256]) // it was dropped while the piece came in
        await this.#parts.drop(id)
        throw engineUnknown()
      }
      await store.engines.change(id, { touched_at: clock.now() })
      const ready = now.state === 'ready' || (await this.#complete(id))
      return { received, complete: received === file.size, ready }
    })
  }

  /** Makes an engine ready when all its files are here. */
  async #complete(id: string): Promise<boolean> {
    const { store, blobs, changes } = this.#options
    const row = await store.engines.find(id)
    for (const { sha256 } of await store.engines.files(id))
      if (!(await blobs.has(sha256))) return false
    if (row?.state !== 'receiving') return row !== undefined
    const detail = `${row.bytes} bytes, built by ${row.builder}.`
    await store.transaction(async (tables) => {
      await tables.engines.change(id, { state: 'ready' })
      await this.#note(tables, { row, action: 'engine-received', detail, device: row.builder })
    })
    changes.emit('models', { name: row.model })
    return true
  }

  /**
   * What the builder of an engine signed, for a device that needs exactly this one.
   * @throws NearsideError NS_ENGINE_NOT_SHARED, NS_ENGINE_UNKNOWN
   */
  async take(id: string): Promise<DeviceEnvelope> {
    this.#checkSharing()
    const { store, clock } = this.#options
    const row = await store.engines.find(id)
    if (row?.state !== 'ready') throw engineUnknown()
    await store.engines.used(id, clock.now())
    return JSON.parse(row.envelope) as DeviceEnvelope
  }

  /**
   * Size of a file of an engine, bytes; the blob store reads it.
   * @throws NearsideError NS_ENGINE_NOT_SHARED, NS_ENGINE_UNKNOWN
   */
  async fileSize(id: string, sha256: string): Promise<number> {
    this.#checkSharing()
    const { store, blobs } = this.#options
    const row = await store.engines.find(id)
    const file = (await store.engines.files(id)).find((known) => known.sha256 === sha256)
    if (row?.state !== 'ready' || !file) throw engineUnknown()
    if ((await blobs.size(sha256).catch(() => -1)) === file.size) return file.size
    await this.#dropDamaged(id)
    throw engineUnknown()
  }

  /** Removes an engine whose files changed on the disk of the fleet; its builder may send it again. */
  async #dropDamaged(id: string): Promise<void> {
    await this.#alone(async () => {
      const { store, blobs } = this.#options
      const row = await store.engines.find(id)
      if (row?.state !== 'ready') return
      const damaged = []
      for (const { sha256 } of await store.engines.files(id))
        if (!(await blobs.isWhole(sha256))) damaged.push(sha256)
      if (damaged.length === 0) return
      const detail = 'A file changed on the disk of the fleet.'
      await store.transaction((tables) =>
        this.#note(tables, { row, action: 'engine-withdrawn', detail, device: null })
      )
      await this.#drop(id)
      for (const sha256 of damaged) await blobs.remove(sha256)
    })
  }

  /**
   * An engine does not do on a device: it goes, and the same bytes are not taken in again. When it came with
   * another digest, the fleet looks at its own files first.
   * @throws NearsideError NS_ENGINE_DAMAGED, NS_DEVICE_UNPROVEN
   */
  async fault(device: string, envelope: DeviceEnvelope): Promise<void> {
    const { document } = await this.#open('fault', device, envelope)
    const { id, statementSha256, code, sentence } = document
    if (code === 'NS_BUNDLE_DIGEST') return this.#dropDamaged(id)
    await this.#alone(async () => {
      const { store, clock } = this.#options
      const at = clock.now()
      const row = await store.engines.find(id)
      const isThis = row?.statement_sha256 === statementSha256
      await store.transaction(async (tables) => {
        const fault = { id, statement_sha256: statementSha256, device, at, code, sentence }
        await tables.engines.addFault(fault)
        const detail = `${code}: ${sentence}`
        if (isThis) await this.#note(tables, { row, action: 'engine-withdrawn', detail, device })
      })
      if (isThis) await this.#drop(id)
    })
  }

  /** All engines, what was touched last first. */
  async list(): Promise<SharedEngine[]> {
    return (await this.#options.store.engines.all()).reverse().map(view)
  }

  /**
   * An operator removes an engine.
   * @throws NearsideError NS_ENGINE_UNKNOWN
   */
  async remove(id: string): Promise<void> {
    await this.#alone(async () => {
      const row = await this.#options.store.engines.find(id)
      if (!row) throw engineUnknown()
      await this.#removed([row])
    })
  }

  /** Removes every engine of a model, or of one version of it; returns how many there were. */
  removeModel(name: string, version?: string): Promise<number> {
    return this.#alone(async () => {
      const rows = (await this.#options.store.engines.all()).filter(
        (row) => row.model === name && (version === undefined || row.version === version)
      )
      await this.#removed(rows)
      return rows.length
    })
  }

  async #removed(rows: readonly EngineRow[]): Promise<void> {
    for (const row of rows) {
      const detail = `Built by ${row.builder}.`
      await this.#options.store.transaction((tables) =>
        this.#note(tables, { row, action: 'engine-removed', detail, device: null })
      )
      await this.#drop(row.id)
    }
  }

  /** The row first: a crash in between leaves files that the next start removes. */
  async #drop(id: string): Promise<void> {
    const { store, changes } = this.#options
    const row = await store.engines.find(id)
    const files = await store.engines.files(id)
    await store.engines.remove(id)
    await this.#parts.drop(id)
    await this.#sweep(files.map(({ sha256 }) => sha256))
    if (row) changes.emit('models', { name: row.model })
  }

  async #sweep(sha256s: readonly string[]): Promise<void> {
    const used = await this.#options.store.engines.digests()
    for (const sha256 of sha256s) if (!used.has(sha256)) await this.#options.blobs.remove(sha256)
  }

  async #open<K extends 'statement' | 'fault'>(
    kind: K,
    device: string,
    envelope: DeviceEnvelope
  ): Promise<SignedDocument<K>> {
    const { authority, clock } = this.#options
    const about = { authority: await authority(), nowMs: clock.now() }
    const signed = openDocument(kind, envelope, about)
    if (signed.device !== device) throw unproven('it hands in what another device signed')
    return signed
  }

  #note(
    tables: StoreTables,
    about: { row: EngineRow; action: string; detail: string; device: string | null }
  ): Promise<void> {
    const { row, action, detail, device } = about
    const at = this.#options.clock.now()
    const subject = `${row.model} ${row.version}`
    const actor = device === null ? 'operator' : 'device'
    return tables.audit.add([{ at, device, actor, action, subject, outcome: 'done', detail }])
  }

  #checkSharing(): void {
    if (this.#options.sharing) return
    const sentence =
      'This fleet does not hand engines from device to device; each device builds its own (setting engineSharing).'
    throw new NearsideError('NS_ENGINE_NOT_SHARED', sentence)
  }

  /** One change of what is kept at a time. */
  #alone<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(run)
    this.#turn = result.catch(() => undefined)
    return result
  }
}

function engineUnknown(): NearsideError {
  const sentence =
    'The fleet has no such engine, or expects none; the device builds its own, or offers the engine again.'
  return new NearsideError('NS_ENGINE_UNKNOWN', sentence)
}

/** Two files with equal contents are one. */
function filesOf({ record }: EngineStatement): EngineFile[] {
  const sizes = new Map(record.files.map(({ sha256, size }) => [sha256, size]))
  return [...sizes].map(([sha256, size]) => ({ sha256, size }))
}

function view(row: EngineRow): SharedEngine {
  const { payload } = JSON.parse(row.envelope) as DeviceEnvelope
  const statement = JSON.parse(Buffer.from(payload, 'base64').toString())
  const { record } = EngineStatement.parse(statement)
  const { precision, computeCapability, tensorrt, onnxruntime } = record.key
  return {
    ...{ id: row.id, state: row.state, model: row.model, version: row.version },
    ...{ modelSha256: row.model_sha256, bytes: row.bytes, builder: row.builder },
    ...{ precision, computeCapability, tensorrt, onnxruntime, machine: record.machine },
    ...{ builtAt: record.builtAt, offeredAt: row.offered_at },
    ...{ usedAt: row.used_at, taken: row.taken }
  }
}
