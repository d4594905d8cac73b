// Which of a model's servers gets the next batch: the one that will have finished it first, even if it is busy
// now. Pure: from expected times to a choice.

export interface ServerOutlook {
  readonly idle: boolean
  /** When it is expected to be free, ms; undefined while it runs something of unknown cost. */
  readonly freeAtMs: number | undefined
  /** What the next batch would cost on it, ms; undefined before it has run one like it. */
  readonly costMs: number | undefined
  /** Rows that it would take at once. */
  readonly rows: number
}

export type ServerChoice =
  | { readonly kind: 'start'; readonly index: number }
  /** Start behind so many waiting rows, which a busy server will have finished sooner. */
  | { readonly kind: 'behind'; readonly index: number; readonly aheadRows: number }
  /** Wait for a busy server, but look again at that time. */
  | { readonly kind: 'hold'; readonly untilMs: number }
  | { readonly kind: 'none' }

/** When a busy server will be free; one that is overdue is given as long again as it is late. */
export function expectedFree(startedAtMs: number, costMs: number, nowMs: number): number {
  const freeAtMs = startedAtMs + costMs
  return freeAtMs >= nowMs ? freeAtMs : nowMs + (nowMs - freeAtMs)
}

const finishOf = ({ freeAtMs, costMs }: ServerOutlook, nowMs: number): number =>
  Math.max(nowMs, freeAtMs ?? nowMs) + (costMs ?? 0)

/**
 * @param waitingRows rows that wait in all; when the better servers cannot have finished as many by the time
 *   that an idle one finishes its batch, the idle one works too, but not on the most urgent requests
 */
export function chooseServer(
  servers: readonly ServerOutlook[],
  nowMs: number,
  waitingRows: number
): ServerChoice {
  let index = -1
  let finish = Number.POSITIVE_INFINITY
  for (const [at, server] of servers.entries()) {
    const end = server.idle ? finishOf(server, nowMs) : Number.POSITIVE_INFINITY
    if (end < finish) [index, finish] = [at, end]
  }
  if (index < 0) return { kind: 'none' }
  let aheadRows = 0
  let soonest = Number.POSITIVE_INFINITY
  for (const server of servers) {
    const { idle, freeAtMs, costMs, rows } = server
    // What is not known cannot be waited for.
    if (idle || freeAtMs === undefined || costMs === undefined) continue
    const leadMs = finish - Math.max(nowMs, freeAtMs)
    // Sooner by a hair is not sooner: an equal server that is about to be free is not waited for.
    const batches = Math.floor(leadMs / Math.max(costMs, 1e-6) - 1e-9)
    if (batches < 1) continue
    aheadRows += batches * rows
    soonest = Math.min(soonest, Math.max(nowMs, freeAtMs))
  }
  if (aheadRows === 0) return { kind: 'start', index }
  if (waitingRows > aheadRows) return { kind: 'behind', index, aheadRows }
  // If the busy server is late, half of its lead is a fair time to think again.
  return { kind: 'hold', untilMs: soonest + (finish - soonest) / 2 }
}
