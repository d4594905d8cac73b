// How large the next batch becomes and whether waiting for a larger one pays. Pure arithmetic over the queue,
// the fitted costs and the pace of arrivals; it starts no timer and no batch.

import type { BatchTrace } from '../../contract/index.ts'
import type { Pace } from './arrival-pace.ts'
import { type BatchCosts, costOf, rowsWithin } from './batch-cost-model.ts'
import type { RequestQueue, Ticket } from './request-queue.ts'

export type CloseReason = BatchTrace['reason']

export interface BatchLimits {
  readonly nowMs: number
  /** Undefined before the server has run a batch of the bucket; then only rows limit. */
  readonly costs: BatchCosts | undefined
  /** What a batch may take, ms. */
  readonly goalMs: number
  /** Rows that the server takes. */
  readonly maxRows: number
  /** Rows that heat and power allow. */
  readonly throttledRows: number
  /** Sizes at which a batch is closed rather than between them. */
  readonly preferred: readonly number[]
}

/** What else closes a batch. */
export interface Closing extends BatchLimits {
  /** The reason to give when nothing but the lack of requests limits the batch. */
  readonly whenAll: CloseReason
  /** Rows beyond which others that compute beside it are done earlier. */
  readonly shareRows: number
}

export interface FormedBatch<Value> {
  readonly tickets: readonly Ticket<Value>[]
  readonly rows: number
  readonly reason: CloseReason
}

/** Most rows that a batch may hold by everything but time. */
export function mostRows(limits: BatchLimits, waitingRows: number): number {
  const most = Math.min(limits.maxRows, limits.throttledRows)
  let preferred = 0
  for (const size of limits.preferred)
    if (size <= Math.min(most, waitingRows) && size > preferred) preferred = size
  return preferred || most
}

/**
 * What a batch led by a request may take, ms. A goal that the request cannot meet even alone binds nobody:
 * batches of one would only make everybody later. Then twice the time of the request alone is the bound.
 */
function longest(costs: BatchCosts, goalMs: number, leaderRows: number): number {
  const aloneMs = costOf(costs, leaderRows)
  return aloneMs <= goalMs ? goalMs : 2 * aloneMs
}

/** The deadline of a request when a batch of so many rows can still meet it; otherwise it binds nobody. */
function binding<Value>({ dueAtMs }: Ticket<Value>, endAtMs: number): number {
  return dueAtMs >= endAtMs ? dueAtMs : Number.POSITIVE_INFINITY
}

/**
 * Takes the leader and, in order of urgency, the requests of its bucket for the largest batch that ends before
 * every member's deadline and takes no longer than the goal. A request that cannot meet its deadline
 * even so joins (it would only become later) but no longer limits the others.
 */
export function formBatch<Value>(
  queue: RequestQueue<Value>,
  leader: Ticket<Value>,
  { whenAll, shareRows, ...limits }: Closing
): FormedBatch<Value> {
  const { costs, nowMs, goalMs, maxRows, throttledRows } = limits
  const most = mostRows(limits, queue.rowsOf(leader.bucket))
  const full: CloseReason = most === throttledRows && most < maxRows ? 'throttled' : 'full'
  const mayTakeMs = costs ? longest(costs, goalMs, leader.rows) : goalMs
  const goalRows = costs ? rowsWithin(costs, mayTakeMs) : Number.POSITIVE_INFINITY
  const endAt = (rows: number): number => (costs ? nowMs + costOf(costs, rows) : nowMs)
  const tickets = [leader]
  let { rows } = leader
  let mustEndMs = binding(leader, endAt(rows))
  queue.remove(leader)
  for (;;) {
    if (rows >= most) return { tickets, rows, reason: full }
    const next = queue.firstOf(leader.bucket)
    if (!next) return { tickets, rows, reason: whenAll }
    const grown = rows + next.rows
    if (grown > most) return { tickets, rows, reason: full }
    if (grown > shareRows) return { tickets, rows, reason: 'shared' }
    if (grown > goalRows || endAt(grown) > mustEndMs) return { tickets, rows, reason: 'deadline' }
    queue.remove(next)
    tickets.push(next)
    rows = grown
    mustEndMs = Math.min(mustEndMs, binding(next, endAt(rows)))
  }
}

/** How many of the waiting rows a batch led by this request would take, without taking them. */
export function likelyRows<Value>(
  leader: Ticket<Value>,
  limits: BatchLimits,
  waitingRows: number
): number {
  const { costs, nowMs, goalMs } = limits
  const most = Math.min(mostRows(limits, waitingRows), waitingRows)
  if (!costs) return Math.max(leader.rows, most)
  const slackMs = leader.dueAtMs - nowMs
  const mayTakeMs = longest(costs, goalMs, leader.rows)
  const lost = slackMs < costOf(costs, leader.rows)
  const inTime = rowsWithin(costs, lost ? mayTakeMs : Math.min(mayTakeMs, slackMs))
  return Math.max(leader.rows, Math.min(most, inTime))
}

/** A batch may take so much longer than expected without a deadline being lost by waiting for it. */
const SAFETY = 1.2

export interface WaitingState {
  readonly limits: BatchLimits
  /** Rows of the leader's bucket that wait, and how many requests they are. */
  readonly rows: number
  readonly single: boolean
  readonly pace: Readonly<Pace> | undefined
  /** Deadline of the most urgent and arrival of the oldest. */
  readonly dueAtMs: number
  readonly oldestAtMs: number
  /** Fixed longest wait of the oldest instead of what pays, ms. */
  readonly maxWaitMs: number | undefined
}

export interface Patience {
  /** How long to wait for more, ms; 0: start. */
  readonly waitMs: number
  /** Why not (longer). */
  readonly reason: CloseReason
}

/**
 * Whether to wait for a larger batch. With fixed cost alpha, b rows here and w ms to the next arrival, one more
 * row raises the throughput, (b + 1) / (w + t(b + 1)) > b / t(b), exactly when alpha > b w. The time since
 * the last arrival counts as w once it is longer than the mean gap, so that the wait of all members together
 * never costs more than the alpha it may save (the rule of Dooly, Goldman and Scott, On-line analysis of the
 * TCP acknowledgment delay problem, J. ACM 48, 2001).
 */
export function patience(state: WaitingState): Patience {
  const { limits, rows, single, maxWaitMs, oldestAtMs } = state
  const { costs, nowMs } = limits
  const whenAll: CloseReason = single ? 'only' : 'no-gain'
  if (rows >= mostRows(limits, rows)) return { waitMs: 0, reason: 'full' }
  const untilMs = maxWaitMs === undefined ? worthwhileUntil(state) : oldestAtMs + maxWaitMs
  if (untilMs <= nowMs) return { waitMs: 0, reason: whenAll }
  const slackMs = state.dueAtMs - nowMs - (costs ? SAFETY * costOf(costs, rows + 1) : 0)
  if (slackMs <= 0) return { waitMs: 0, reason: 'deadline' }
  return { waitMs: Math.min(untilMs - nowMs, slackMs), reason: whenAll }
}

/** When the wait stops paying, ms; the past when it never did. */
function worthwhileUntil({ limits, pace, rows }: WaitingState): number {
  if (!limits.costs || pace?.gapMs === undefined) return Number.NEGATIVE_INFINITY
  const worthMs = limits.costs.alphaMs / rows
  return pace.gapMs < worthMs ? pace.lastAtMs + worthMs : Number.NEGATIVE_INFINITY
}
