// Turns any statistic into evidence of abnormality that compares across statistics, series and files: how
// far it lies in the tail of its own past, in units of that tail. Bounded memory.

import { SortedWindow } from './sorted-window.ts'

/** The tail starts where one statistic in ten lies, and its unit is the distance to one in two hundred. */
const TAIL_START = 0.9
const TAIL_FAR = 0.995
/** Below this many samples a tail is a guess; nothing is claimed. */
const LEARNING = 50

export class TailEvidence {
  private readonly past: SortedWindow

  constructor(capacity: number) {
    this.past = new SortedWindow(capacity)
  }

  /**
   * Evidence of one statistic against its past, then learns it. 0 inside the tail's start, log(2) at its
   * far end, growing with the logarithm: for an exponential tail this is a log survival probability, and
   * heavy tails are tamed. `floor` is the smallest tail width believed, in the statistic's unit.
   * NaN, a statistic that is not to be had yet, says nothing and teaches nothing.
   */
  push(statistic: number, floor: number): number {
    if (Number.isNaN(statistic)) return 0
    const evidence = this.evidence(statistic, floor)
    this.past.push(statistic)
    return evidence
  }

  private evidence(statistic: number, floor: number): number {
    if (this.past.size < LEARNING) return 0
    const start = this.past.quantile(TAIL_START)
    if (statistic <= start) return 0
    const unit = Math.max(this.past.quantile(TAIL_FAR) - start, floor)
    return Math.log1p((statistic - start) / unit)
  }

  values(): Float64Array {
    return this.past.values()
  }

  reset(values: ArrayLike<number>): void {
    this.past.reset(values)
  }
}
