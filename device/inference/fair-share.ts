// How the rows that wait are shared out among servers that compute side by side, so that all of them are done
// as early as can be. Pure arithmetic over expected times; it takes nothing from the queue.

import type { BatchCosts } from './batch-cost-model.ts'

/** What a server that may take part is expected to do. */
export interface Sharer {
  /** When it can start, ms. */
  readonly freeAtMs: number
  readonly costs: BatchCosts
}

/** Rows never cost nothing; the level of the water stays finite. */
const LEAST_BETA_MS = 1e-6

/**
 * Rows that the first server takes when the rows are spread so that the last to finish finishes earliest: the
 * water-filling of bins of height freeAt + alpha, where a row raises a server by its beta (Cover and Thomas,
 * Elements of Information Theory, section 9.4, the same form).
 * @param self free now
 * @returns at least 1, at most all rows
 */
export function fairShare(self: Sharer, peers: readonly Sharer[], rows: number): number {
  const heightOf = ({ freeAtMs, costs }: Sharer): number => freeAtMs + costs.alphaMs
  const paceOf = ({ costs }: Sharer): number => 1 / Math.max(costs.betaMs, LEAST_BETA_MS)
  let pace = paceOf(self)
  let filled = pace * heightOf(self)
  let levelMs = (rows + filled) / pace
  for (const peer of peers.toSorted((a, b) => heightOf(a) - heightOf(b))) {
    if (heightOf(peer) >= levelMs) break
    pace += paceOf(peer)
    filled += paceOf(peer) * heightOf(peer)
    levelMs = (rows + filled) / pace
  }
  const share = Math.round((levelMs - heightOf(self)) * paceOf(self))
  return Math.min(rows, Math.max(1, share))
}
