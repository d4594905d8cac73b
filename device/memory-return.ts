// Gives memory back after large requests and answers: V8 collects what lies outside its heap late, and an
// appliance that served gigabytes once must not keep them. Waits for a quiet moment, because it takes one.

import type { Cancel, Clock } from '../kernel/clock.ts'
import type { BodyBudget } from './http/index.ts'

interface ReturnOptions {
  readonly budget: Pick<BodyBudget, 'bytes' | 'leftBytes' | 'takenEver'>
  readonly clock: Clock
  /** Collects garbage and trims heaps. */
  readonly trim: () => void
}

/** Requests and answers after which it is worth the pause, bytes. */
const WORTH_BYTES = 64 * 1024 * 1024
/** Quiet is when no more than these came between two looks, bytes; small requests do not count as work. */
const QUIET_BYTES = 1024 * 1024
const LOOK_MS = 5000

/** Trims whenever it is quiet after `WORTH_BYTES` that came, or that were held at the last trim and are free now. */
export function returnMemory({ budget, clock, trim }: ReturnOptions): Cancel {
  let trimmedAt = 0
  let heldThen = 0
  let seen = 0
  return clock.every(LOOK_MS, () => {
    const { takenEver, bytes, leftBytes } = budget
    const held = bytes - leftBytes
    const quiet = takenEver - seen <= QUIET_BYTES
    seen = takenEver
    const garbage = Math.max(takenEver - trimmedAt, heldThen - held)
    if (!quiet || garbage < WORTH_BYTES) return
    trimmedAt = takenEver
    heldThen = held
    trim()
  })
}
