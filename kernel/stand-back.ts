// Lets the loops that answer people go first: whoever works in the background stands back in the queue for the
// processor, and is the first to go when memory runs out. On Linux the priority belongs to the calling thread
// alone, so one process can hold both kinds.

import { writeFileSync } from 'node:fs'
import { setPriority } from 'node:os'

/** Nice level of background work; 0 is everybody's, 19 the last. */
const BACKGROUND = 10

/**
 * Lowers the priority of the calling thread (Linux) or process; to be called first thing in a worker.
 * @public
 */
export function standBack(): void {
  setPriority(0, BACKGROUND)
}

/** What the kernel takes for "this one first" (proc_pid_oom_score_adj(5)). */
const FIRST = '1000'

/**
 * Has the system end this process, and no other, when memory runs out; for processes that can be replaced.
 * @public
 */
export function goFirstWithoutMemory(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', FIRST)
  } catch {
    // Only Linux asks.
  }
}
