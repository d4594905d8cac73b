// TensorRT engines for measuring without a running device: those that the home folder holds, and those built for
// the benchmark and kept there, so that the device finds them later. One builder, ended with the benchmark.

import { type EngineBuild, type ModelVariant, NearsideError } from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Bundle } from '../../models/index.ts'
import { EngineBuilder, type EngineBuilderOptions, keyOf } from './engine-build.ts'
import type { MachineFacts } from './engine-build-protocol.ts'
import type { EngineKey } from './engine-key.ts'
import { EngineStore, enginePlan } from './engine-store.ts'
import type { EnginePlan } from './executor-protocol.ts'
import { engineProfile } from './model-engines.ts'

export interface TrialEnginesOptions {
  readonly bundle: Pick<Bundle, 'dir' | 'manifest'>
  /** Folder of the engines. */
  readonly folder: string
  /** Folders of the provider libraries. */
  readonly libraries: readonly string[]
  readonly clock: Clock
  /** After each change of a build. */
  readonly onBuild?: (build: EngineBuild) => void
  /** How it is built otherwise; tests give a process of their own. */
  readonly builder?: Partial<EngineBuilderOptions>
}

export class TrialEngines {
  #options: TrialEnginesOptions
  #store: EngineStore
  #builder: EngineBuilder
  #facts: Promise<MachineFacts> | undefined
  #found = new Map<string, Promise<EnginePlan>>()

  constructor(options: TrialEnginesOptions) {
    const { folder, clock, onBuild, builder } = options
    this.#options = options
    this.#store = new EngineStore({ folder })
    const parts: EngineBuilderOptions = {
      ...{ store: this.#store, clock },
      ...(onBuild ? { onChange: onBuild } : {}),
      ...builder
    }
    this.#builder = new EngineBuilder(parts)
  }

  /**
   * The engine of a variant for this GPU; built when there is none, which takes from seconds to minutes.
   * @throws NearsideError NS_ENGINE_BUILD, NS_RUNG_LIBRARY, NS_RUNG_NO_VARIANT, NS_INSTALL_SPACE
   */
  find(variant: ModelVariant): Promise<EnginePlan> {
    const known = this.#found.get(variant.sha256)
    if (known !== undefined) return known
    const found = this.#findOrBuild(variant)
    this.#found.set(variant.sha256, found)
    return found
  }

  async #findOrBuild(variant: ModelVariant): Promise<EnginePlan> {
    const { manifest } = this.#options.bundle
    const { precision } = variant
    if (precision === 'int4') {
      const sentence =
        'TensorRT engines are built from FP32, FP16 and INT8 files; this one is INT4.'
      throw new NearsideError('NS_RUNG_NO_VARIANT', sentence)
    }
    await this.#store.open()
    const profile = engineProfile(manifest)
    this.#facts ??= this.#builder.facts(this.#options.libraries, 0)
    const wanted = { sha256: variant.sha256, precision, profile }
    const key = keyOf(wanted, await this.#facts)
    const stored = await this.#store.find(key, this.#options.clock.now()).catch(absent)
    return stored ? enginePlan(stored) : this.#build(variant, key)
  }

  async #build(variant: ModelVariant, { precision, profile }: EngineKey): Promise<EnginePlan> {
    const { bundle, libraries } = this.#options
    const { name, version } = bundle.manifest
    // The timers of the builder keep nothing alive, and its process neither.
    const awake = setInterval(() => undefined, 1000)
    try {
      const { status, engine } = await this.#builder.request({
        model: { name, version },
        file: `${bundle.dir}/${variant.file}`,
        ...{ sha256: variant.sha256, size: variant.size, precision, profile, libraries },
        deviceId: 0
      }).done
      if (engine) return engine
      throw new NearsideError('NS_ENGINE_BUILD', status.sentence)
    } finally {
      clearInterval(awake)
    }
  }

  /** Ends what is being built. */
  close(): Promise<void> {
    return this.#builder.close()
  }
}

/** No engine, or one for another machine: then one is built. */
function absent(error: unknown): undefined {
  if (
    error instanceof NearsideError &&
    (error.code === 'NS_ENGINE_MISSING' || error.code === 'NS_ENGINE_FOREIGN')
  )
    return undefined
  throw error
}
