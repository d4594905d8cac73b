// One install of one model, step by step. Each step is in the journal before it is taken and can be taken
// again after a crash; until the last one the old version serves and is what a restart would load.

import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type DesiredModel,
  type ErrorCode,
  type InstallReport,
  type InstallStep,
  ModelManifest,
  NearsideError,
  toNearsideError
} from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { InstallJournal } from '../store/index.ts'
import { assemble, checkSource, checkSpace, removeBlobs } from './assemble.ts'
import { type DownloadOptions, download } from './download.ts'
import {
  type CurrentBundle,
  currentBundle,
  firstSlot,
  folderOf,
  modelPaths,
  removeOldVersions,
  type Slot,
  switchSlots
} from './installed.ts'
import type { BuiltinBundle, BundleChecks, ModelActivator } from './ports.ts'

export interface InstallContext {
  readonly home: string
  readonly journal: InstallJournal
  readonly clock: Clock
  readonly checks: BundleChecks
  readonly activator: ModelActivator
  readonly builtins: readonly BuiltinBundle[]
  /** HTTP address of the fleet; files are fetched from its host and no other. */
  readonly fleet?: string
  readonly downloads: Pick<DownloadOptions, 'random' | 'tls' | 'stallMs'>
  /** Free bytes of the disk that holds a folder. */
  readonly freeBytes: (folder: string) => Promise<number>
  /** Told of every step and of progress between steps. */
  readonly onReport: (report: InstallReport) => void
}

/** What is to be installed, and the signal that ends it at the next safe point. */
interface Wish {
  readonly gen: number
  readonly blobs: string
  readonly model: DesiredModel
  readonly signal: AbortSignal
}

/** Journal rows of one install after which it is given up, so that no crash loop is endless (Mender: 28). */
const MAX_ROWS = 40
/** Times that a version may take the process down while it is tried. */
const MAX_TRIALS = 3

/** Codes that are the bundle's fault; all others are this device's or the network's. */
const REJECTIONS: readonly ErrorCode[] = [
  'NS_BUNDLE_INVALID',
  'NS_BUNDLE_DIGEST',
  'NS_BUNDLE_UNSIGNED',
  'NS_BUNDLE_SIGNATURE',
  'NS_BUNDLE_KEY_UNKNOWN',
  'NS_GOLDEN_MISMATCH',
  'NS_MODEL_EXISTS'
]

/** The steps of one install, for one generation and one model. */
export class InstallRun {
  #context: InstallContext
  #wish: Wish
  #progress = 0

  constructor(context: InstallContext, wish: Wish) {
    this.#context = context
    this.#wish = wish
  }

  /** Runs to a final step, or rejects with the reason of the signal at the next safe point. */
  async run(): Promise<void> {
    const { signal, model } = this.#wish
    try {
      await this.#install()
    } catch (error) {
      if (signal.aborted) throw signal.reason
      const known = toNearsideError(error)
      const isRejected = REJECTIONS.includes(known.code)
      await removeBlobs(this.#context.home, model.files)
      await removeOldVersions(this.#context.home, model.name)
      this.#write(isRejected ? 'rejected' : 'failed', known.message, known.code)
    }
  }

  async #install(): Promise<void> {
    const { home, builtins } = this.#context
    const { model, signal } = this.#wish
    const { name, version, manifestSha256 } = model
    this.#refuseLoop()
    this.#write('offered', `Version ${version} was offered by the fleet.`)
    const before = await currentBundle(home, name, builtins)
    if (before?.manifestSha256 === manifestSha256) {
      await this.#finish(`Version ${version} is the current one.`)
      return
    }
    const dir = (await this.#local()) ?? (await this.#fetch())
    await this.#checkNames(dir)
    signal.throwIfAborted()
    await this.#activate(dir)
    const isBuiltin = builtins.some((builtin) => builtin.dir === dir)
    const slot: Slot = { version, manifestSha256, origin: isBuiltin ? 'builtin' : 'installed' }
    await this.#makeCurrent(before, slot)
    await this.#finish(`Version ${version} serves.`)
  }

  /** A folder that is here already: shipped, or installed before. A damaged one is fetched again. */
  async #local(): Promise<string | undefined> {
    const { home, builtins, checks } = this.#context
    const dir = await folderOf(home, this.#wish.model, builtins)
    if (dir === undefined) return undefined
    this.#write('verifying', 'Checks the version that is still on this device.')
    try {
      await checks.verify(dir)
      return dir
    } catch (error) {
      if (builtins.some((builtin) => builtin.dir === dir)) throw error
      await rm(dir, { recursive: true, force: true })
      return undefined
    }
  }

  async #fetch(): Promise<string> {
    const { home, checks } = this.#context
    const { model, signal } = this.#wish
    await this.#download()
    signal.throwIfAborted()
    this.#write('verifying', 'Checks signature and digests of every file.')
    return assemble(home, model, checks)
  }

  async #download(): Promise<void> {
    const { home, clock, downloads, freeBytes, fleet } = this.#context
    const { model, blobs, signal } = this.#wish
    const folder = modelPaths(home).blobs
    checkSource(blobs, fleet)
    checkSpace(model.files, await freeBytes(folder))
    this.#write('downloading', 'Downloads the files of the model.')
    const total = model.files.reduce((sum, { size }) => sum + size, 0)
    let finished = 0
    for (const file of model.files) {
      await download(
        blobs,
        { file, target: join(folder, file.sha256) },
        {
          ...downloads,
          clock,
          signal,
          onBytes: (bytes) => this.#downloaded((finished + bytes) / Math.max(1, total)),
          onRetry: ({ message }, delayMs) => {
            const seconds = Math.max(1, Math.round(delayMs / 1000))
            this.#tell('downloading', `${message} Tries again in ${seconds} s.`)
          }
        }
      )
      finished += file.size
    }
  }

  #downloaded(share: number): void {
    if (share - this.#progress < 0.01 && share < 1) return
    this.#progress = Math.min(1, share)
    this.#tell(
      'downloading',
      `Downloads the files of the model, ${Math.round(share * 100)} % are here.`
    )
  }

  /** The signed manifest, not the fleet, says what this is; a bundle under a wrong name is refused. */
  async #checkNames(dir: string): Promise<void> {
    const { name, version } = this.#wish.model
    const text = await readFile(join(dir, 'manifest.json'), 'utf8')
    const manifest = ModelManifest.pick({ name: true, version: true }).safeParse(JSON.parse(text))
    if (manifest.success && manifest.data.name === name && manifest.data.version === version) return
    const sentence = `The signed manifest is not that of ${name} ${version}; publish the right bundle.`
    throw new NearsideError('NS_BUNDLE_INVALID', sentence)
  }

  async #activate(dir: string): Promise<void> {
    const { journal, activator } = this.#context
    const { gen, model } = this.#wish
    if (journal.count(gen, model.name, 'golden') >= MAX_TRIALS) {
      const sentence = `The device stopped ${MAX_TRIALS} times while it tried version ${model.version}; the old version stays.`
      throw new NearsideError('NS_INSTALL_LOOP', sentence)
    }
    this.#write('golden', 'Loads the model and compares its answers with the golden ones.')
    let isSwitching = false
    const onSwitching = (): void => {
      if (!isSwitching) this.#write('switching', 'Requests go to the new version from here on.')
      isSwitching = true
    }
    await activator.activate(dir, { onSwitching })
    onSwitching()
  }

  async #makeCurrent(before: CurrentBundle | undefined, slot: Slot): Promise<void> {
    const { home } = this.#context
    if (before) await switchSlots(home, before, slot)
    else await firstSlot(home, this.#wish.model.name, slot)
  }

  async #finish(reason: string): Promise<void> {
    const { home } = this.#context
    const { model } = this.#wish
    await removeBlobs(home, model.files)
    await removeOldVersions(home, model.name)
    this.#progress = 1
    this.#write('committed', reason)
  }

  #refuseLoop(): void {
    const { gen, model } = this.#wish
    if (this.#context.journal.count(gen, model.name) < MAX_ROWS) return
    const sentence = `The install was interrupted too often and is given up; the old version stays.`
    throw new NearsideError('NS_INSTALL_LOOP', sentence)
  }

  #report(step: InstallStep, reason: string, code: ErrorCode | null): InstallReport {
    const { gen, model } = this.#wish
    return {
      gen,
      rollout: model.rollout,
      model: model.name,
      version: model.version,
      step,
      progress: step === 'offered' ? 0 : this.#progress,
      code,
      reason,
      at: this.#context.clock.now()
    }
  }

  /** On disk first, then told. */
  #write(step: InstallStep, reason: string, code: ErrorCode | null = null): void {
    const report = this.#report(step, reason, code)
    this.#context.journal.write(report)
    this.#context.onReport(report)
  }

  #tell(step: InstallStep, reason: string): void {
    this.#context.onReport(this.#report(step, reason, null))
  }
}
