// When the agent collects garbage: seldom while it works, because that costs an eighth of its time, and thoroughly
// in quiet moments, because an appliance that served gigabytes once must not keep them.

import type { Cancel, Clock } from '../kernel/clock.ts'

interface ReturnOptions {
  readonly clock: Clock
  /** Memory that the process holds, bytes. */
  readonly residentBytes: () => number
  /** Processor time that it has used, ms. */
  readonly busyMs: () => number
  /** Collects garbage and trims heaps. */
  readonly trim: () => Promise<void>
  /** Lets garbage wait while there is much to do, at the cost of memory. */
  readonly collectSeldom: (seldom: boolean) => void
}

/** Growth that is worth the pause, bytes. */
const WORTH_BYTES = 48 * 1024 * 1024
const LOOK_MS = 5000
/** Quiet is when the process used no more than this of the time between two looks. */
const QUIET_SHARE = 0.2
/** Looks that are left out after a trim in vain; twice as many after each further one. */
const FIRST_REST = 1
const LONGEST_REST = 120

/**
 * Trims once after the start, which compiles much, and whenever it is quiet and the process holds more than it
 * once did. What a trim could not take back may be free a little later, which shows in nothing but another trim:
 * it is tried again, ever more seldom, up to every ten minutes, and sooner once the process has worked again.
 */
export function returnMemory(options: ReturnOptions): Cancel {
  const { clock, residentBytes, busyMs, trim, collectSeldom } = options
  let least = residentBytes()
  let busy = busyMs()
  let started = false
  let resting = 0
  let rest = FIRST_REST
  const look = async (): Promise<void> => {
    const used = busyMs() - busy
    busy += used
    const resident = residentBytes()
    least = Math.min(least, resident)
    const quiet = used <= QUIET_SHARE * LOOK_MS
    collectSeldom(!quiet)
    if (!quiet) {
      resting = 0
      rest = FIRST_REST
      return
    }
    resting -= 1
    if (started && (resident - least < WORTH_BYTES || resting >= 0)) return
    started = true
    await trim()
    busy = busyMs()
    const left = residentBytes()
    least = Math.min(least, left)
    const inVain = left - least >= WORTH_BYTES
    resting = inVain ? rest : 0
    rest = inVain ? Math.min(LONGEST_REST, 2 * rest) : FIRST_REST
  }
  return clock.every(LOOK_MS, () => void look())
}
