// One model by name: the version in use, the one before it, and the life of its executor. Loaded at first
// use, unloaded when idle, exchanged between two batches without failing a request.

import { type DeviceModel, NearsideError, toNearsideError } from '../../contract/index.ts'
import { describeModel, type ModelVersion } from './describe-model.ts'
import { IdleTimer } from './idle-timer.ts'
import type { Layout } from './instance-layout.ts'
import {
  type AnsweredBy,
  answeredBy,
  bucketOf,
  goalOf,
  type LoadedModel,
  type ModelAnswer,
  type ModelRequest,
  type RungChoice,
  rowBytesOf,
  serverKind,
  sizeOf,
  type Tuning
} from './loaded-model.ts'
import { ModelOpener } from './model-opener.ts'
import { ModelRungs } from './model-rungs.ts'
import { failureReason, type ModelStatistics, StatisticsCounter } from './model-statistics.ts'
import { ModelTuning } from './model-tuning.ts'
import type { RungDrop } from './provider-ladder.ts'
import { RemoteLife } from './remote-life.ts'
import { RemoteRung } from './remote-rung.ts'
import { type BatchReport, type RequestOptions, Scheduler } from './scheduler.ts'
import { Serial } from './serial.ts'
import type { ServedAnswer, ServedModelOptions, SwitchOptions } from './served-options.ts'
import { resting, shuttingDown, watched } from './suspect.ts'
import { type Pressure, Throttle } from './throttle.ts'

const NO_GOAL_MS = Number.POSITIVE_INFINITY

export class ServedModel {
  #options: ServedModelOptions
  #current: ModelVersion
  #previous: ModelVersion | undefined
  #loaded: LoadedModel | undefined
  #loading = false
  #fault: { readonly error: NearsideError; readonly untilMs: number } | undefined
  #changes = new Serial()
  #tuning: ModelTuning
  #rungs: ModelRungs
  #remoteRung: RemoteRung
  #remote: RemoteLife
  #opener: ModelOpener
  #counter = new StatisticsCounter()
  #kept = false
  #idle: IdleTimer
  #scheduler: Scheduler<ModelRequest, ModelAnswer, AnsweredBy>
  #throttle: Throttle

  constructor(version: ModelVersion, options: ServedModelOptions) {
    this.#options = options
    this.#current = version
    this.#rungs = new ModelRungs(version.bundle, { ladder: undefined, ...options })
    const { name } = version.bundle.manifest
    this.#remoteRung = new RemoteRung({
      ...{ clock: options.clock, name, setting: options.remote?.(name) },
      onRetry: () => void this.#remote.comeBack()
    })
    this.#idle = new IdleTimer(options.clock, options.settings.idleEndMs, () => {
      void this.#changes.run(async () => {
        if (this.#loaded && !this.#scheduler.busy && !this.#kept) await this.#unload()
      })
    })
    this.#scheduler = new Scheduler({
      model: name,
      clock: options.clock,
      queueLimit: options.settings.queueLimit,
      latencyGoalMs: goalOf(version.bundle),
      ...(options.arbiter ? { slots: options.arbiter } : {}),
      onWaiting: () => void this.#changes.run(() => this.#load()),
      describe: ({ model: { version, rung } }) => ({ version, rung }),
      onBatch: (report) => this.#count(report)
    })
    this.#tuning = new ModelTuning({
      ...{ clock: options.clock, cores: options.settings.threads },
      costs: ({ threads }, bucket) =>
        this.#scheduler.costs(serverKind(this.#current.bundle, this.#inUse, threads), bucket),
      change: (layout) =>
        this.#changes.run(async () => this.#inUse.rung === 'cpu' && this.#reload({ layout }))
    })
    this.#opener = new ModelOpener({
      ...{ load: options, tuning: this.#tuning, rungs: this.#rungs, remote: this.#remoteRung }
    })
    this.#remote = new RemoteLife({
      ...{ rung: this.#remoteRung, opener: this.#opener, onChange: options.onChange },
      loaded: () => this.#loaded,
      bundle: () => this.#current.bundle,
      change: (step) => this.#changes.run(step),
      replace: (candidate) => this.#replace(candidate),
      unload: () => this.#unload(),
      load: () => this.#load(this.#kept),
      leave: () => this.#leave()
    })
    this.#throttle = new Throttle({
      ...{ clock: options.clock, servers: 1, maxBatch: 1, goalMs: NO_GOAL_MS },
      onChange: (limits) => this.#scheduler.limit(limits)
    })
  }

  /** Heat, power mode or an alarm: the model stands back, and recovers step by step. */
  press(pressure: Pressure): void {
    this.#throttle.press(pressure)
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
  async submit(request: ModelRequest, options: RequestOptions = {}): Promise<ServedAnswer> {
    const began = this.#options.clock.monotonicMs()
    try {
      if (this.#fault && began < this.#fault.untilMs) throw this.#fault.error
      const size = sizeOf(request, this.#current.bundle.manifest.pre)
      const load = { bucket: bucketOf(request), size, rowBytes: rowBytesOf(request) }
      const asked = { item: request, ...load, ...options }
      return await this.#remoteRung.failingOver(() => this.#scheduler.submit(asked))
    } catch (thrown) {
      const error = toNearsideError(thrown)
      this.#counter.failure(failureReason(error), this.#options.clock.monotonicMs() - began)
      throw error
    }
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
    const { model } = answeredBy(this.#current.bundle, this.#loaded?.choice)
    const { name, version, precision, rung } = model
    const pending = this.#scheduler.waiting + this.#scheduler.running
    return { name, version, precision, rung, pending, ...this.#counter.read() }
  }

  /** What was set by hand. */
  get tuning(): Tuning {
    return this.#tuning.byHand
  }

  /** Executors on each device and threads of each, as they are now. */
  get layout(): Layout {
    return this.#tuning.layoutOn(this.#inUse.rung)
  }

  get #inUse(): RungChoice {
    return this.#loaded?.choice ?? this.#rungs.choice
  }

  /** Loads the executors anew; false when there were none. */
  async #reload(other: { layout?: Layout; byHand?: Tuning }): Promise<boolean> {
    const { choice } = this.#loaded ?? {}
    if (!choice) return false
    await this.#replace(await this.#opener.open(this.#current.bundle, choice, other))
    return true
  }

  /**
   * Changes how the model is run. Executors of the new kind are loaded and proved first, then they take over
   * between two batches; no request fails. When they cannot be loaded, everything stays as it was.
   * @throws NearsideError what they could not be loaded with
   */
  tune(change: Tuning): Promise<void> {
    return this.#changes.run(async () => {
      const byHand = { ...this.#tuning.byHand, ...change }
      if ('maxWaitMs' in change) this.#scheduler.waitAtMost(change.maxWaitMs)
      const executors = ['instances', 'maxBatch', 'threads'].some((name) => name in change)
      if (executors) await this.#reload({ byHand })
      this.#tuning.set(byHand)
      this.#options.onChange()
    })
  }

  pids(): number[] {
    return this.#loaded?.pids() ?? []
  }

  /** Makes another version the one in use without loading it; for versions that proved themselves before. */
  register(version: ModelVersion): void {
    if (version.bundle.manifestSha256 === this.#current.bundle.manifestSha256) return
    this.#previous = this.#current
    this.#current = version
    this.#rungs.reset(version.bundle)
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
      const candidate = await this.#opener.first(version.bundle)
      try {
        onSwitching?.()
      } catch (error) {
        await candidate.close()
        throw error
      }
      this.#previous = keepPrevious ? this.#current : undefined
      this.#current = version
      this.#rungs.reset(version.bundle)
      this.#fault = undefined
      await this.#replace(candidate)
      this.#options.onChange()
      this.#climb()
    })
  }

  /** Looks for a better rung while the one in use serves, and changes to it between two batches. */
  #climb(again = false): void {
    const inUse = this.#loaded?.choice
    if (!inUse || inUse.rung === 'remote') return
    void this.#rungs.better(inUse, again).then((choice) => {
      if (choice) void this.#changes.run(() => this.#moveTo(choice))
    })
  }

  async #moveTo(choice: RungChoice): Promise<void> {
    // Unloaded or exchanged meanwhile: the next load starts on the better rung by itself.
    const { rung = 'remote' } = this.#loaded?.choice ?? {}
    if (rung === 'remote' || this.#rungs.choice.variant !== choice.variant) return
    try {
      await this.#replace(await this.#opener.best(this.#current.bundle))
    } catch (error) {
      this.#fault = { error: toNearsideError(error), untilMs: 0 }
    }
    this.#options.onChange()
  }

  /** A library was installed, or an engine was built. */
  climbAgain(): void {
    this.#climb(true)
  }

  get dropped(): RungDrop | null {
    return this.#rungs.dropped
  }

  /** One sentence while the server that the model is sent to does not answer, else null. */
  get problem(): string | null {
    return this.#remoteRung.problem
  }

  /** Where requests go, if not to a rung of this device; and what sends them there, or nowhere. */
  get remote(): RemoteLife {
    return this.#remote
  }

  /** Lets other executors take over between two batches and ends the former ones. */
  async #replace(candidate: LoadedModel): Promise<void> {
    const former = this.#loaded
    this.#loaded = candidate
    const { servers } = candidate
    const latencyGoalMs = goalOf(this.#current.bundle)
    this.#scheduler.aimAt(latencyGoalMs)
    const [goalMs, maxBatch] = [latencyGoalMs ?? NO_GOAL_MS, servers[0]?.maxBatch ?? 1]
    this.#throttle.resize({ servers: servers.length, maxBatch, goalMs })
    await this.#scheduler.serveWith(
      candidate.choice.rung === 'remote'
        ? this.#remote.watched(candidate)
        : watched(candidate, () => this.#loaded === candidate && this.#giveUp(candidate))
    )
    await former?.close()
    this.#idle.restart()
  }

  /** Answers what runs, fails what waits, ends the executor. */
  close(): Promise<void> {
    const error = shuttingDown()
    this.#fault = { error, untilMs: Number.POSITIVE_INFINITY }
    this.#scheduler.failAll(error)
    this.#throttle.close()
    this.#remoteRung.stop()
    return this.#changes.run(() => this.#unload())
  }

  async #load(evenIdle = false): Promise<void> {
    if (this.#loaded || (this.#scheduler.waiting === 0 && !evenIdle)) return
    this.#loading = true
    this.#options.onChange()
    try {
      await this.#rungs.recall()
      const loaded = await this.#opener.best(this.#current.bundle)
      this.#fault = undefined
      await this.#replace(loaded)
      this.#climb()
    } catch (thrown) {
      const error = toNearsideError(thrown)
      this.#fault = { error, untilMs: 0 } // the next request tries again
      this.#scheduler.failAll(error)
    } finally {
      this.#loading = false
      this.#options.onChange()
    }
  }

  #giveUp(loaded: LoadedModel): void {
    if (loaded.choice.rung !== 'cpu') {
      this.#leaveRung(loaded)
      return
    }
    const { clock, settings } = this.#options
    const error = resting(this.#current.bundle.manifest, settings.suspectRestMs)
    this.#fault = { error, untilMs: clock.monotonicMs() + settings.suspectRestMs }
    this.#leave()
    this.#scheduler.failAll(error)
    void this.#changes.run(() => loaded.close())
    this.#options.onChange()
  }

  /** A rung that loses its executors is left for the next lower one; what waits is answered there. */
  #leaveRung(loaded: LoadedModel): void {
    this.#leave()
    void this.#changes.run(async () => {
      await loaded.close()
      const sentence = 'The executors of the rung were lost three times in a row.'
      await this.#rungs.fall(new NearsideError('NS_RUNG_CRASHED', sentence))
    })
    void this.#changes.run(() => this.#load())
  }

  /** What is loaded gets no more batches. */
  #leave(): void {
    this.#loaded = undefined
    void this.#scheduler.serveWith([])
  }

  async #unload(): Promise<void> {
    this.#idle.stop()
    this.#rungs.stop()
    const loaded = this.#loaded
    this.#loaded = undefined
    await this.#scheduler.serveWith([])
    await loaded?.close()
    this.#tuning.reset()
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
      climb: this.#rungs.climb,
      inUse: this.#loaded?.choice,
      remote: this.#remote.status,
      figures: this.#counter.figures
    })
  }

  #count({ trace, requests }: BatchReport): void {
    const { clock, traces } = this.#options
    this.#counter.batch(trace.rows, requests, clock.now())
    traces.add(trace)
    this.#throttle.observe(trace.computeMs)
    this.#tuning.observe(trace, this.#scheduler)
    this.#idle.restart()
  }
}
