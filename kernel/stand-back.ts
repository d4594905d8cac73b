// Lets the loops that answer people go first: whoever works in the background stands back in the queue for the
// processor. On Linux the priority belongs to the calling thread alone, so one process can hold both kinds.

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
