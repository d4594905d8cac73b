// The TensorRT engines of the models: which stored one fits a variant on this machine, and the builds that make
// them in the background while another rung serves.

import {
  type EngineBuild,
  type ModelManifest,
  type ModelVariant,
  NearsideError,
  type TensorSpec,
  toNearsideError
} from '../../contract/index.ts'
import { type Clock, systemClock } from '../../kernel/clock.ts'
import type { VerifiedBundle } from '../../models/index.ts'
import {
  type BuildHandle,
  EngineBuilder,
  type EngineBuilderOptions,
  keyOf,
  machineOf
} from './engine-build.ts'
import type { MachineFacts } from './engine-build-protocol.ts'
import type { EngineExchange } from './engine-exchange.ts'
import { EngineIntake } from './engine-intake.ts'
import type { EngineProfile } from './engine-key.ts'
import { type EngineStore, enginePlan } from './engine-store.ts'
import type { EnginePlan } from './executor-protocol.ts'
import { missingProviders } from './gpu-libraries.ts'
import { loadModel } from './loaded-model.ts'
import type { RungFacts } from './rung-facts.ts'
import { machineObstacle } from './rung-obstacle.ts'
import { variantsFor } from './rung-plan.ts'
import { DEFAULT_INFERENCE_SETTINGS, type InferenceSettings } from './settings.ts'

/** A variable dimension other than the rows, as in tokens: what an engine accepts and is fastest at. */
const OTHER = { min: 1, opt: 128, max: 512 }

/**
 * Rows that an engine is tuned for; it is slower the further a batch lies from them. A quarter of the largest
 * batch costs a full one little and gains single rows much (BERT-base, H200, up to 32 rows: tuned for 8 instead
 * of 16 rows 0.55 instead of 0.71 ms for one row, 2.12 instead of 2.07 ms for 32).
 */
export function tunedRows(maxBatch: number): number {
  return Math.max(1, Math.ceil(maxBatch / 4))
}

/**
 * Shapes that an engine of a model must accept: one row to a full batch, and 1 to 512 in every other variable
 * dimension, tuned for `tunedRows` of 128. What lies outside runs on another rung.
 */
export function engineProfile({
  inputs,
  batching
}: Pick<ModelManifest, 'inputs' | 'batching'>): EngineProfile {
  const rows = {
    min: 1,
    opt: tunedRows(batching.maxBatch),
    max: batching.maxBatch
  }
  const shapesOf = (bound: 'min' | 'opt' | 'max'): Record<string, number[]> =>
    Object.fromEntries(
      inputs
        .filter(({ shape }) => shape.includes(-1))
        .map(({ name, shape }: TensorSpec) => [
          name,
          shape.map((size, at) => (size >= 0 ? size : at === 0 ? rows[bound] : OTHER[bound]))
        ])
    )
  return { min: shapesOf('min'), opt: shapesOf('opt'), max: shapesOf('max') }
}

export interface ModelEnginesOptions {
  readonly store: EngineStore
  readonly clock?: Clock
  readonly settings?: InferenceSettings
  readonly facts: () => Promise<RungFacts>
  /** After each change of a build. */
  readonly onChange: () => void
  /** A model has an engine that it had not. */
  readonly onReady: (model: string) => void
  /** Parts of the builder that stand in for its own, for recorded libraries. */
  readonly builder?: Partial<EngineBuilderOptions>
  /** Loads an engine and compares the golden outputs; stands in where there is no GPU. */
  readonly prove?: (bundle: VerifiedBundle, engine: EnginePlan) => Promise<void>
}

/** What happens between this device and the engines of its fleet. */
export interface EngineTraffic {
  readonly exchange: EngineExchange
  /** An engine of another device serves a model here. */
  readonly onTaken?: (model: string, builder: string) => void
  /** Why an engine of the fleet is not used; one is built then. */
  readonly onRefused?: (model: string, error: NearsideError) => void
  /** An engine was built here. */
  readonly onBuilt?: () => void
}

/** A bundle's best file for TensorRT and what its engine is built for. */
interface Wanted {
  readonly variant: ModelVariant
  readonly precision: EnginePrecision
  readonly facts: RungFacts
}

type EnginePrecision = 'fp32' | 'fp16' | 'int8'

const precisionOf = ({ precision }: ModelVariant): EnginePrecision | undefined =>
  precision === 'int4' ? undefined : precision

export class ModelEngines {
  #options: ModelEnginesOptions & { readonly clock: Clock; readonly settings: InferenceSettings }
  #builder: EngineBuilder
  #handles = new Map<string, BuildHandle>()
  #traffic: EngineTraffic | undefined
  #intake: EngineIntake | undefined
  #asking = new AbortController()
  #obtaining = new Map<string, Promise<void>>()
  #machine: { readonly key: string; readonly facts: Promise<MachineFacts> } | undefined

  constructor(options: ModelEnginesOptions) {
    const { clock = systemClock, settings = DEFAULT_INFERENCE_SETTINGS } = options
    this.#options = { ...options, clock, settings }
    const { store, onChange } = options
    this.#builder = new EngineBuilder({ store, clock, onChange, ...options.builder })
  }

  /** From now on the fleet is asked before an engine is built; undefined ends that. */
  connect(traffic: EngineTraffic | undefined): void {
    const { store, clock } = this.#options
    this.#asking.abort()
    this.#asking = new AbortController()
    this.#traffic = traffic
    this.#intake = traffic && new EngineIntake({ store, clock, exchange: traffic.exchange })
  }

  /** Tells the fleet of engines that did not do here while it was away. */
  async tellFaults(): Promise<void> {
    await this.#intake?.tellFaults()
  }

  /** Builds of this run of the device, the newest first. */
  get builds(): EngineBuild[] {
    return this.#builder.list()
  }

  /**
   * The stored engine of a variant that was built for exactly this GPU and these libraries.
   * @throws NearsideError NS_ENGINE_MISSING, NS_ENGINE_FOREIGN, NS_RUNG_LIBRARY, NS_RUNG_NO_GPU
   */
  async find({ manifest }: VerifiedBundle, variant: ModelVariant): Promise<EnginePlan> {
    const precision = precisionOf(variant)
    const missing = 'No TensorRT engine of this model was built yet.'
    if (!precision) throw new NearsideError('NS_ENGINE_MISSING', missing)
    const { store, clock } = this.#options
    const profile = engineProfile(manifest)
    const machine = await this.#machineFacts()
    const key = keyOf({ sha256: variant.sha256, precision, profile }, machine)
    return enginePlan(await store.find(key, clock.now()))
  }

  /** What GPU and libraries say; asked again only when a library changed, because it takes a process. */
  async #machineFacts(): Promise<MachineFacts> {
    const { libraries, libraryFolders, gpus } = await this.#options.facts()
    const key = JSON.stringify([libraries, gpus])
    if (this.#machine?.key !== key) {
      const facts = this.#builder.facts(libraryFolders, 0)
      this.#machine = { key, facts }
      facts.catch(() => {
        this.#machine = undefined
      })
    }
    return this.#machine.facts
  }

  /**
   * Takes the engine of a model's best file from the fleet, or starts building it when the fleet has none, does
   * not answer, or has one that does not do here.
   * @throws NearsideError NS_RUNG_NO_GPU, NS_RUNG_NO_VARIANT, NS_RUNG_LIBRARY
   */
  obtain(bundle: VerifiedBundle): Promise<void> {
    const { name } = bundle.manifest
    const known = this.#obtaining.get(name)
    if (known !== undefined) return known
    const obtaining = this.#obtain(bundle).finally(() => this.#obtaining.delete(name))
    this.#obtaining.set(name, obtaining)
    return obtaining
  }

  async #obtain(bundle: VerifiedBundle): Promise<void> {
    const wanted = await this.#wanted(bundle)
    const { signal } = this.#asking
    const { name } = bundle.manifest
    if (this.#intake) {
      try {
        const taken = await this.#intake.obtain({ ...(await this.#share(bundle, wanted)), signal })
        if (taken) {
          this.#traffic?.onTaken?.(name, taken.builder)
          this.#options.onReady(name)
          return
        }
      } catch (error) {
        if (signal.aborted) return
        this.#traffic?.onRefused?.(name, toNearsideError(error))
      }
    }
    if (!signal.aborted) await this.build(bundle)
  }

  async #share(bundle: VerifiedBundle, { variant, precision, facts }: Wanted) {
    const machine = await this.#machineFacts()
    const profile = engineProfile(bundle.manifest)
    return {
      key: keyOf({ sha256: variant.sha256, precision, profile }, machine),
      machine: machineOf(machine, facts.l4t),
      prove: (engine: EnginePlan) => this.#prove(bundle, variant, engine)
    }
  }

  /** @throws NearsideError NS_RUNG_NO_GPU, NS_RUNG_NO_VARIANT, NS_RUNG_LIBRARY */
  async #wanted({ manifest }: VerifiedBundle): Promise<Wanted> {
    const facts = await this.#options.facts()
    const obstacle = machineObstacle('tensorrt', facts)
    if (obstacle) throw new NearsideError(obstacle.code, obstacle.sentence)
    const missing = missingProviders('tensorrt', facts.libraryFolders)
    if (missing) throw new NearsideError('NS_RUNG_LIBRARY', missing)
    const variant = variantsFor(manifest, 'tensorrt').find(precisionOf)
    const precision = variant && precisionOf(variant)
    if (variant && precision) return { variant, precision, facts }
    const sentence = `${manifest.name} ${manifest.version} has no variant for TensorRT; install a version that has one.`
    throw new NearsideError('NS_RUNG_NO_VARIANT', sentence)
  }

  /**
   * Starts building the engine of a model's best file, or gives the build that runs already.
   * @throws NearsideError NS_RUNG_NO_GPU, NS_RUNG_NO_VARIANT, NS_RUNG_LIBRARY
   */
  async build(bundle: VerifiedBundle): Promise<EngineBuild> {
    const { manifest } = bundle
    const { variant, precision, facts } = await this.#wanted(bundle)
    const handle = this.#builder.request({
      model: { name: manifest.name, version: manifest.version },
      file: `${bundle.dir}/${variant.file}`,
      sha256: variant.sha256,
      size: variant.size,
      precision,
      profile: engineProfile(manifest),
      libraries: facts.libraryFolders,
      deviceId: 0,
      l4t: facts.l4t,
      check: (engine) => this.#prove(bundle, variant, engine)
    })
    this.#handles.set(manifest.name, handle)
    void handle.done.then(({ engine }) => {
      if (!engine) return
      this.#options.onReady(manifest.name)
      this.#traffic?.onBuilt?.()
    })
    return handle.status
  }

  /**
   * Ends the build of a model.
   * @throws NearsideError NS_ENGINE_MISSING when none was asked for
   */
  async cancel(model: string): Promise<EngineBuild> {
    const handle = this.#handles.get(model)
    if (!handle)
      throw new NearsideError('NS_ENGINE_MISSING', `No engine of ${model} is being built.`)
    handle.cancel()
    return (await handle.done).status
  }

  /** Ends every build and what is fetched. */
  async close(): Promise<void> {
    this.connect(undefined)
    await Promise.allSettled(this.#obtaining.values())
    await this.#builder.close()
  }

  async #prove(bundle: VerifiedBundle, variant: ModelVariant, engine: EnginePlan): Promise<void> {
    const { settings, clock, facts, prove } = this.#options
    if (prove) return prove(bundle, engine)
    const { libraryFolders: libraries } = await facts()
    const choice = { rung: 'tensorrt', variant, deviceIds: [0], libraries, engine } as const
    const loaded = await loadModel(bundle, { settings, clock, choice })
    await loaded.close()
  }
}
