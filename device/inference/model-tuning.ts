// How one model is run: as it was set by hand, and where nothing was set, with the cores of the CPU laid out by
// load. It loads nothing itself.

import type { BatchTrace, ServingRung } from '../../contract/index.ts'
import { InstanceLayout, type InstanceLayoutOptions, type Layout } from './instance-layout.ts'
import type { Tuning } from './loaded-model.ts'

export class ModelTuning {
  #cores: number
  #byHand: Tuning = {}
  #layout: InstanceLayout

  constructor(options: InstanceLayoutOptions) {
    this.#cores = options.cores
    this.#layout = new InstanceLayout(options)
  }

  /** What was set by hand. */
  get byHand(): Tuning {
    return this.#byHand
  }

  set(tuning: Tuning): void {
    this.#byHand = tuning
  }

  /**
   * What executors on a rung are to be loaded with; under another layout, or if this were set by hand. Executors
   * whose number was set share the cores, unless their threads were set as well.
   */
  on(rung: ServingRung, { layout = this.#layout.layout, byHand = this.#byHand } = {}): Tuning {
    if (isFree(rung, byHand)) return { ...byHand, ...layout }
    const shared = Math.max(1, Math.floor(this.#cores / (byHand.instances ?? 1)))
    return { ...byHand, threads: byHand.threads ?? shared }
  }

  /** Executors on each device of a rung, and threads of each. */
  layoutOn(rung: ServingRung): Layout {
    const { instances = 1, threads = this.#cores } = this.on(rung)
    return { instances, threads }
  }

  /** Takes note of a batch that was answered; may set a change of the layout going. */
  observe(trace: BatchTrace, queue: { readonly waiting: number; readonly running: number }): void {
    const { waiting, running } = queue
    if (isFree(trace.rung, this.#byHand)) void this.#layout.observe({ ...trace, waiting, running })
  }

  /** The executors were given up. */
  reset(): void {
    this.#layout.reset()
  }
}

/** Whether nobody has set how the cores are used. */
function isFree(rung: ServingRung, { instances, threads }: Tuning): boolean {
  return rung === 'cpu' && instances === undefined && threads === undefined
}
