// One model by name: the version in use, the one before it, and the life of its executor. Loaded at first
// use, unloaded when idle, exchanged between two batches without failing a request.

import { type DeviceModel, NearsideError, toNearsideError } from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import { describeModel, type ModelVersion } from './describe-model.ts'
import { LatencyWindow } from './latency-window.ts'
import {
  type AnsweredBy,
  answeredBy,
  bucketOf,
  type LoadedModel,
  loadModel,
  type ModelAnswer,
  type ModelRequest,
  sizeOf
} from './loaded-model.ts'
import { type ModelStatistics, StatisticsCounter } from './model-statistics.ts'
import { Scheduler, type Served } from './scheduler.ts'
import { Serial } from './serial.ts'
import type { InferenceSettings } from './settings.ts'

export interface ServedModelOptions {
  readonly settings: InferenceSettings
  readonly clock: Clock
  readonly nvidia: boolean
  /** Called whenever `status()` may have changed, except for its counters. */
  readonly onChange: () => void
}

export type ServedAnswer = Served<ModelAnswer, AnsweredBy>

interface SwitchOptions {
  /** False when going back: what is left is not worth returning to. */
  readonly keepPrevious?: boolean
  /** Called when the new version has proved itself, right before it takes over. */
  readonly onSwitching?: (() => void) | undefined
}

export class ServedModel {
  #options: ServedModelOptions
  #current: ModelVersion
  #previous: ModelVersion | undefined
  #loaded: LoadedModel | undefined
  #loading = false
  #fault: { readonly error: NearsideError; readonly untilMs: number } | undefined
  #changes = new Serial()
  #latency = new LatencyWindow()
  #counter = new StatisticsCounter()
  #kept = false
  #cancelIdle = (): void => undefined
  #scheduler: Scheduler<ModelRequest, ModelAnswer, AnsweredBy>

  constructor(version: ModelVersion, options: ServedModelOptions) {
    this.#options = options
    this.#current = version
    this.#scheduler = new Scheduler({
      model: version.bundle.manifest.name,
      clock: options.clock,
      queueLimit: options.settings.queueLimit,
      onWaiting: () => void this.#changes.run(() => this.#load()),
      onBatch: (served) => this.#count(served)
    })
  }

  get current(): ModelVersion {
    return this.#current
  }

  get previous(): ModelVersion | undefined {
    return this.#previous
  }

  /**
   * Asks the model; loads it when it is cold.
   * @throws NearsideError NS_INFERENCE_* or NS_JOB_CANCELLED
   */
  async submit(request: ModelRequest, signal?: AbortSignal): Promise<ServedAnswer> {
    if (this.#fault && this.#options.clock.monotonicMs() < this.#fault.untilMs)
      throw this.#fault.error
    const size = sizeOf(request, this.#current.bundle.manifest.pre)
    const queued = { item: request, bucket: bucketOf(request), size }
    return this.#scheduler.submit(signal ? { ...queued, signal } : queued)
  }

  /**
   * Loads the model now and keeps it until `unload`, however idle it is.
   * @throws NearsideError what it could not be loaded with
   */
  async load(): Promise<void> {
    this.#kept = true
    await this.#changes.run(() => this.#load(true))
    if (!this.#loaded && this.#fault) throw this.#fault.error
  }

  /** Gives the memory back once the running batch is over; the next request loads the model again. */
  unload(): Promise<void> {
    this.#kept = false
    return this.#changes.run(() => this.#unload())
  }

  /** Counters since the device started, of whatever version and rung answered. */
  statistics(): ModelStatistics {
    const { name, version, precision, rung } = answeredBy(this.#current.bundle).model
    const pending = this.#scheduler.waiting + (this.#scheduler.busy ? 1 : 0)
    return { name, version, precision, rung, pending, ...this.#counter.read() }
  }

  /** Makes another version the one in use without loading it; for versions that proved themselves before. */
  register(version: ModelVersion): void {
    if (version.bundle.manifestSha256 === this.#current.bundle.manifestSha256) return
    this.#previous = this.#current
    this.#current = version
    this.#options.onChange()
  }

  /**
   * The hot switch: loads and proves the new version beside the old one, then lets it take over between two
   * batches. When it fails, the old version never noticed.
   * @throws NearsideError NS_GOLDEN_MISMATCH, NS_INFERENCE_*
   */
  activate(
    version: ModelVersion,
    { keepPrevious = true, onSwitching }: SwitchOptions = {}
  ): Promise<void> {
    return this.#changes.run(async () => {
      const candidate = await loadModel(version.bundle, this.#options)
      try {
        onSwitching?.()
      } catch (error) {
        await candidate.close()
        throw error
      }
      const former = this.#loaded
      this.#previous = keepPrevious ? this.#current : undefined
      this.#current = version
      this.#loaded = candidate
      this.#fault = undefined
      await this.#scheduler.serveWith(this.#watched(candidate))
      await former?.close()
      this.#restartIdleTimer()
      this.#options.onChange()
    })
  }

  /** Answers what runs, fails what waits, ends the executor. */
  close(): Promise<void> {
    const error = new NearsideError(
      'NS_INFERENCE_FAILED',
      'The device is shutting down; ask again when it runs.'
    )
    this.#fault = { error, untilMs: Number.POSITIVE_INFINITY }
    this.#scheduler.failAll(error)
    return this.#changes.run(() => this.#unload())
  }

  async #load(evenIdle = false): Promise<void> {
    if (this.#loaded || (this.#scheduler.waiting === 0 && !evenIdle)) return
    this.#loading = true
    this.#options.onChange()
    try {
      this.#loaded = await loadModel(this.#current.bundle, this.#options)
      this.#fault = undefined
      await this.#scheduler.serveWith(this.#watched(this.#loaded))
      this.#restartIdleTimer()
    } catch (thrown) {
      const error = toNearsideError(thrown)
      this.#fault = { error, untilMs: 0 } // the next request tries again
      this.#scheduler.failAll(error)
    } finally {
      this.#loading = false
      this.#options.onChange()
    }
  }

  /** The server of a loaded model, given up when its executor was lost too often. */
  #watched(loaded: LoadedModel): LoadedModel['server'] {
    const { about, maxBatch, run } = loaded.server
    return {
      about,
      maxBatch,
      run: async (requests) => {
        try {
          return await run(requests)
        } catch (error) {
          if (loaded.suspect() && this.#loaded === loaded) this.#giveUp(loaded)
          throw error
        }
      }
    }
  }

  #giveUp(loaded: LoadedModel): void {
    const { clock, settings } = this.#options
    const { name, version } = loaded.server.about.model
    const minutes = Math.round(settings.suspectRestMs / 60_000)
    const sentence = `${name} ${version} lost its executor three times in a row and rests for ${minutes} minutes; install another version if it happens again.`
    const error = new NearsideError('NS_INFERENCE_FAILED', sentence)
    this.#fault = { error, untilMs: clock.monotonicMs() + settings.suspectRestMs }
    this.#loaded = undefined
    void this.#scheduler.serveWith(undefined)
    this.#scheduler.failAll(error)
    void this.#changes.run(() => loaded.close())
    this.#options.onChange()
  }

  async #unload(): Promise<void> {
    this.#cancelIdle()
    const loaded = this.#loaded
    this.#loaded = undefined
    await this.#scheduler.serveWith(undefined)
    await loaded?.close()
    this.#options.onChange()
  }

  status(): DeviceModel {
    return describeModel({
      current: this.#current,
      previous: this.#previous,
      golden: this.#loaded?.golden,
      loading: this.#loading,
      fault: this.#fault?.error,
      nvidia: this.#options.nvidia,
      figures: {
        ...this.#counter.counts,
        p50Ms: this.#latency.percentile(0.5),
        p95Ms: this.#latency.percentile(0.95)
      }
    })
  }

  #restartIdleTimer(): void {
    this.#cancelIdle()
    const { clock, settings } = this.#options
    this.#cancelIdle = clock.after(settings.idleEndMs, () => {
      void this.#changes.run(async () => {
        if (this.#loaded && !this.#scheduler.busy && !this.#kept) await this.#unload()
      })
    })
  }

  #count(served: readonly { queueMs: number; computeMs: number }[]): void {
    const answers = served.map((figures) => ({ rows: 1, ...figures }))
    this.#counter.batch(served.length, answers, this.#options.clock.now())
    for (const { queueMs, computeMs } of served) this.#latency.add(queueMs + computeMs)
    this.#restartIdleTimer()
  }
}
