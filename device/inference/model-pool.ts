// All models of the device by name. Takes only bundles that a trusted key signed; installs, switches and
// goes back one change at a time. Where bundles lie and which rollout wanted them is not its business.

import { availableParallelism, totalmem } from 'node:os'
import {
  type BatchTrace,
  type DeviceModel,
  type ModelManifest,
  NearsideError,
  type RemoteModel,
  type RemoteSetting
} from '../../contract/index.ts'
import { type Clock, systemClock } from '../../kernel/clock.ts'
import { type TrustedKey, type VerifiedBundle, verifyBundle } from '../../models/index.ts'
import type { Origin } from './describe-model.ts'
import { DeviceArbiter } from './device-arbiter.ts'
import type { Layout } from './instance-layout.ts'
import {
  type AnsweredBy,
  answeredBy,
  deviceName,
  loadModel,
  type ModelRequest,
  type Tuning
} from './loaded-model.ts'
import type { Ladder } from './model-rungs.ts'
import type { ModelStatistics } from './model-statistics.ts'
import { chooseVariant, hasNvidiaGpu, type RungDrop } from './provider-ladder.ts'
import type { RequestOptions } from './scheduler.ts'
import { Serial } from './serial.ts'
import { ServedModel } from './served-model.ts'
import type { ServedAnswer } from './served-options.ts'
import { DEFAULT_INFERENCE_SETTINGS, type InferenceSettings } from './settings.ts'
import type { Pressure } from './throttle.ts'
import { TraceRing } from './trace-ring.ts'

export interface ModelPoolOptions {
  /** A function is asked at each verification, so that a key added while the device runs counts. */
  readonly trustedKeys: readonly TrustedKey[] | (() => Promise<readonly TrustedKey[]>)
  readonly settings?: Partial<InferenceSettings>
  readonly clock?: Clock
  readonly nvidia?: boolean
  /** Where better rungs than the CPU come from; undefined: the CPU is all there is. */
  readonly ladder?: Ladder
  /** The server that an administrator sends a model to; undefined: it is answered here. Asked once a model. */
  readonly remote?: (model: string) => RemoteSetting | undefined
  /** Called whenever `status()` changed in more than its counters. */
  readonly onChange?: () => void
}

interface ActivateOptions {
  readonly origin?: Origin
  /** Called when the golden check has passed, right before requests go to the new version. */
  readonly onSwitching?: (() => void) | undefined
}

/** Share of the machine's memory that models may take; the rest is for the system, jobs and the pages. */
const MEMORY_SHARE = 0.7
/** Batches that may be on one GPU at once: while one computes, the next is copied. */
const GPU_SLOTS = 2
const MOST_GPUS = 16

/** The means of this machine. A Jetson has one memory for CPU and GPU, which the host's budget covers. */
function openArbiter(clock: Clock): DeviceArbiter {
  const gpus = Array.from({ length: MOST_GPUS }, (_, index) => [
    deviceName('cuda', index),
    { slots: GPU_SLOTS, memory: 'host' }
  ])
  return new DeviceArbiter({
    clock,
    devices: {
      cpu: { slots: availableParallelism(), memory: 'host' },
      ...Object.fromEntries(gpus)
    },
    memoryMb: { host: (totalmem() / 1e6) * MEMORY_SHARE }
  })
}

export class ModelPool {
  #models = new Map<string, ServedModel>()
  #leftOut = new Map<string, string>()
  #arrivals = new Serial()
  /** The newest of each kind: models that come later stand back as well. */
  #pressures = new Map<Pressure['kind'], Pressure>()
  #closed = false
  #trustedKeys: () => Promise<readonly TrustedKey[]>
  #deps: ConstructorParameters<typeof ServedModel>[1]

  constructor(options: ModelPoolOptions) {
    const { trustedKeys } = options
    this.#trustedKeys = typeof trustedKeys === 'function' ? trustedKeys : async () => trustedKeys
    this.#deps = {
      settings: { ...DEFAULT_INFERENCE_SETTINGS, ...options.settings },
      clock: options.clock ?? systemClock,
      nvidia: options.nvidia ?? hasNvidiaGpu(),
      onChange: options.onChange ?? (() => undefined),
      traces: new TraceRing(),
      ladder: options.ladder,
      remote: options.remote,
      arbiter: openArbiter(options.clock ?? systemClock)
    }
  }

  /**
   * Takes a bundle into use without loading it: those that ship, and at start-up those that were installed
   * earlier. A later call for the same name wins; the former version is kept to go back to.
   * @throws NearsideError NS_BUNDLE_*
   */
  register(dir: string, origin: Origin): Promise<VerifiedBundle> {
    return this.#arrivals.run(async () => {
      const bundle = await this.#verify(dir)
      const model = this.#models.get(bundle.manifest.name)
      if (model) model.register({ bundle, origin })
      else this.#add(bundle, origin)
      return bundle
    })
  }

  /**
   * Installs a bundle: verifies it, loads it, proves it with its golden inputs, and lets it take over
   * between two batches. On any failure the version in use stays in use.
   * @throws NearsideError NS_BUNDLE_*, NS_GOLDEN_MISMATCH, NS_INFERENCE_*
   */
  activate(
    dir: string,
    { origin = 'installed', onSwitching }: ActivateOptions = {}
  ): Promise<VerifiedBundle> {
    return this.#arrivals.run(async () => {
      const bundle = await this.#verify(dir)
      const model = this.#models.get(bundle.manifest.name)
      if (model) {
        const same = model.current.bundle.manifestSha256 === bundle.manifestSha256
        if (!same) await model.activate({ bundle, origin }, { onSwitching })
        return bundle
      }
      const proof = await loadModel(bundle, this.#deps)
      await proof.close()
      onSwitching?.()
      this.#add(bundle, origin)
      return bundle
    })
  }

  /**
   * Goes back to the version before the one in use.
   * @throws NearsideError NS_MODEL_UNKNOWN when there is none
   */
  rollback(name: string): Promise<VerifiedBundle> {
    return this.#arrivals.run(async () => {
      const model = this.#model(name)
      const { previous } = model
      if (!previous) {
        const sentence = `${name} has no earlier version on this device; install one.`
        throw new NearsideError('NS_MODEL_UNKNOWN', sentence)
      }
      const bundle = await this.#verify(previous.bundle.dir)
      await model.activate({ bundle, origin: previous.origin }, { keepPrevious: false })
      return bundle
    })
  }

  /**
   * Asks a model.
   * @throws NearsideError NS_MODEL_UNKNOWN, NS_INFERENCE_*, NS_JOB_CANCELLED
   */
  async submit(
    name: string,
    request: ModelRequest,
    options?: RequestOptions
  ): Promise<ServedAnswer> {
    return this.#model(name).submit(request, options)
  }

  /** Names of the models, in the order in which they came. */
  names(): string[] {
    return [...this.#models.keys()]
  }

  /**
   * The manifest of the version in use.
   * @throws NearsideError NS_MODEL_UNKNOWN
   */
  manifest(name: string): ModelManifest {
    return this.#model(name).current.bundle.manifest
  }

  /**
   * Loads a model now and keeps it loaded until `unload`.
   * @throws NearsideError NS_MODEL_UNKNOWN, NS_GOLDEN_MISMATCH, NS_INFERENCE_*
   */
  load(name: string): Promise<void> {
    return this.#model(name).load()
  }

  /**
   * Gives the memory of a model back; its next request loads it again.
   * @throws NearsideError NS_MODEL_UNKNOWN
   */
  unload(name: string): Promise<void> {
    return this.#model(name).unload()
  }

  /**
   * Counters of all models or of one.
   * @throws NearsideError NS_MODEL_UNKNOWN
   */
  statistics(name?: string): ModelStatistics[] {
    const models = name === undefined ? [...this.#models.values()] : [this.#model(name)]
    return models.map((model) => model.statistics())
  }

  /** The newest batches, of one model or of all. */
  traces(limit?: number, name?: string): BatchTrace[] {
    return this.#deps.traces.newest(limit, name)
  }

  /**
   * Changes how a model is run while it serves; no request fails.
   * @throws NearsideError NS_MODEL_UNKNOWN, or what its new executors could not be loaded with
   */
  tune(name: string, change: Tuning): Promise<void> {
    return this.#model(name).tune(change)
  }

  /** @throws NearsideError NS_MODEL_UNKNOWN */
  tuning(name: string): Tuning {
    return this.#model(name).tuning
  }

  /**
   * Executors of a model on each device and threads of each, as they are now.
   * @throws NearsideError NS_MODEL_UNKNOWN
   */
  layout(name: string): Layout {
    return this.#model(name).layout
  }

  /**
   * Processes that run a model now; none while it is cold.
   * @throws NearsideError NS_MODEL_UNKNOWN
   */
  pids(name: string): number[] {
    return this.#model(name).pids()
  }

  /** The model whose executor a process is; null for every other process. */
  modelOf(pid: number): string | null {
    for (const [name, model] of this.#models) if (model.pids().includes(pid)) return name
    return null
  }

  /** Where the requests of a model go. @throws NearsideError NS_MODEL_UNKNOWN */
  remote(name: string): RemoteModel {
    return this.#model(name).remote.status
  }

  /**
   * Sends a model to another server from now on, or to none. Keeping the setting is the caller's business.
   * @throws NearsideError NS_MODEL_UNKNOWN
   */
  async sendTo(name: string, setting: RemoteSetting | undefined): Promise<RemoteModel> {
    return this.#model(name).remote.sendTo(setting)
  }

  /** The models that run on a lower rung than before. */
  dropped(): RungDrop[] {
    return [...this.#models.values()].flatMap((model) => model.dropped ?? [])
  }

  /** Sentences of models whose other server does not answer. */
  problems(): string[] {
    return [...this.#models.values()].flatMap((model) => model.problem ?? [])
  }

  /**
   * Climbs the ladder of a model again.
   * @throws NearsideError NS_MODEL_UNKNOWN
   */
  climbAgain(name: string): void {
    this.#model(name).climbAgain()
  }

  /** The verified bundle in use. @throws NearsideError NS_MODEL_UNKNOWN */
  bundle(name: string): VerifiedBundle {
    return this.#model(name).current.bundle
  }

  /** Heat, power mode or an alarm: every model stands back, and recovers step by step. */
  press(pressure: Pressure): void {
    this.#pressures.set(pressure.kind, pressure)
    for (const model of this.#models.values()) model.press(pressure)
  }

  /** Which version would answer now. */
  answeredBy(name: string): AnsweredBy {
    return answeredBy(this.#model(name).current.bundle)
  }

  /** Remembers in one sentence why a model is not here, for whoever asks for it. */
  leaveOut(name: string, sentence: string): void {
    this.#leftOut.set(name, sentence)
  }

  status(): DeviceModel[] {
    return [...this.#models.values()].map((model) => model.status())
  }

  /** Answers what runs, fails what waits, ends every executor. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#models.values()].map((model) => model.close()))
    await this.#arrivals.run(async () => undefined)
  }

  async #verify(dir: string): Promise<VerifiedBundle> {
    if (this.#closed)
      throw new NearsideError('NS_INFERENCE_FAILED', 'The device is shutting down; install later.')
    const bundle = await verifyBundle(dir, await this.#trustedKeys())
    chooseVariant(bundle.manifest) // refused here rather than at first use
    return bundle
  }

  #add(bundle: VerifiedBundle, origin: Origin): void {
    const model = new ServedModel({ bundle, origin }, this.#deps)
    for (const pressure of this.#pressures.values()) model.press(pressure)
    this.#models.set(bundle.manifest.name, model)
    this.#deps.onChange()
  }

  #model(name: string): ServedModel {
    const model = this.#models.get(name)
    if (model) return model
    const reason = this.#leftOut.get(name)
    if (reason !== undefined)
      throw new NearsideError('NS_MODEL_UNKNOWN', `The model ${name} was left out: ${reason}`)
    const known = [...this.#models.keys()].join(', ') || 'none'
    const sentence = `There is no model named ${name} on this device; it has: ${known}.`
    throw new NearsideError('NS_MODEL_UNKNOWN', sentence)
  }
}
