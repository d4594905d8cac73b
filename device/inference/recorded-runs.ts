// Decides how the next run of a binding is made: plainly, recorded, or by its recording. A recording is used only
// after it gave what a plain run gives, and never for other values of inputs that a model may read on the host.

import {
  type NativeBinding,
  type NativeRecorder,
  type NativeTensor,
  OrtFailure
} from './ort-port.ts'

/** Plain runs of the same shapes before one is recorded: the first ones choose kernels and allocate. */
const PLAIN_RUNS = 2
/** Uses after which a recording has paid for itself: to record and to prove it costs about ten gains. */
const WORTH = 16
const MOST_PATIENCE = 1024

/** What was done with one binding so far. */
export interface RunHistory {
  /** Runs without a recording, one after the other. */
  plain: number
  /** Plain runs before the next recording; doubled while recordings are given up before they pay. */
  patience: number
  /** Uses of the recording. */
  replays: number
  /** Values of low rank with which the recording was made. */
  frozen: Buffer | undefined
  /** What was read while it was recorded; undefined once it gave what a plain run gave for something else. */
  recorded: Buffer | undefined
}

export const noHistory = (): RunHistory => ({
  ...{ plain: 0, patience: PLAIN_RUNS, replays: 0 },
  ...{ frozen: undefined, recorded: undefined }
})

export interface BoundTensors {
  readonly inputs: ReadonlyMap<string, NativeTensor>
  readonly outputs: ReadonlyMap<string, NativeTensor>
}

/** A run could not be recorded or a recording not be run: the session is of no use any more. */
export class RecordingFailure extends Error {}

/**
 * Values that a model may read on the host, where a recording would keep them for ever: shapes, counts, axes and
 * the like have rank 0 or 1.
 */
function lowRankValues(inputs: BoundTensors['inputs']): Buffer {
  return valuesOf([...inputs.values()].filter(({ shape }) => shape.length <= 1))
}

function valuesOf(tensors: Iterable<NativeTensor>): Buffer {
  return Buffer.concat([...tensors].map(({ bytes }) => bytes))
}

/** How a session's runs are recorded; one for each session. */
export class RecordedRuns {
  /** False once a recording gave something else than a plain run: then nothing is recorded any more. */
  #trusted = true

  /**
   * Runs a binding once, its outputs known in shape; `bytes` of the outputs hold the results.
   * @throws OrtFailure of a plain run, RecordingFailure
   */
  run(binding: NativeBinding, history: RunHistory, bound: BoundTensors): void {
    const { recorder } = binding
    if (!recorder || !this.#trusted) {
      binding.run()
      return
    }
    const values = lowRankValues(bound.inputs)
    if (recorder.valid && history.frozen?.equals(values) === true) {
      history.replays += 1
      // The same numbers once more prove nothing, and need no proof.
      if (history.recorded?.equals(valuesOf(bound.inputs.values())) ?? true)
        attempt(() => recorder.replay())
      else this.#prove(binding, recorder, { history, outputs: bound.outputs })
      return
    }
    if (history.frozen?.equals(values) === false) recorder.forget?.()
    if (!recorder.isLast) history.plain = 0
    if (history.plain < history.patience || !recorder.mayRecord) {
      history.plain += 1
      binding.run()
      return
    }
    attempt(() => recorder.record())
    const paid = history.frozen === undefined || history.replays >= WORTH
    history.patience = paid ? PLAIN_RUNS : Math.min(2 * history.patience, MOST_PATIENCE)
    history.plain = 0
    history.replays = 0
    history.frozen = values
    history.recorded = valuesOf(bound.inputs.values())
  }

  /** A recording may hold on to a value that the host has read: then it answers another input with the same. */
  #prove(
    binding: NativeBinding,
    recorder: NativeRecorder,
    { history, outputs }: { history: RunHistory; outputs: BoundTensors['outputs'] }
  ): void {
    attempt(() => recorder.replay())
    const replayed = valuesOf(outputs.values())
    binding.run()
    this.#trusted = replayed.equals(valuesOf(outputs.values()))
    history.recorded = undefined
  }
}

function attempt(work: () => void): void {
  try {
    work()
  } catch (cause) {
    if (!(cause instanceof OrtFailure)) throw cause
    throw new RecordingFailure(cause.message, { cause })
  }
}
