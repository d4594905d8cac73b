// Which rung one model stands on: what the ladder gave, what it remembers from the last start, where it falls to
// when a rung is lost. Decides what to load next; loads nothing itself.

import { type ModelVariant, type RungStatus, toNearsideError } from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { VerifiedBundle } from '../../models/index.ts'
import type { EnginePlan } from './executor-protocol.ts'
import type { LadderCache } from './ladder-cache.ts'
import { cpuChoice, type RungChoice } from './loaded-model.ts'
import {
  type Climb,
  climb,
  fallBack,
  type RungDrop,
  recall,
  rungDropped
} from './provider-ladder.ts'
import type { RungFacts } from './rung-facts.ts'
import { Serial } from './serial.ts'
import type { InferenceSettings } from './settings.ts'

/** What the models of a device share when they climb. */
export interface Ladder {
  /** What the machine has now; asked before each use, because libraries come and go. */
  readonly facts: () => Promise<RungFacts>
  /** Keeps the answers over restarts. */
  readonly cache: LadderCache | undefined
  /** The built engine of a variant. @throws NearsideError NS_ENGINE_MISSING, NS_ENGINE_FOREIGN */
  readonly engine?:
    | ((bundle: VerifiedBundle, variant: ModelVariant) => Promise<EnginePlan>)
    | undefined
  /** Called when TensorRT could be used if the engine of this bundle were built. */
  readonly onMissingEngine?: ((bundle: VerifiedBundle) => void) | undefined
}

/** One climb at a time in a process: two would measure each other. */
const TURNS = new Serial()

/** Time that measuring one file may take where there is little to choose from, ms. */
const QUICK_MS = 1_500

interface ModelRungsOptions {
  /** Undefined: the model runs on the CPU, and nothing else is tried. */
  readonly ladder: Ladder | undefined
  readonly clock: Clock
  readonly settings: InferenceSettings
  readonly onChange: () => void
}

export class ModelRungs {
  #options: ModelRungsOptions
  #bundle: VerifiedBundle
  #climb: Climb | undefined
  #facts: RungFacts | undefined
  #abort: AbortController | undefined
  #dropped: RungDrop | null = null

  constructor(bundle: VerifiedBundle, options: ModelRungsOptions) {
    this.#bundle = bundle
    this.#options = options
  }

  /** What the ladder gave so far; undefined before it was climbed for this bundle. */
  get climb(): Pick<Climb, 'taken' | 'statuses'> | undefined {
    return this.#climb
  }

  /** Not null when the model runs on a lower rung than before. */
  get dropped(): RungDrop | null {
    return this.#dropped
  }

  /** The rungs that were refused, best first. */
  get refused(): RungStatus[] {
    return this.#climb?.statuses.filter(({ code }) => code !== null) ?? []
  }

  /** Another version is in use: what was found for the former one does not count. */
  reset(bundle: VerifiedBundle): void {
    this.stop()
    this.#bundle = bundle
    this.#climb = undefined
  }

  /** What to load now. */
  get choice(): RungChoice {
    const taken = this.#climb?.taken
    if (!taken) return cpuChoice(this.#bundle)
    const { rung, variant, deviceIds, engine } = taken
    const libraries = this.#facts?.libraryFolders ?? []
    return { rung, variant, deviceIds, libraries, ...(engine ? { engine } : {}) }
  }

  /** Takes over what an earlier start found on the same machine; without it the CPU serves first. */
  async recall(): Promise<void> {
    const { ladder, settings } = this.#options
    if (!ladder || this.#climb) return
    const facts = await ladder.facts()
    const known = await recall(this.#bundle, facts, { ...this.#deps(ladder), settings })
    if (known) this.#note(known, facts)
  }

  /**
   * Falls to the next lower rung after the one in use could not be loaded or was lost.
   * @returns false when there is none, or the model is on the CPU already
   */
  async fall(reason: unknown): Promise<boolean> {
    const { ladder, clock } = this.#options
    const former = this.#climb
    if (!ladder || !former?.taken || former.taken.rung === 'cpu') return false
    const facts = await ladder.facts()
    const { cache } = ladder
    const fallen = await fallBack(former, reason, { bundle: this.#bundle, facts, clock, cache })
    this.#note(fallen, facts)
    return true
  }

  /**
   * Climbs in the background when nothing is known yet, or again when told to.
   * @returns the rung to change to; undefined when the one in use is right, or the climb was stopped
   */
  async better(inUse: RungChoice, again = false): Promise<RungChoice | undefined> {
    const { ladder, settings } = this.#options
    if (!ladder || (this.#climb && !again)) return undefined
    const bundle = this.#bundle
    const abort = new AbortController()
    this.#abort = abort
    const found = await TURNS.run(async () => {
      const facts = await ladder.facts()
      const budgetMs = facts.nvidia ? undefined : QUICK_MS
      const deps = { ...this.#deps(ladder), settings, again, signal: abort.signal, budgetMs }
      const result = await climb(bundle, facts, deps).catch(toNearsideError)
      return { result, facts }
    })
    if (abort.signal.aborted || !('statuses' in found.result)) return undefined
    this.#note(found.result, found.facts)
    const missing = found.result.statuses.some(({ code }) => code === 'NS_ENGINE_MISSING')
    if (missing) ladder.onMissingEngine?.(bundle)
    const { choice } = this
    const same = choice.rung === inUse.rung && choice.variant.file === inUse.variant.file
    const sameEngine = choice.engine?.dir === inUse.engine?.dir
    return same && sameEngine ? undefined : choice
  }

  /** Ends a climb that runs. */
  stop(): void {
    this.#abort?.abort()
  }

  #note(found: Climb, facts: RungFacts): void {
    this.#climb = found
    this.#facts = facts
    this.#dropped = rungDropped(found.before, found)
    this.#options.onChange()
  }

  #deps({ cache, engine }: Ladder) {
    const bundle = this.#bundle
    const { clock } = this.#options
    return {
      cache,
      clock,
      engine: engine && ((variant: ModelVariant) => engine(bundle, variant))
    }
  }
}
