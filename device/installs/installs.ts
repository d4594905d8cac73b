// The device half of a rollout: follows the desired state of the fleet, one model after the other, and says
// where each install stands. A higher generation replaces a lower one at the next safe point; a finished one
// is never run again. How one install goes is told by install-run.ts.

import {
  type DesiredModel,
  type DesiredState,
  FINAL_STEPS,
  type InstallReport,
  type NearsideError,
  toNearsideError
} from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import { EventBus } from '../../kernel/event-bus.ts'
import type { InstallJournal } from '../store/index.ts'
import { freeBytesAt, removeAllBlobs } from './assemble.ts'
import { type InstallContext, InstallRun } from './install-run.ts'
import type { BuiltinBundle, BundleChecks, ModelActivator } from './ports.ts'
import type { ClientTls } from './ranged-get.ts'

interface InstallsOptions {
  readonly home: string
  readonly journal: InstallJournal
  readonly clock: Clock
  readonly checks: BundleChecks
  readonly activator: ModelActivator
  readonly builtins: readonly BuiltinBundle[]
  /** HTTP address of the fleet; files are fetched from its host and no other. */
  readonly fleet?: string
  /** Certificates for a fleet that serves its files over mutual TLS. */
  readonly tls?: ClientTls
  readonly random?: () => number
  readonly stallMs?: number
  /** Free bytes of the disk that holds a folder; default from the operating system. */
  readonly freeBytes?: (folder: string) => Promise<number>
}

export interface InstallEvents {
  /** A step or some progress: all reports, as they stand now. */
  changed: InstallReport[]
  /** The work itself broke, for example because the journal cannot be written; it goes on at the next start. */
  failed: NearsideError
}

const KEEP_GENERATIONS = 8

/** Why an install was left before its end: the device stops, or a newer wish came. */
class Interrupted extends Error {}

/** Follows the desired state; one install at a time. */
export class Installs {
  readonly events = new EventBus<InstallEvents>()
  #journal: InstallJournal
  #clock: Clock
  #context: InstallContext
  #reports = new Map<string, InstallReport>()
  #abort: AbortController | undefined
  #worker: Promise<void> | undefined
  #isRunning = false

  constructor(options: InstallsOptions) {
    const { random, tls, stallMs, freeBytes = freeBytesAt, ...rest } = options
    this.#journal = options.journal
    this.#clock = options.clock
    this.#context = {
      ...rest,
      freeBytes,
      downloads: { ...(random && { random }), ...(tls && { tls }), ...(stallMs && { stallMs }) },
      onReport: (report) => this.#tell(report)
    }
  }

  /** Goes on with what the journal says is unfinished. */
  start(): void {
    this.#isRunning = true
    for (const report of this.#journal.latest()) this.#reports.set(keyOf(report), report)
    this.#supersedeOlder()
    this.#work()
  }

  /** Ends at the next safe point; what is unfinished goes on at the next start. */
  async stop(): Promise<void> {
    this.#isRunning = false
    this.#abort?.abort(new Interrupted('stopped'))
    await this.#worker
  }

  /** Takes a desired state from the fleet; false when it is not newer than the one known. */
  desire(desired: DesiredState): boolean {
    if (!this.#journal.accept(desired)) return false
    this.#abort?.abort(new Interrupted('superseded'))
    if (this.#abort === undefined) this.#supersedeOlder()
    this.#work()
    return true
  }

  /** Generation whose installs are all final. */
  get finishedGen(): number {
    return this.#journal.finishedGen()
  }

  /** Where each install of the last generations stands, oldest first. */
  reports(): InstallReport[] {
    return [...this.#reports.values()].sort((a, b) => a.gen - b.gen || a.at - b.at)
  }

  /** Resolves when nothing is left to do. */
  async idle(): Promise<void> {
    while (this.#worker !== undefined) await this.#worker
  }

  #work(): void {
    if (!this.#isRunning || this.#worker !== undefined) return
    this.#worker = this.#runAll().then(
      () => {
        this.#worker = undefined
        if (this.#next()) this.#work() // wished for while the last one ended
      },
      (error: unknown) => {
        this.#worker = undefined
        this.events.emit('failed', toNearsideError(error))
      }
    )
  }

  async #runAll(): Promise<void> {
    for (let next = this.#next(); next && this.#isRunning; next = this.#next()) {
      const { gen, blobs, model } = next
      this.#abort = new AbortController()
      try {
        await new InstallRun(this.#context, { gen, blobs, model, signal: this.#abort.signal }).run()
      } catch (error) {
        if (!(error instanceof Interrupted)) throw error
      }
      this.#abort = undefined
      this.#supersedeOlder()
    }
    if (!this.#isRunning) return
    await removeAllBlobs(this.#context.home)
    this.#trim()
  }

  /** First install of the desired state that is not final yet. */
  #next(): { gen: number; blobs: string; model: DesiredModel } | undefined {
    const desired = this.#journal.desired()
    const model = desired?.models.find(({ name }) => {
      const last = this.#journal.last(desired.gen, name)
      return last === undefined || !FINAL_STEPS.includes(last.step)
    })
    return desired && model ? { gen: desired.gen, blobs: desired.blobs, model } : undefined
  }

  /** Closes what an older generation left open. */
  #supersedeOlder(): void {
    const gen = this.#journal.desired()?.gen ?? 0
    for (const report of this.#journal.latest()) {
      if (report.gen >= gen || FINAL_STEPS.includes(report.step)) continue
      const reason = `Generation ${gen} of the desired state took its place.`
      const closed = { ...report, step: 'superseded' as const, reason, at: this.#clock.now() }
      this.#journal.write(closed)
      this.#tell(closed)
    }
  }

  #trim(): void {
    this.#journal.trim(KEEP_GENERATIONS)
    const kept = new Set(this.#journal.latest().map(keyOf))
    for (const key of this.#reports.keys()) if (!kept.has(key)) this.#reports.delete(key)
  }

  #tell(report: InstallReport): void {
    this.#reports.set(keyOf(report), report)
    this.events.emit('changed', this.reports())
  }
}

function keyOf({ gen, model }: InstallReport): string {
  return `${gen}/${model}`
}
