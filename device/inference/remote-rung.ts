// Whether the batches of one model go to another server: what an administrator set, whether that server may be
// asked now, when it is asked again after it failed. It sends nothing and loads nothing.

import {
  NearsideError,
  type RemoteModel,
  type RemoteSetting,
  toNearsideError
} from '../../contract/index.ts'
import type { Cancel, Clock } from '../../kernel/clock.ts'
import type { Bundle } from '../../models/index.ts'
import type { LoadedModel, ModelServer } from './loaded-model.ts'
import type { RemoteOptions } from './remote-session.ts'
import { cpuChoice, type RungChoice } from './rung-choice.ts'

export interface RemoteRungOptions {
  readonly clock: Clock
  /** Name of the model on this device. */
  readonly name: string
  readonly setting: RemoteSetting | undefined
  /** Called when the server may be asked again. */
  readonly onRetry: () => void
}

/** Time that a batch may take there, ms. */
const TIMEOUT_MS = 10_000
/** First rest of a server that failed, ms; each failure after it doubles the rest, up to the longest. */
const FIRST_REST_MS = 1_000
const LONGEST_REST_MS = 300_000

/** The server failed a batch, and this device answers it instead. */
export class RemoteAway extends NearsideError {}

/** Times that a request is asked anew; the server rests after its first failure, so that one does as a rule. */
const MOST_ANEW = 3

/** What the device itself would refuse the batch with as well, or what is nobody's fault. */
const NO_FAILURE = new Set<string>(['NS_INFERENCE_INPUT', 'NS_JOB_CANCELLED'])

interface Failure {
  readonly error: NearsideError
  readonly retryAtMs: number
  /** The same on the clock of the wall. */
  readonly retryAt: number
}

export class RemoteRung {
  #options: RemoteRungOptions
  #setting: RemoteSetting | undefined
  /** One object a setting, so that what was opened for a former one is told from it. */
  #target: RemoteOptions | undefined
  #failure: Failure | undefined
  #failures = 0
  #cancelRetry: Cancel = () => undefined

  constructor(options: RemoteRungOptions) {
    this.#options = options
    this.set(options.setting)
  }

  /** Sets where batches go; undefined: nowhere. What was found about the former server is forgotten. */
  set(setting: RemoteSetting | undefined): void {
    this.#setting = setting
    this.#target = setting && optionsOf(setting, this.#options.name)
    this.reset()
  }

  /** The server serves, or another is set: earlier failures count no more. */
  reset(): void {
    this.#cancelRetry()
    this.#failure = undefined
    this.#failures = 0
  }

  /** Ends the waiting for the next trial. */
  stop(): void {
    this.#cancelRetry()
  }

  /**
   * Opens and proves what sends batches there; a failure is kept for the status and makes the server rest.
   * @returns undefined when nothing is set, the server rests or fails
   */
  async open(
    bundle: Bundle,
    load: (choice: RungChoice) => Promise<LoadedModel>
  ): Promise<LoadedModel | undefined> {
    const choice = this.#choice(bundle)
    if (!choice) return undefined
    try {
      const loaded = await load(choice)
      if (this.isSet(choice)) this.reset()
      return loaded
    } catch (error) {
      if (this.isSet(choice)) this.failed(error)
      return undefined
    }
  }

  /** True for a choice of the setting as it is now. */
  isSet({ remote }: RungChoice): boolean {
    return remote !== undefined && remote === this.#target
  }

  #choice(bundle: Bundle): RungChoice | undefined {
    const remote = this.#target
    const resting = this.#failure && this.#options.clock.monotonicMs() < this.#failure.retryAtMs
    if (!remote || resting) return undefined
    const own = cpuChoice(bundle)
    const precision = this.#setting?.precision
    const named = bundle.manifest.variants.find((variant) => variant.precision === precision)
    return { ...own, rung: 'remote', variant: named ?? own.variant, remote }
  }

  /** Asks a model; what the server fails is asked anew, which this device answers then. */
  async failingOver<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    for (let anew = 0; ; anew += 1) {
      try {
        return await ask()
      } catch (error) {
        if (!(error instanceof RemoteAway) || anew === MOST_ANEW) throw error
      }
    }
  }

  /** The server failed; it rests, longer each time. */
  failed(thrown: unknown): void {
    const { clock, onRetry } = this.#options
    const restMs = Math.min(FIRST_REST_MS * 2 ** this.#failures, LONGEST_REST_MS)
    this.#failures += 1
    const retryAt = Math.round(clock.now() + restMs)
    this.#failure = {
      ...{ error: toNearsideError(thrown), retryAt },
      retryAtMs: clock.monotonicMs() + restMs
    }
    this.#cancelRetry()
    this.#cancelRetry = clock.after(restMs, onRetry)
  }

  /** Servers whose failures are told to `onAway` first and then thrown as `RemoteAway`. */
  watched(loaded: LoadedModel, onAway: (error: unknown) => void): readonly ModelServer[] {
    return loaded.servers.map((server) => ({
      ...server,
      run: async (requests) => {
        try {
          return await server.run(requests)
        } catch (error) {
          const { code, message } = toNearsideError(error)
          if (NO_FAILURE.has(code)) throw error
          onAway(error)
          throw new RemoteAway(code, message, { cause: error })
        }
      }
    }))
  }

  /** One sentence for the list of problems while this device answers for the server; else null. */
  get problem(): string | null {
    return this.#failure ? awaySentence(this.#options.name, this.#failure.error) : null
  }

  /** @param inUse what the model is loaded with */
  status(inUse: RungChoice | undefined): RemoteModel {
    const { name } = this.#options
    const setting = this.#setting
    const serving = inUse !== undefined && this.isSet(inUse)
    if (!setting) return offStatus(name)
    const { model = name, url, version = null, precision = null, headers = {}, token } = setting
    const failure = serving ? undefined : this.#failure
    const names = Object.keys(headers).map((header) => header.toLowerCase())
    return {
      state: serving ? 'serving' : failure ? 'away' : 'waiting',
      sentence: sentenceOf(name, { serving, failure, url }),
      ...{ url, model, version, precision },
      timeoutMs: setting.timeoutMs ?? TIMEOUT_MS,
      headers: [...new Set([...names, ...(token === undefined ? [] : ['authorization'])])].sort(),
      code: failure?.error.code ?? null,
      retryAt: failure?.retryAt ?? null
    }
  }
}

function optionsOf(setting: RemoteSetting, name: string): RemoteOptions {
  const { url, model = name, version, headers = {}, token, timeoutMs = TIMEOUT_MS } = setting
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
  return {
    ...{ url, model, timeoutMs },
    ...(version === undefined ? {} : { version }),
    headers: { ...headers, ...authorization }
  }
}

/** What `RemoteModel` says where nothing is set. */
function offStatus(name: string): RemoteModel {
  const nothing = { url: null, model: null, version: null, precision: null, timeoutMs: null }
  const sentence = `Requests to ${name} are answered on this device.`
  return { state: 'off', sentence, ...nothing, headers: [], code: null, retryAt: null }
}

function awaySentence(name: string, { message }: NearsideError): string {
  return `Requests to ${name} are answered on this device until its inference server is back. ${message}`
}

function sentenceOf(
  name: string,
  how: { serving: boolean; failure: Failure | undefined; url: string }
): string {
  if (how.serving) return `Requests to ${name} leave this device: ${how.url} answers them.`
  if (how.failure) return awaySentence(name, how.failure.error)
  return `Requests to ${name} go to ${how.url} once it has given the golden outputs of the model, at first use.`
}
