// How a model goes to another server and comes back: when an administrator says so, when that server fails a
// batch, when it may be asked again. One step after the other with all other changes of the model.

import type { RemoteModel, RemoteSetting } from '../../contract/index.ts'
import type { VerifiedBundle } from '../../models/index.ts'
import type { LoadedModel, ModelServer } from './loaded-model.ts'
import type { ModelOpener } from './model-opener.ts'
import type { RemoteRung } from './remote-rung.ts'

/** What is changed, as far as it is needed here. */
export interface RemoteHost {
  readonly rung: RemoteRung
  readonly opener: ModelOpener
  readonly loaded: () => LoadedModel | undefined
  /** The version in use. */
  readonly bundle: () => VerifiedBundle
  /** Runs a step behind all other changes of the model. */
  readonly change: (step: () => Promise<void>) => Promise<void>
  readonly replace: (candidate: LoadedModel) => Promise<void>
  /** Ends what is loaded, behind its batches. */
  readonly unload: () => Promise<void>
  /** Loads if it is wanted. */
  readonly load: () => Promise<void>
  /** Takes the model from what is loaded, whose end is the caller's; what waits is loaded for anew. */
  readonly leave: () => void
  readonly onChange: () => void
}

export class RemoteLife {
  #host: RemoteHost

  constructor(host: RemoteHost) {
    this.#host = host
  }

  /** Where requests go, if not to a rung of this device. */
  get status(): RemoteModel {
    const { rung, loaded } = this.#host
    return rung.status(loaded()?.choice)
  }

  /**
   * Sends the model elsewhere from now on, or nowhere; no request fails, and none goes to a former server.
   * @returns what came of it: a server that does not prove itself is asked again later
   */
  async sendTo(setting: RemoteSetting | undefined): Promise<RemoteModel> {
    const { rung, opener, loaded, bundle, change, replace, unload, load, onChange } = this.#host
    rung.set(setting)
    await change(async () => {
      if (loaded()?.choice.rung === 'remote') await unload()
      const candidate = await opener.elsewhere(bundle())
      await (candidate ? replace(candidate) : load())
    })
    onChange()
    return this.status
  }

  /** The server that failed may be asked again: it takes over once it has proved itself, and not before. */
  async comeBack(): Promise<void> {
    const { rung, opener, loaded, bundle, change, replace, onChange } = this.#host
    const asked = bundle()
    if (!loaded()) return // the next load asks it
    const candidate = await opener.elsewhere(asked)
    if (candidate)
      await change(async () => {
        const wanted = loaded() && rung.isSet(candidate.choice) && bundle() === asked
        await (wanted ? replace(candidate) : candidate.close())
      })
    onChange()
  }

  /** The servers of what sends batches elsewhere; after the first failure this device answers. */
  watched(candidate: LoadedModel): readonly ModelServer[] {
    const { rung, loaded, leave, onChange } = this.#host
    return rung.watched(candidate, (error) => {
      if (loaded() !== candidate) return
      rung.failed(error)
      leave()
      void candidate.close() // not in line: batches that still hang there must hold nothing up here
      onChange()
    })
  }
}
