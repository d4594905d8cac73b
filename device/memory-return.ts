// Gives memory back after large requests and answers: V8 collects what lies outside its heap late, and an
// appliance that served gigabytes once must not keep them. Waits for a quiet moment, because it takes one.

import type { Cancel, Clock } from '../kernel/clock.ts'

interface ReturnOptions {
  readonly clock: Clock
  /** Memory that the process holds, bytes. */
  readonly residentBytes: () => number
  /** Processor time that it has used, ms. */
  readonly busyMs: () => number
  /** Collects garbage and trims heaps. */
  readonly trim: () => Promise<void>
}

/** Growth that is worth the pause, bytes. */
const WORTH_BYTES = 64 * 1024 * 1024
const LOOK_MS = 5000
/** Quiet is when the process used no more than this of the time between two looks. */
const QUIET_SHARE = 0.2

/** Trims once after the start, which compiles much, and whenever it is quiet and the process has grown since. */
export function returnMemory({ clock, residentBytes, busyMs, trim }: ReturnOptions): Cancel {
  let least = 0
  let busy = busyMs()
  const look = async (): Promise<void> => {
    const used = busyMs() - busy
    busy += used
    const resident = residentBytes()
    least = Math.min(least, resident)
    if (used > QUIET_SHARE * LOOK_MS || resident - least < WORTH_BYTES) return
    await trim()
    // What is left now is needed; only growth beyond it is worth another try.
    least = residentBytes()
    busy = busyMs()
  }
  return clock.every(LOOK_MS, () => void look())
}
