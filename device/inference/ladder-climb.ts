// One climb of the ladder for one bundle, from the CPU upwards: each file that a rung may run is tried, proved
// and measured against the best below it. Keeps nothing; `provider-ladder.ts` remembers.

import {
  type ErrorCode,
  type GoldenFile,
  type ModelVariant,
  NearsideError,
  type Precision,
  RUNGS,
  type Rung,
  type RungStatus
} from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Bundle } from '../../models/index.ts'
import type { EnginePlan } from './executor-protocol.ts'
import { missingProviders } from './gpu-libraries.ts'
import { inMs, measure, refuseCancelled, SideLost } from './rung-duel.ts'
import type { RungFacts } from './rung-facts.ts'
import { obstacleTo } from './rung-obstacle.ts'
import { devicesFor, rungPlan, variantsFor } from './rung-plan.ts'
import {
  goldenInputs,
  type OpenTrial,
  prove,
  type Refused,
  RUNG_NAMES,
  type RungTrial,
  refusalOf
} from './rung-probe.ts'
import type { InferenceSettings } from './settings.ts'

/** The rung that a model runs on. */
export interface Taken {
  readonly rung: Rung
  readonly variant: ModelVariant
  /** The GPU that was measured; 0 without one. */
  readonly deviceId: number
  /** All that can be used, `deviceId` first. */
  readonly deviceIds: readonly number[]
  /** Set on the rung tensorrt. */
  readonly engine?: EnginePlan | undefined
}

/** What `climb` found for a rung so far. */
export type Progress = (statuses: readonly RungStatus[], taken: Taken | undefined) => void

export interface ClimbOptions {
  readonly bundle: Bundle
  readonly golden: GoldenFile
  readonly facts: RungFacts
  readonly clock: Clock
  readonly settings: Pick<InferenceSettings, 'threads' | 'runtime'>
  readonly openTrial: OpenTrial
  /** The engine of a variant, or why there is none. */
  readonly engines: ReadonlyMap<ModelVariant, EnginePlan | NearsideError>
  readonly onProgress: Progress
  readonly signal?: AbortSignal | undefined
  readonly budgetMs?: number | undefined
}

interface Contender extends Taken {
  readonly precision: Precision
  readonly trial: RungTrial
  /** What the golden check said. */
  readonly proof: string
  readonly p95Ms: number
}

/** After one of these another file of the bundle would fare no better on this rung. */
const WHOLE_RUNG: ReadonlySet<ErrorCode> = new Set([
  'NS_RUNG_LIBRARY',
  'NS_RUNG_NO_GPU',
  'NS_RUNG_NOT_OFFERED',
  'NS_INFERENCE_DEADLINE'
])

interface Failure extends Refused {
  readonly precision: Precision
  readonly p95Ms: number | null
}

const named = ({ rung, precision }: Pick<Contender, 'rung' | 'precision'>): string =>
  `${precision.toUpperCase()} on ${RUNG_NAMES[rung]}`

export function untried(rung: Rung): RungStatus {
  const sentence = 'Not tried on this machine yet.'
  const blank = { code: null, detail: null, precision: null, p95Ms: null, at: null }
  return { rung, taken: false, sentence, ...blank }
}

export class Climber {
  #options: ClimbOptions
  #statuses = new Map<Rung, RungStatus>(RUNGS.map((rung) => [rung, untried(rung)]))
  #champion: Contender | undefined

  constructor(options: ClimbOptions) {
    this.#options = options
  }

  get statuses(): RungStatus[] {
    return [...this.#statuses.values()]
  }

  get taken(): Taken | undefined {
    if (!this.#champion) return undefined
    const { rung, variant, deviceId, deviceIds, engine } = this.#champion
    return { rung, variant, deviceId, deviceIds, ...(engine ? { engine } : {}) }
  }

  /**
   * Tries every rung. A trial that fails costs its rung only.
   * @throws NearsideError NS_JOB_CANCELLED; no trial is left behind
   */
  async climb(): Promise<void> {
    try {
      for (const rung of [...RUNGS].reverse()) {
        refuseCancelled(this.#options.signal)
        await this.#tryRung(rung)
        this.#options.onProgress(this.statuses, this.taken)
      }
    } finally {
      await this.#champion?.trial.close()
    }
  }

  async #tryRung(rung: Rung): Promise<void> {
    const { bundle, facts } = this.#options
    const obstacle = obstacleTo(rung, facts, bundle.manifest)
    if (obstacle) return this.#refuse(rung, { ...obstacle, precision: null, p95Ms: null })
    const failures: Failure[] = []
    for (const variant of variantsFor(bundle.manifest, rung)) {
      const failure = await this.#tryVariant(rung, variant)
      if (failure) failures.push(failure)
      if (failure && WHOLE_RUNG.has(failure.code)) break
    }
    if (this.#champion?.rung === rung) return
    // The file that came furthest says more than the first.
    const told = failures.find(({ code }) => code === 'NS_RUNG_SLOWER') ?? failures[0]
    if (told) this.#refuse(rung, told)
  }

  async #tryVariant(rung: Rung, variant: ModelVariant): Promise<Failure | undefined> {
    let trial: RungTrial | undefined
    let { precision } = variant
    try {
      const { engine, deviceIds } = this.#device(rung, variant)
      precision = engine?.key.precision ?? precision
      const deviceId = deviceIds[0] ?? 0
      trial = await this.#open({ rung, variant, deviceId, deviceIds, engine })
      const proof = await prove(trial, this.#options.golden, precision)
      const about = { rung, variant, deviceId, deviceIds, ...(engine ? { engine } : {}) }
      return await this.#challenge({ ...about, precision, trial, proof, p95Ms: Number.NaN })
    } catch (error) {
      await trial?.close()
      if ((error as { code?: unknown }).code === 'NS_JOB_CANCELLED') throw error
      const words = trial?.lastWords() ?? null
      return { ...refusalOf(error, { rung, precision }, words), precision, p95Ms: null }
    }
  }

  /** @throws NearsideError NS_RUNG_LIBRARY, NS_ENGINE_MISSING, NS_ENGINE_FOREIGN */
  #device(rung: Rung, variant: ModelVariant) {
    const { facts, engines } = this.#options
    if (rung !== 'tensorrt') return { engine: undefined, deviceIds: devicesFor(rung, facts) }
    const engine = engines.get(variant)
    if (engine && !(engine instanceof NearsideError)) {
      const deviceIds = devicesFor(rung, facts, engine.key.computeCapability)
      return { engine, deviceIds }
    }
    // Without the libraries no engine can be built: that is the first thing to mend.
    const missing = missingProviders(rung, facts.libraryFolders)
    if (missing) throw new NearsideError('NS_RUNG_LIBRARY', missing)
    const sentence = 'No TensorRT engine of this model was built yet.'
    throw engine ?? new NearsideError('NS_ENGINE_MISSING', sentence)
  }

  /** A model in parts is tried as it would be served: over the devices of its first pipeline. */
  #open(about: Taken): Promise<RungTrial> {
    const { bundle, facts, settings, openTrial } = this.#options
    const { libraryFolders } = facts
    return openTrial(rungPlan({ bundle, libraryFolders, settings, ...about }))
  }

  /** Measures a proved contender against the best so far; the loser's trial is closed. */
  async #challenge(contender: Contender): Promise<Failure | undefined> {
    const champion = this.#champion
    const cases = goldenInputs(this.#options.golden)
    const sides = champion ? [contender.trial, champion.trial] : [contender.trial]
    let times: number[]
    try {
      times = await measure(sides, cases, this.#options)
    } catch (error) {
      if (!(error instanceof SideLost)) throw error
      if (error.side === 0 || !champion) throw error.cause
      await this.#dethrone(champion, error.cause)
      return this.#challenge(contender)
    }
    const [p95Ms = Number.NaN, rivalMs = Number.POSITIVE_INFINITY] = times
    if (champion && !(p95Ms < rivalMs)) {
      await contender.trial.close()
      const rival = `${named(champion)} with ${inMs(rivalMs)}`
      const sentence = `${named(contender)} takes ${inMs(p95Ms)} (95th percentile of the golden runs), no less than ${rival}, and is not used.`
      const { precision } = contender
      return { code: 'NS_RUNG_SLOWER', sentence, detail: contender.proof, precision, p95Ms }
    }
    this.#crown({ ...contender, p95Ms }, champion && { ...champion, p95Ms: rivalMs })
    await champion?.trial.close()
    return undefined
  }

  #crown(winner: Contender, former: Contender | undefined): void {
    this.#champion = winner
    const { rung, precision, p95Ms, proof } = winner
    if (former && former.rung !== rung) {
      const sentence = `Works as ${named(former)} with ${inMs(former.p95Ms)} (95th percentile of the golden runs); ${named(winner)} is faster with ${inMs(p95Ms)}.`
      this.#state(former.rung, { sentence, precision: former.precision, p95Ms: former.p95Ms })
    }
    const sentence = `Runs as ${named(winner)} with ${inMs(p95Ms)} (95th percentile of the golden runs). ${proof}`
    this.#state(rung, { taken: true, sentence, precision, p95Ms })
  }

  /** The best so far was lost while it served as the measure: its rung cannot be relied on. */
  async #dethrone(champion: Contender, cause: unknown): Promise<void> {
    this.#champion = undefined
    await champion.trial.close()
    const { rung, precision } = champion
    const refusal = refusalOf(cause, champion, champion.trial.lastWords())
    this.#refuse(rung, { ...refusal, precision, p95Ms: null })
  }

  #refuse(rung: Rung, refusal: Omit<Failure, 'precision'> & Pick<RungStatus, 'precision'>): void {
    const { code, sentence, detail, precision, p95Ms } = refusal
    this.#state(rung, { code, sentence, detail, precision, p95Ms })
  }

  #state(rung: Rung, change: Partial<RungStatus>): void {
    const at = Math.round(this.#options.clock.now())
    this.#statuses.set(rung, { ...untried(rung), at, ...change })
  }
}
