// Gives memory back to the system. A process that waits most of its life keeps what its start needed, because
// V8 collects thoroughly only under pressure, and a small machine has other uses for ten megabytes.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

type Collect = (options: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void

let collect: Collect | undefined

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
