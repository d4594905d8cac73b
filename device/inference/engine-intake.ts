// Takes in an engine that another device of the fleet built: asks, fetches, compares key and digests, proves it
// with the golden inputs, and only then puts it among the engines of this device. Builds nothing.

import { mkdir, readdir, readFile, rm, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type EngineShareKey,
  type ErrorCode,
  NearsideError,
  toNearsideError
} from '../../contract/index.ts'
import { writeFileAtomic } from '../../kernel/atomic-file.ts'
import { canonicalText } from '../../kernel/canonical-digest.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { EngineExchange, OfferedEngine } from './engine-exchange.ts'
import { EngineFaults } from './engine-faults.ts'
import { foreignEngine } from './engine-key.ts'
import { ORIGIN_FILE, RECORD_FILE } from './engine-record.ts'
import type { EngineStore, StoredEngine } from './engine-store.ts'
import type { EnginePlan } from './executor-protocol.ts'

interface EngineIntakeOptions {
  readonly store: EngineStore
  readonly exchange: EngineExchange
  readonly clock: Clock
}

export interface WantedEngine extends EngineShareKey {
  /** Loads the engine and compares the golden outputs. */
  readonly prove: (engine: EnginePlan) => Promise<void>
  readonly signal: AbortSignal
}

export interface TakenEngine {
  readonly engine: StoredEngine
  /** Device that built it. */
  readonly builder: string
}

const INCOMING = 'incoming-'
const STATEMENT = '.statement'
/** A fetch that was left goes after so long, ms. */
const ABANDONED_MS = 7 * 86_400_000
/** Room that must be left after an engine, as a part of its size. */
const RESERVE = 0.1

/** What says nothing about the engine: this machine, its disk or the fleet is at fault. */
const NOT_THE_ENGINE: ReadonlySet<ErrorCode> = new Set([
  'NS_STORAGE_FULL',
  'NS_HOME_UNWRITABLE',
  'NS_INFERENCE_MEMORY',
  'NS_INFERENCE_RUNTIME_MISSING',
  'NS_RUNG_LIBRARY',
  'NS_RUNG_NO_GPU',
  'NS_BUNDLE_DIGEST',
  'NS_JOB_CANCELLED',
  'NS_INTERNAL'
])

export class EngineIntake {
  #options: EngineIntakeOptions
  #faults: EngineFaults

  constructor(options: EngineIntakeOptions) {
    this.#options = options
    this.#faults = new EngineFaults(join(options.store.folder, 'faults.json'))
  }

  /**
   * Fetches and proves an engine of exactly this key and machine.
   * @returns undefined when the fleet has none that is not known to fail here
   * @throws NearsideError what the exchange or the proof throws; the engine is not kept then
   */
  async obtain(wanted: WantedEngine): Promise<TakenEngine | undefined> {
    const { exchange } = this.#options
    const { key, machine, signal } = wanted
    const offered = await exchange.ask({ key, machine }, signal)
    if (!offered || (await this.#faults.has(offered.statementSha256))) return undefined
    checkEqual(offered, wanted)
    const folder = await this.#folder(offered)
    try {
      await exchange.fetch(offered, folder, signal)
      const engine = await this.#take(offered, folder, wanted)
      return { engine, builder: offered.statement.builder }
    } catch (error) {
      const known = toNearsideError(error)
      // What stays is gone on from; anything else would be met again.
      const goesOn = known.retryable || signal.aborted
      if (!goesOn) await rm(folder, { recursive: true, force: true })
      if (known.code === 'NS_BUNDLE_DIGEST') await this.#tellDamaged(offered)
      throw error
    }
  }

  /**
   * Tells the fleet of engines that did not do here while it was away.
   * @throws NearsideError NS_FLEET_UNREACHABLE
   */
  tellFaults(): Promise<void> {
    return this.#faults.tell(this.#options.exchange)
  }

  /** A folder that outlives a restart; emptied when another engine of the same key is on offer. */
  async #folder({ id, statementSha256, statement }: OfferedEngine): Promise<string> {
    const { store, clock } = this.#options
    await this.#clear(clock.now())
    const folder = join(store.folder, `${INCOMING}${id}`)
    const note = join(folder, STATEMENT)
    const known = await readFile(note, 'utf8').catch(() => '')
    if (known === statementSha256) return folder
    await rm(folder, { recursive: true, force: true })
    const bytes = statement.record.files.reduce((sum, { size }) => sum + size, 0)
    await mkdir(store.folder, { recursive: true })
    const { bavail, bsize } = await statfs(store.folder)
    if (bytes > store.maxBytes || bytes * (1 + RESERVE) > bavail * bsize) {
      const sentence = `The engine of the fleet has ${bytes} bytes, for which there is too little room; free some.`
      throw new NearsideError('NS_INSTALL_SPACE', sentence)
    }
    await mkdir(folder, { recursive: true })
    await writeFileAtomic(note, statementSha256)
    return folder
  }

  async #clear(now: number): Promise<void> {
    const { store } = this.#options
    for (const name of await readdir(store.folder).catch(() => [])) {
      if (!name.startsWith(INCOMING)) continue
      const path = join(store.folder, name)
      const { mtimeMs } = await stat(path)
      if (now - mtimeMs > ABANDONED_MS) await rm(path, { recursive: true, force: true })
    }
  }

  async #take(
    offered: OfferedEngine,
    folder: string,
    { prove }: WantedEngine
  ): Promise<StoredEngine> {
    const { record } = offered.statement
    const { key, model, whole, files } = record
    const plan = { dir: folder, key, model, whole }
    try {
      await prove({ ...plan, files: files.map(({ path, sha256 }) => ({ path, sha256 })) })
    } catch (error) {
      await rm(folder, { recursive: true, force: true })
      await this.#blame(offered, toNearsideError(error))
      throw error
    }
    await rm(join(folder, STATEMENT))
    return this.#options.store.admit(folder, record, offered.envelope)
  }

  /** Not noted: the fleet may have the same engine whole another time. */
  async #tellDamaged({ id, statementSha256 }: OfferedEngine): Promise<void> {
    const { exchange, clock } = this.#options
    const sentence = 'A file of the engine came with another digest than was signed.'
    const fault = { id, statementSha256, at: clock.now(), code: 'NS_BUNDLE_DIGEST', sentence }
    await exchange.report(fault).catch(() => undefined) // it is met again at the next try
  }

  async #blame(offered: OfferedEngine, { code, message }: NearsideError): Promise<void> {
    if (NOT_THE_ENGINE.has(code)) return
    const { id, statementSha256 } = offered
    const at = this.#options.clock.now()
    await this.#faults.add({ id, statementSha256, at, code, sentence: message.slice(0, 500) })
    await this.tellFaults().catch(() => undefined) // told when the fleet answers again
  }
}

function checkEqual({ statement }: OfferedEngine, wanted: EngineShareKey): void {
  const { record } = statement
  const names = new Set([RECORD_FILE, ORIGIN_FILE, ...record.files.map(({ path }) => path)])
  if (names.size !== record.files.length + 2) {
    const sentence = 'The engine of the fleet names a file twice; it is not used.'
    throw new NearsideError('NS_ENGINE_DAMAGED', sentence)
  }
  const foreign = foreignEngine(record.key, wanted.key)
  if (foreign) throw new NearsideError('NS_ENGINE_FOREIGN', foreign)
  if (canonicalText(record.machine) === canonicalText(wanted.machine)) return
  const sentence = `The engine of the fleet was built on ${record.machine.gpu}, ${record.machine.platform}; this machine is another.`
  throw new NearsideError('NS_ENGINE_FOREIGN', sentence)
}
