// Decides when a reading becomes an alarm and when the alarm is over: on-delay and off-delay against chatter,
// a limit that is remembered while the alarm lasts so that learning cannot hide the fault (ISA-18.2).

import type { AlarmPriority } from '../../contract/index.ts'
import type { AlarmRule } from './alarm-rules.ts'

/** The abnormal state must hold for so long before somebody is called, seconds. */
export const RAISE_AFTER_S = 10
/** The normal state must hold for so long before the alarm is over, seconds. */
export const CLEAR_AFTER_S = 10
/** After this long at a new level, the level counts as normal, seconds. */
const ACCEPT_AFTER_S = 3600

/** What happened at a sample. */
export type Judgement =
  | { readonly type: 'raise'; readonly priority: AlarmPriority; readonly limit: number }
  | { readonly type: 'clear' }
  | null

/** A limit that a value reached, with the priority that goes with it. */
interface Reached {
  readonly limit: number
  readonly priority: AlarmPriority
}

interface Active extends Reached {
  readonly sinceS: number
}

export class AlarmJudge {
  readonly #rule: AlarmRule
  /** Seconds of abnormal state saved up; a normal sample takes twice its time away. */
  #abnormalS = 0
  #normalS = 0
  #active: Active | null = null
  /** An alarm of an earlier run may still stand: the first lasting normal state is told as well. */
  #toldNormal = false
  /** The limit that the abnormal samples so far went beyond; the band may widen under them. */
  #suspected: Reached | null = null

  constructor(rule: AlarmRule) {
    this.#rule = rule
  }

  get active(): boolean {
    return this.#active !== null
  }

  /** True while what comes in must not be learnt as normal: it is suspected, or an alarm of this hour. */
  holds(nowS: number): boolean {
    if (this.#active) return nowS - this.#active.sinceS < ACCEPT_AFTER_S
    return this.#suspected !== null
  }

  /** Judges a sample that stands for `periodS` seconds, at a time in seconds. */
  step(
    value: number,
    usualHigh: number | null,
    at: { readonly nowS: number; readonly periodS: number }
  ): Judgement {
    const reached = this.#reached(value, usualHigh)
    if (this.#active) return this.#whileActive(this.#active, { value, reached, ...at })
    const abnormal = reached ?? this.#stillBeyond(value)
    this.#abnormalS = Math.max(0, this.#abnormalS + (abnormal ? at.periodS : -2 * at.periodS))
    if (this.#abnormalS === 0) this.#suspected = null
    else if (reached) this.#suspected ??= reached
    if (!abnormal) return this.#whileNormal(at.periodS)
    this.#normalS = 0
    // One sample is never enough, however long it stands for.
    const needed = Math.max(RAISE_AFTER_S, 2 * at.periodS)
    return this.#abnormalS < needed ? null : this.#raise(abnormal, at.nowS)
  }

  #whileNormal(periodS: number): Judgement {
    this.#normalS += periodS
    if (this.#toldNormal || this.#normalS < CLEAR_AFTER_S) return null
    this.#toldNormal = true
    return { type: 'clear' }
  }

  #stillBeyond(value: number): Reached | null {
    return this.#suspected && value >= this.#suspected.limit ? this.#suspected : null
  }

  #whileActive(
    active: Active,
    now: {
      readonly value: number
      readonly reached: Reached | null
      readonly nowS: number
      readonly periodS: number
    }
  ): Judgement {
    const { reached } = now
    if (reached && reached.priority < active.priority) return this.#raise(reached, now.nowS)
    const accepted = now.nowS - active.sinceS >= ACCEPT_AFTER_S && !reached
    const over = accepted || now.value < active.limit - this.#rule.hysteresis
    this.#normalS = over ? this.#normalS + now.periodS : 0
    if (this.#normalS < CLEAR_AFTER_S) return null
    this.#active = null
    this.#suspected = null
    this.#abnormalS = 0
    this.#normalS = 0
    // Still beyond a lower fixed limit: the next samples raise it again at that priority.
    return { type: 'clear' }
  }

  #raise(reached: Reached, nowS: number): Judgement {
    this.#active = { ...reached, sinceS: nowS }
    this.#toldNormal = true
    this.#normalS = 0
    return { type: 'raise', ...reached }
  }

  /** The most urgent limit that the value has reached. */
  #reached(value: number, usualHigh: number | null): Reached | null {
    const fixed = this.#rule.limits.find((limit) => value >= limit.from)
    if (fixed) return { limit: fixed.from, priority: fixed.priority }
    const { unusual } = this.#rule
    if (!unusual || usualHigh === null) return null
    const limit = Math.max(unusual.from, usualHigh + unusual.margin)
    return value >= limit ? { limit, priority: unusual.priority } : null
  }
}
