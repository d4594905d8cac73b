// What one model of the pool is made with and what it answers with. Types only.

import type { RemoteSetting } from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Served } from './batch-server.ts'
import type { DeviceArbiter } from './device-arbiter.ts'
import type { AnsweredBy, ModelAnswer } from './loaded-model.ts'
import type { Ladder } from './model-rungs.ts'
import type { InferenceSettings } from './settings.ts'
import type { TraceRing } from './trace-ring.ts'

export interface ServedModelOptions {
  readonly settings: InferenceSettings
  readonly clock: Clock
  readonly nvidia: boolean
  /** Where better rungs than the CPU come from; undefined: the CPU is all there is. */
  readonly ladder?: Ladder | undefined
  /** Called whenever `status()` may have changed, except for its counters. */
  readonly onChange: () => void
  /** Takes a line for each batch that ran. */
  readonly traces: TraceRing
  /** Shares slots and memory of the devices among the models. */
  readonly arbiter?: DeviceArbiter | undefined
  /** The server that an administrator sends a model to, as it was set before this start. */
  readonly remote?: ((model: string) => RemoteSetting | undefined) | undefined
}

export type ServedAnswer = Served<ModelAnswer, AnsweredBy>

export interface SwitchOptions {
  /** False when going back: what is left is not worth returning to. */
  readonly keepPrevious?: boolean
  /** Called when the new version has proved itself. */
  readonly onSwitching?: (() => void) | undefined
}
