// Runs a model that is cut into parts as a pipeline: a batch is cut into micro-batches by rows, and while part 2
// works on one of them, part 1 works on the next. Order is kept. Which parts lie on which device is not its
// business, nor is the queue before it. (Huang et al. 2019, GPipe, without its backward half.)

import { NearsideError } from '../../contract/index.ts'
import { type Clock, systemClock } from '../../kernel/clock.ts'
import { MicroBatches } from './micro-batches.ts'
import { Serial } from './serial.ts'
import { joinRows, rowsOf, splitRows, type Tensors } from './tensors.ts'

/** One part: names of the values that it takes, and who runs it. Its runner is asked one at a time. */
export interface PipelinePart {
  readonly inputs: readonly string[]
  run(inputs: Tensors): Promise<{ readonly outputs: Tensors; readonly computeMs: number }>
}

export interface PipelineOptions {
  readonly parts: readonly PipelinePart[]
  /** Names of the values that are the model's answer. */
  readonly outputs: readonly string[]
  /** Rows of one micro-batch, a batch with fewer is not cut; default: as many as have proved the fastest. */
  readonly microRows?: number | undefined
  readonly clock?: Clock
  /** Called when a part begins and ends a micro-batch, both counted from 0. */
  readonly onStep?: (step: PipelineStep) => void
}

export interface PipelineStep {
  readonly part: number
  readonly microBatch: number
  readonly state: 'begins' | 'ends'
}

export interface Pipeline {
  /**
   * Runs one batch.
   * @returns the model's outputs, rows in order, and the sum of what its parts took, ms
   * @throws NearsideError what the first part that failed said; NS_INFERENCE_INPUT when rows do not fit
   */
  run(inputs: Tensors): Promise<{ outputs: Tensors; computeMs: number }>
}

/** Values of one micro-batch by name: the inputs, and what the parts gave so far. */
type Values = Record<string, Tensors[string]>

/** Micro-batches under way beyond one for each part: the next one must be ready when part 1 is. */
const AHEAD = 1

class OpenPipeline implements Pipeline {
  #options: PipelineOptions
  /** One queue for each part, across batches. */
  #turns: readonly Serial[]
  #learnt: MicroBatches

  constructor(options: PipelineOptions) {
    this.#options = options
    this.#turns = options.parts.map(() => new Serial())
    this.#learnt = new MicroBatches(options.parts.length)
  }

  async run(inputs: Tensors): Promise<{ outputs: Tensors; computeMs: number }> {
    const { parts, clock = systemClock } = this.#options
    const rows = rowsOf(inputs)
    const { microRows = this.#learnt.rowsFor(rows) } = this.#options
    const startedMs = clock.monotonicMs()
    const micro = splitRows(inputs, microSizes(rows, microRows))
    const answers: Tensors[] = []
    const batch = { failed: false, computeMs: 0 }
    let next = 0
    const lane = async (): Promise<void> => {
      while (next < micro.length && !batch.failed) {
        const index = next
        next += 1
        answers[index] = await this.#pass(micro[index] ?? {}, index, batch)
      }
    }
    const lanes = Array.from({ length: Math.min(parts.length + AHEAD, micro.length) }, lane)
    // All lanes come to an end first: the next batch must not meet what is left of this one.
    const ended = await Promise.allSettled(lanes)
    for (const end of ended) if (end.status === 'rejected') throw end.reason
    const outputs = this.#join(answers, micro)
    this.#learnt.observe(rows, microRows, clock.monotonicMs() - startedMs)
    return { outputs, computeMs: batch.computeMs }
  }

  /** Sends one micro-batch through all parts; each lets them pass in the order in which they came. */
  async #pass(
    inputs: Tensors,
    microBatch: number,
    batch: { failed: boolean; computeMs: number }
  ): Promise<Tensors> {
    const values: Values = { ...inputs }
    for (const [part, { run, inputs: names }] of this.#options.parts.entries()) {
      await this.#turns[part]?.run(async () => {
        if (batch.failed) return
        try {
          this.#options.onStep?.({ part, microBatch, state: 'begins' })
          const done = await run(pick(values, names))
          this.#options.onStep?.({ part, microBatch, state: 'ends' })
          batch.computeMs += done.computeMs
          Object.assign(values, done.outputs)
        } catch (error) {
          batch.failed = true
          throw error
        }
      })
      if (batch.failed) return {}
    }
    return pick(values, this.#options.outputs)
  }

  #join(answers: readonly Tensors[], micro: readonly Tensors[]): Tensors {
    if (answers.length === 1) return answers[0] ?? {}
    for (const [index, answer] of answers.entries()) {
      const rows = rowsOf(micro[index] ?? {})
      for (const [name, { shape }] of Object.entries(answer))
        if (
          shape[0] !== rows ||
          shape.slice(1).join() !== answers[0]?.[name]?.shape.slice(1).join()
        )
          throw new NearsideError(
            'NS_INFERENCE_FAILED',
            `The output ${name} does not follow the rows of the input, so that the batch cannot be cut; send fewer rows at once.`
          )
    }
    return joinRows(answers)
  }
}

/** 10 rows by 4 are 4, 4 and 2. */
function microSizes(rows: number, most: number): number[] {
  const count = Math.ceil(rows / most)
  return Array.from({ length: count }, (_, index) => Math.min(most, rows - index * most))
}

function pick(values: Tensors, names: readonly string[]): Tensors {
  const picked: Values = {}
  for (const name of names) {
    const value = values[name]
    if (!value)
      throw new NearsideError(
        'NS_INFERENCE_INPUT',
        `The value ${name} is missing; send it as an input.`
      )
    picked[name] = value
  }
  return picked
}

/** Opens a pipeline over parts that are ready to run. Their ends are the caller's. */
export function openPipelineServer(options: PipelineOptions): Pipeline {
  return new OpenPipeline(options)
}
