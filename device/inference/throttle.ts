// How much of its means a model may use: heat, a lower power mode and alarms take servers away first, then
// halve the batches, and both come back step by step; the time that one batch may take follows what batches
// took. It hears of these things from others and only says what is allowed.

import type { Cancel, Clock } from '../../kernel/clock.ts'
import type { RunLimits } from './batch-server.ts'

export type Pressure =
  /** Heat or an alarm: as long as it lasts, a step is taken every `stepMs`. */
  | { readonly kind: 'thermal' | 'alarm'; readonly raised: boolean }
  /** A power mode that leaves a share of the full performance, 0 to 1; 1 ends it. */
  | { readonly kind: 'power-mode'; readonly share: number }

export interface ThrottleOptions {
  readonly clock: Clock
  /** Servers and rows of a batch when nothing presses. */
  readonly servers: number
  readonly maxBatch: number
  /** Time that one batch may take at most, ms; infinite when there is no goal. */
  readonly goalMs: number
  /** Time between two steps down while heat or an alarm lasts, ms; default 10,000. */
  readonly stepMs?: number
  /** Time between two steps up once it is over, ms; default 30,000: silicon cools slowly. */
  readonly recoverMs?: number
  /** Called when the limits changed. */
  readonly onChange: (limits: RunLimits) => void
}

/** What a batch over the goal leaves of the working goal, and what one within it adds, as shares. */
const DECREASE = 0.7
const INCREASE = 0.02
/** The working goal never falls below this share of the goal. */
const LEAST_GOAL = 1 / 8

export class Throttle {
  #options: ThrottleOptions
  #raised = new Set<'thermal' | 'alarm'>()
  #share = 1
  /** Steps taken: first one server each, then one halving of the batch each. */
  #level = 0
  #workingMs: number
  #decreasedAtMs = Number.NEGATIVE_INFINITY
  #cancelStep: Cancel | undefined

  constructor(options: ThrottleOptions) {
    this.#options = options
    this.#workingMs = options.goalMs
  }

  get limits(): RunLimits {
    const { servers } = this.#options
    const halvings = Math.max(0, this.#level - (servers - 1))
    const batchRows =
      halvings === 0
        ? Number.POSITIVE_INFINITY
        : Math.max(1, Math.floor(this.#options.maxBatch / 2 ** halvings))
    return { servers: Math.max(1, servers - this.#level), batchRows, goalMs: this.#workingMs }
  }

  /** True while heat, power or an alarm take something away. */
  get throttled(): boolean {
    return this.#level > 0
  }

  /** Takes note of heat, a power mode or an alarm; a new one takes its first step at once. */
  press(pressure: Pressure): void {
    if (pressure.kind === 'power-mode') {
      this.#share = Math.min(1, Math.max(0, pressure.share))
      this.#moveTo(Math.max(this.#level, this.#leastLevel()))
    } else if (!pressure.raised) this.#raised.delete(pressure.kind)
    else if (!this.#raised.has(pressure.kind)) {
      this.#raised.add(pressure.kind)
      this.#moveTo(this.#level + 1)
    }
    this.#plan()
  }

  /**
   * Moves the working goal by additive increase and multiplicative decrease (Chiu and Jain 1989; as Clipper,
   * NSDI 2017, sizes batches). Only the time of the batch itself counts: when requests are late because too
   * many wait, smaller batches would make them later.
   */
  observe(batchMs: number): void {
    const { goalMs, clock, onChange } = this.#options
    if (goalMs === Number.POSITIVE_INFINITY) return
    const former = this.#workingMs
    const nowMs = clock.monotonicMs()
    if (batchMs <= goalMs) this.#workingMs = Math.min(goalMs, former + INCREASE * goalMs)
    else if (nowMs - this.#decreasedAtMs >= goalMs) {
      // Once a goal's time: batches that run side by side report one and the same trouble.
      this.#decreasedAtMs = nowMs
      this.#workingMs = Math.max(LEAST_GOAL * goalMs, DECREASE * former)
    }
    if (this.#workingMs !== former) onChange(this.limits)
  }

  /** Other means: more or fewer servers, another largest batch, another goal. What was taken away stays taken. */
  resize(means: Pick<ThrottleOptions, 'servers' | 'maxBatch' | 'goalMs'>): void {
    if (means.goalMs !== this.#options.goalMs) this.#workingMs = means.goalMs
    this.#options = { ...this.#options, ...means }
    // What pressed before there was anything to take away takes its first step now.
    const pressed = this.#raised.size > 0 ? 1 : 0
    this.#level = Math.min(Math.max(this.#level, pressed, this.#leastLevel()), this.#mostLevel())
    this.#options.onChange(this.limits)
    this.#plan()
  }

  close(): void {
    this.#cancelStep?.()
    this.#cancelStep = undefined
  }

  #mostLevel(): number {
    const { servers, maxBatch } = this.#options
    return servers - 1 + Math.ceil(Math.log2(maxBatch))
  }

  /** The step that the power mode alone demands: so many servers, or so small a batch, as its share. */
  #leastLevel(): number {
    const { servers } = this.#options
    const left = servers * this.#share
    if (left >= 1) return servers - Math.floor(left + 1e-9)
    const halvings = left > 0 ? Math.round(-Math.log2(left)) : Number.POSITIVE_INFINITY
    return Math.min(servers - 1 + halvings, this.#mostLevel())
  }

  #moveTo(level: number): void {
    const bounded = Math.min(level, this.#mostLevel())
    if (bounded === this.#level) return
    this.#level = bounded
    this.#options.onChange(this.limits)
  }

  /** Sets the timer of the next step, down while something presses, up while nothing does. */
  #plan(): void {
    this.#cancelStep?.()
    this.#cancelStep = undefined
    const { clock, stepMs = 10_000, recoverMs = 30_000 } = this.#options
    const down = this.#raised.size > 0
    const target = down ? this.#mostLevel() : this.#leastLevel()
    if (this.#level === target) return
    this.#cancelStep = clock.after(down ? stepMs : recoverMs, () => {
      this.#moveTo(down ? this.#level + 1 : this.#level - 1)
      this.#plan()
    })
  }
}
