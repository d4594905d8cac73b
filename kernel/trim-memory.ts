// When garbage is collected, and memory given back to the system. A process that waits most of its life keeps
// what its start needed, because V8 collects thoroughly only under pressure, and a small machine has other uses
// for ten megabytes.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Cancel, Clock } from './clock.ts'

type Collect = (options: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void

let collect: Collect | undefined

/** A thread has read its code and first inputs by then. */
const SETTLED_MS = 15_000
const PERIOD_MS = 3_600_000

/**
 * Collects all garbage at once and shrinks the heap; holds the event loop for 50 to 100 ms, so it is for quiet
 * moments only.
 * @public
 */
export function trimMemory(): void {
  if (!collect) {
    setFlagsFromString('--expose-gc') // only contexts made from now on see the function
    collect = runInNewContext('gc') as Collect
  }
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}

/**
 * Lets the heaps of this process grow to four times what lives in them before garbage is collected, or has V8
 * decide again. For times in which tensors pass through: these count as garbage of a small heap, which would be
 * collected for every batch.
 * @public
 */
export function collectSeldom(seldom = true): void {
  setFlagsFromString(`--heap-growing-percent=${seldom ? 300 : 0}`)
}

/**
 * Trims the heap of the calling thread once its start is over and every hour; each thread has a heap of its own,
 * which nobody else collects.
 * @public
 */
export function trimWhenSettled(clock: Clock): Cancel {
  const cancels = [clock.after(SETTLED_MS, trimMemory), clock.every(PERIOD_MS, trimMemory)]
  return () => {
    for (const cancel of cancels) cancel()
  }
}
