// The advisor of a device: samples the evidence, keeps the newest advice for each model, applies one change at a
// time, and in its continuous mode does so by itself, seldom and ever more seldom while nothing helps.

import {
  type Advice,
  type AdvisorOverview,
  type AppliedChange,
  type ModelManifest,
  type ModelTuning,
  NearsideError,
  type Recommendation,
  type TuningSetting
} from '../../contract/index.ts'
import type { Cancel, Clock } from '../../kernel/clock.ts'
import type { Tuning } from '../inference/index.ts'
import type { Evidence } from './advisor-evidence.ts'
import type { AdvisorMemory, RememberedChange } from './advisor-memory.ts'
import { applyChange, type TunedPool, tuningOf } from './apply-change.ts'
import { type EvidencePool, EvidenceSamples, type EvidenceSources } from './evidence-samples.ts'
import { type AdviceLimits, recommend } from './recommend.ts'
import { MEASURE_PLAN, type MeasurePlan } from './throughput-measure.ts'

export interface AdvisorOptions extends Omit<EvidenceSources, 'pool'> {
  readonly pool: EvidencePool & TunedPool
  readonly memory: AdvisorMemory
  readonly clock: Clock
  readonly machine: string
  readonly cores: number
  readonly memoryMb: number
  /** A fault that the advisor survives: a file that was not written, a source that did not answer. */
  readonly onFault: (error: unknown) => void
  /** Advice, a change or the mode is another than before. */
  readonly onChange?: () => void
  /** Time between two samples, ms; default 10,000. */
  readonly sampleMs?: number
  readonly settleMs?: number
  readonly plan?: MeasurePlan
}

const SAMPLE_MS = 10_000
const SETTLE_MS = 2000
/** Shortest time between two changes of the continuous mode, ms. It doubles with each that did not help. */
const PAUSE_MS = 300_000
const MOST_DOUBLINGS = 8
/** A model may be given so many times the rows that its makers measured, where no engine fixes them. */
const MOST_BATCH_FACTOR = 4
/** Memory of an executor's process without its model, MB (device/inference/DESIGN.md). */
const PROCESS_MB = 50

export class Advisor {
  readonly #options: AdvisorOptions
  readonly #samples: EvidenceSamples
  #advice = new Map<string, Advice>()
  #evidence = new Map<string, Evidence>()
  /** True until the state of the change in work is final. */
  #busy = false
  /** Settles when everything about it is written. */
  #working: Promise<void> = Promise.resolve()
  #stopped = new AbortController()
  #cancel: Cancel = () => undefined
  #sampling: Promise<void> | undefined

  constructor(options: AdvisorOptions) {
    this.#options = options
    this.#samples = new EvidenceSamples(options)
  }

  /** Takes back what the last stop cut off, puts the settings that were kept in force again, and begins. */
  async start(): Promise<void> {
    await this.#endCutOff()
    await this.#restore()
    const { clock, sampleMs = SAMPLE_MS } = this.#options
    this.#cancel = clock.every(sampleMs, () => void this.sample())
  }

  /** Ends; a change that is being measured is taken back at the next start. */
  async stop(): Promise<void> {
    this.#cancel()
    this.#stopped.abort()
    await this.#sampling
    await this.#working
    await this.#options.memory.settled()
  }

  overview(): AdvisorOverview {
    const { memory } = this.#options
    return {
      advice: [...this.#advice.values()],
      changes: memory.changes.map(publicOf),
      continuous: memory.continuous
    }
  }

  /**
   * Begins to apply and measure a recommendation.
   * @throws NearsideError NS_ADVICE_UNKNOWN, NS_ADVICE_BUSY while another change is measured
   */
  async apply(id: string): Promise<AppliedChange> {
    const advice = [...this.#advice.values()].find((one) => one.recommendation?.id === id)
    if (!advice?.recommendation) {
      const sentence =
        'There is no such recommendation, or it is out of date; read the advice again.'
      throw new NearsideError('NS_ADVICE_UNKNOWN', sentence)
    }
    return this.#begin(advice.recommendation, false)
  }

  /**
   * Switches the continuous mode; the switch outlives a restart.
   * @throws NearsideError NS_STORAGE_* when that could not be written
   */
  async setContinuous(on: boolean): Promise<AdvisorOverview> {
    await this.#options.memory.setContinuous(on)
    this.#tell()
    return this.overview()
  }

  /** How a model is run. @throws NearsideError NS_MODEL_UNKNOWN */
  tuning(model: string): ModelTuning {
    const { pool } = this.#options
    const { batching } = pool.manifest(model)
    const set = definedOf(pool.tuning(model))
    const { maxBatch = batching.maxBatch, maxWaitMs = null } = set
    return { set, inForce: { ...pool.layout(model), maxBatch, maxWaitMs } }
  }

  /**
   * Sets by hand how a model is run, now and after a restart; what is left out follows the load. When executors
   * of the new kind cannot be loaded, everything stays as it was.
   * @throws NearsideError NS_MODEL_UNKNOWN, NS_ADVICE_BUSY, NS_INFERENCE_*, NS_STORAGE_*
   */
  async tune(model: string, setting: TuningSetting = {}): Promise<ModelTuning> {
    const { pool, memory } = this.#options
    const { version } = pool.manifest(model)
    if (this.#busy) throw busy()
    const { instances, threads, maxBatch, maxWaitMs } = setting
    await pool.tune(model, { instances, threads, maxBatch, maxWaitMs })
    await memory.set(model, { version, byHand: true, ...setting })
    this.#samples.forget(model)
    this.#tell()
    return this.tuning(model)
  }

  /** Takes a sample, judges anew, and in the continuous mode acts. Never rejects. */
  sample(): Promise<void> {
    this.#sampling ??= this.#sample()
      .catch((error) => this.#options.onFault(error))
      .finally(() => {
        this.#sampling = undefined
      })
    return this.#sampling
  }

  async #sample(): Promise<void> {
    const { clock, memory } = this.#options
    await this.#samples.take(clock.now(), clock.monotonicMs())
    // Between two settings figures mix; the advice of before is shown until the change is over.
    if (this.#busy || this.#stopped.signal.aborted) return
    this.#judge()
    if (memory.continuous && this.#mayActAlone()) await this.#actAlone()
  }

  #judge(): void {
    const { pool, memory } = this.#options
    const names = new Map(pool.statistics().map(({ name, version }) => [name, version]))
    let changed = false
    for (const name of this.#advice.keys()) {
      if (names.get(name) === this.#evidence.get(name)?.version) continue
      this.#forget(name)
      changed = true
    }
    for (const evidence of this.#samples.gather()) {
      const { model, version } = evidence
      if (evidence.requests === 0) {
        // Nobody asks: the last word stands, but no change can be measured now.
        changed = this.#withdraw(model) || changed
        continue
      }
      changed = true
      const ruledOut = memory.ruledOut.bind(memory, model, version)
      this.#advice.set(model, recommend(evidence, this.#limits(evidence), ruledOut))
      this.#evidence.set(model, evidence)
    }
    if (changed) this.#tell()
  }

  /** Takes the recommendation of a model back; returns whether there was one. */
  #withdraw(model: string): boolean {
    const known = this.#advice.get(model)
    if (!known?.recommendation) return false
    this.#advice.set(model, { ...known, recommendation: null })
    return true
  }

  #forget(model: string): void {
    this.#advice.delete(model)
    this.#evidence.delete(model)
  }

  #limits({ model, rung, machine }: Evidence): AdviceLimits {
    const { pool, cores, memoryMb } = this.#options
    const manifest = pool.manifest(model)
    const most = rung === 'tensorrt' ? 1 : MOST_BATCH_FACTOR
    const used = machine.memoryPercent
    return {
      cores,
      instanceMb: PROCESS_MB + variantMb(manifest),
      freeMb: used === null ? null : (memoryMb * (100 - used)) / 100,
      maxBatch: most * manifest.batching.maxBatch
    }
  }

  #mayActAlone(): boolean {
    const { memory, clock } = this.#options
    const alone = memory.changes.filter(({ automatic }) => automatic)
    const [last] = alone
    if (!last) return true
    const helped = alone.findIndex(({ state }) => state === 'kept')
    const inVain = helped === -1 ? alone.length : helped
    const pauseMs = PAUSE_MS * 2 ** Math.min(MOST_DOUBLINGS, inVain)
    const sinceMs = clock.now() - last.at
    return sinceMs >= pauseMs || sinceMs < 0 // the clock was set back
  }

  async #actAlone(): Promise<void> {
    const gain = ({ gainLow, gainHigh }: Recommendation): number => gainLow + gainHigh
    const [best] = [...this.#advice.values()]
      .flatMap(({ recommendation }) => recommendation ?? [])
      .sort((a, b) => gain(b) - gain(a))
    if (best) await this.#begin(best, true)
  }

  async #begin(recommendation: Recommendation, automatic: boolean): Promise<AppliedChange> {
    if (this.#busy || this.#stopped.signal.aborted) throw busy()
    const { pool, clock, machine } = this.#options
    const { id, model, setting, from, to } = recommendation
    const { version, latencyGoalMs } = pool.manifest(model)
    const unfixed = setting === 'max-wait-ms' && pool.tuning(model).maxWaitMs === undefined
    const change: RememberedChange = {
      ...{ id, model, setting, from, to, automatic, machine, at: clock.now() },
      ...{ state: 'measuring-before', before: null, after: null, again: false },
      former: unfixed ? null : from,
      version,
      sentence: 'The load of now is measured first; nothing is changed yet.'
    }
    this.#busy = true
    const written = this.#remember(change)
    this.#working = written
      .then(() => this.#work(change, latencyGoalMs))
      .catch((error) => this.#options.onFault(error))
      .finally(() => {
        this.#busy = false
      })
    await written
    return publicOf(change)
  }

  async #work(change: RememberedChange, latencyGoalMs: number): Promise<void> {
    const { pool, clock, plan = MEASURE_PLAN, settleMs = SETTLE_MS } = this.#options
    const { model } = change
    const ended = await applyChange(change, {
      ...{ pool, clock, plan, settleMs, signal: this.#stopped.signal, latencyGoalMs },
      onApply: (state) => this.#remember(state)
    })
    if (this.#stopped.signal.aborted) return
    await this.#keep(ended)
    this.#samples.forget(model)
    this.#withdraw(model)
    // Whoever sees the last state may begin the next change.
    this.#busy = false
    await this.#remember(ended)
  }

  async #keep({ state, model, version, setting, to }: RememberedChange): Promise<void> {
    const { memory, onFault } = this.#options
    if (state === 'kept')
      await memory.keep(model, { version, ...tuningOf(setting, to) }).catch(onFault)
  }

  /** A full disk must not end a measurement: the memory has the state, the file gets it with the next one. */
  async #remember(change: RememberedChange): Promise<void> {
    await this.#options.memory.put(change).catch((error) => this.#options.onFault(error))
    this.#tell()
  }

  async #endCutOff(): Promise<void> {
    for (const change of this.#options.memory.changes) {
      if (change.state !== 'measuring-before' && change.state !== 'measuring-after') continue
      const applied = change.state === 'measuring-after'
      const sentence = applied
        ? 'The device stopped while the change was measured; it was taken back.'
        : 'The device stopped before anything was changed.'
      // A change under which the device stopped may be why it did: it is not tried again.
      const again = !applied
      await this.#remember({ ...change, state: applied ? 'reverted' : 'failed', again, sentence })
    }
  }

  /** Settings live in the pool only as long as the device runs; a version that was not measured gets none. */
  async #restore(): Promise<void> {
    const { pool, memory, onFault } = this.#options
    for (const { name, version } of pool.statistics()) {
      const { version: measured, byHand, ...settings } = memory.kept[name] ?? { version: '' }
      const tuning: Tuning = Object.fromEntries(Object.entries(settings))
      if (byHand || measured === version) await pool.tune(name, tuning).catch(onFault)
    }
  }

  #tell(): void {
    this.#options.onChange?.()
  }
}

const busy = (): NearsideError =>
  new NearsideError(
    'NS_ADVICE_BUSY',
    'Another change is being measured; wait until it is kept or taken back.'
  )

/** Without the settings that were taken away. */
function definedOf(tuning: Tuning): TuningSetting {
  const entries = Object.entries(tuning).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries)
}

function publicOf(change: RememberedChange): AppliedChange {
  const { at, model, setting, from, to, state, before, after, sentence, automatic } = change
  return { at, model, setting, from, to, state, before, after, sentence, automatic }
}

/** The memory of the largest variant: which one is loaded is the ladder's business. */
function variantMb({ variants }: ModelManifest): number {
  return Math.max(...variants.map(({ memoryMb }) => memoryMb))
}
