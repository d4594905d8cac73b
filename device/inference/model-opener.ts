// Opens what a version of a model runs on: the server that an administrator sends it to, the rung that the ladder
// gave, the next lower one when that fails. When it takes over is decided elsewhere.

import type { VerifiedBundle } from '../../models/index.ts'
import type { Layout } from './instance-layout.ts'
import {
  cpuChoice,
  type LoadedModel,
  loadModel,
  type RungChoice,
  type Tuning
} from './loaded-model.ts'
import type { ModelRungs } from './model-rungs.ts'
import type { ModelTuning } from './model-tuning.ts'
import type { LoadOptions } from './open-executors.ts'
import type { RemoteRung } from './remote-rung.ts'

interface ModelOpenerOptions {
  readonly load: Pick<LoadOptions, 'settings' | 'clock' | 'arbiter'>
  readonly tuning: ModelTuning
  readonly rungs: ModelRungs
  readonly remote: RemoteRung
}

export class ModelOpener {
  #options: ModelOpenerOptions

  constructor(options: ModelOpenerOptions) {
    this.#options = options
  }

  /**
   * Opens on one choice, default the CPU; under another layout or tuning, if these are given.
   * @throws NearsideError NS_GOLDEN_MISMATCH, NS_INFERENCE_*
   */
  open(
    bundle: VerifiedBundle,
    choice: RungChoice = cpuChoice(bundle),
    other: { layout?: Layout; byHand?: Tuning } = {}
  ): Promise<LoadedModel> {
    const { load, tuning } = this.#options
    return loadModel(bundle, { ...load, choice, tuning: tuning.on(choice.rung, other) })
  }

  /** What sends batches elsewhere; undefined when nothing is set, or that server rests or fails. */
  elsewhere(bundle: VerifiedBundle): Promise<LoadedModel | undefined> {
    return this.#options.remote.open(bundle, (choice) => this.open(bundle, choice))
  }

  /** A version that nothing is known of yet: elsewhere, or on the CPU. @throws as `open` */
  async first(bundle: VerifiedBundle): Promise<LoadedModel> {
    return (await this.elsewhere(bundle)) ?? this.open(bundle)
  }

  /** Elsewhere, or on the best rung that can be loaded, the CPU at last. @throws as `open` */
  async best(bundle: VerifiedBundle): Promise<LoadedModel> {
    const loaded = await this.elsewhere(bundle)
    if (loaded) return loaded
    const { rungs } = this.#options
    for (;;) {
      try {
        return await this.open(bundle, rungs.choice)
      } catch (error) {
        if (!(await rungs.fall(error))) throw error
      }
    }
  }
}
