// What the advisor keeps in the home folder: the changes that it made with their figures, the settings that are
// to be in force again after a restart, and whether the continuous mode is on. It applies nothing.

import { readFile, rename } from 'node:fs/promises'
import { z } from 'zod'
import { AppliedChange } from '../../contract/index.ts'
import { writeFileAtomic } from '../../kernel/atomic-file.ts'
import type { Change } from './recommend.ts'

/** A change with what is needed to judge it later. */
export const RememberedChange = AppliedChange.extend({
  id: z.string(),
  version: z.string(),
  machine: z.string(),
  /** Where the wait was not fixed before, null stands for that. */
  former: z.number().nullable(),
  /** May be recommended again: it was never measured to the end. */
  again: z.boolean()
})
export type RememberedChange = z.infer<typeof RememberedChange>

/** Settings of one model version that proved better, or of every version when they were set by hand. */
const KeptSettings = z.object({
  version: z.string(),
  byHand: z.boolean().optional(),
  instances: z.number().int().positive().optional(),
  maxBatch: z.number().int().positive().optional(),
  threads: z.number().int().positive().optional(),
  maxWaitMs: z.number().nonnegative().optional()
})
export type KeptSettings = z.infer<typeof KeptSettings>

const Contents = z.object({
  continuous: z.boolean(),
  /** Newest first. */
  changes: z.array(RememberedChange),
  machine: z.string(),
  kept: z.record(z.string(), KeptSettings)
})
type Contents = z.infer<typeof Contents>

/** Changes that are remembered; at one each five minutes by itself, most of a day. */
const KEPT = 200

export interface AdvisorMemoryOptions {
  readonly path: string
  /** What tells this machine from another with the same home folder: processor, cores, GPUs. */
  readonly machine: string
  /** A file that cannot be used; it is set aside and the advisor begins anew. */
  readonly onFault?: (error: unknown) => void
}

export class AdvisorMemory {
  readonly #options: AdvisorMemoryOptions
  #contents: Contents
  #writing: Promise<void> = Promise.resolve()

  constructor(options: AdvisorMemoryOptions) {
    this.#options = options
    this.#contents = { continuous: false, changes: [], machine: options.machine, kept: {} }
  }

  /** Reads what an earlier run left; settings that another machine found are not taken over. */
  async open(): Promise<void> {
    const { path, machine, onFault } = this.#options
    const text = await readFile(path, 'utf8').catch(() => undefined)
    if (text === undefined) return
    try {
      const read = Contents.parse(JSON.parse(text))
      const kept = read.machine === machine ? read.kept : {}
      this.#contents = { ...read, machine, kept }
    } catch (error) {
      onFault?.(error)
      await rename(path, `${path}.damaged`).catch(() => undefined)
    }
  }

  get continuous(): boolean {
    return this.#contents.continuous
  }

  /** Newest first. */
  get changes(): readonly RememberedChange[] {
    return this.#contents.changes
  }

  get kept(): Readonly<Record<string, KeptSettings>> {
    return this.#contents.kept
  }

  /** Whether a change was measured before on this version and machine, or is the way back from a kept one. */
  ruledOut(model: string, version: string, { setting, from, to }: Change): boolean {
    return this.changes.some(
      (one) =>
        one.model === model &&
        one.version === version &&
        one.machine === this.#options.machine &&
        one.setting === setting &&
        !one.again &&
        ((one.from === from && one.to === to) ||
          (one.state === 'kept' && one.from === to && one.to === from))
    )
  }

  /** @throws NearsideError NS_STORAGE_* when it could not be written */
  async setContinuous(on: boolean): Promise<void> {
    await this.#write({ ...this.#contents, continuous: on })
  }

  /** Adds a change, or replaces its earlier state. */
  async put(change: RememberedChange): Promise<void> {
    const others = this.changes.filter(({ id, at }) => id !== change.id || at !== change.at)
    const changes = [change, ...others].sort((a, b) => b.at - a.at).slice(0, KEPT)
    await this.#write({ ...this.#contents, changes })
  }

  /** Keeps exactly these settings beyond a restart. */
  async set(model: string, settings: KeptSettings): Promise<void> {
    await this.#write({ ...this.#contents, kept: { ...this.kept, [model]: settings } })
  }

  /** Keeps a setting beyond a restart. Settings that were measured for an earlier version of the model go. */
  async keep(model: string, settings: KeptSettings): Promise<void> {
    const former = this.kept[model]
    const stays = former?.byHand || former?.version === settings.version
    const earlier = stays ? former : {}
    const kept = { ...this.kept, [model]: { ...earlier, ...settings } }
    await this.#write({ ...this.#contents, kept })
  }

  /** Resolves when everything so far is in the file, or could not be written. */
  settled(): Promise<void> {
    return this.#writing
  }

  /** The memory holds at once what the file holds soon; writes follow each other in order. */
  #write(contents: Contents): Promise<void> {
    this.#contents = contents
    const written = this.#writing.then(() =>
      writeFileAtomic(this.#options.path, JSON.stringify(this.#contents, null, 1))
    )
    this.#writing = written.catch(() => undefined)
    return written
  }
}
