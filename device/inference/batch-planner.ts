// Plans the next batch of one model from what was learnt: the costs of its servers and the pace of its
// requests, within the limits that are set. It starts nothing and changes no queue.

import { ArrivalPace } from './arrival-pace.ts'
import { BatchCosting, costOf } from './batch-cost-model.ts'
import { type BatchLimits, likelyRows, type Patience, patience } from './batch-former.ts'
import type { RunLimits } from './batch-server.ts'
import { fairShare } from './fair-share.ts'
import type { RequestQueue, Ticket } from './request-queue.ts'
import {
  chooseServer,
  expectedFree,
  type ServerChoice,
  type ServerOutlook
} from './server-choice.ts'

/** What the planner must know of a server. */
export interface PlannedServer {
  readonly kind: string
  /** Servers of one lane compute one after the other; undefined: beside all others. */
  readonly lane: string | undefined
  readonly maxBatch: number
  readonly preferred: readonly number[]
  readonly state: 'idle' | 'claiming' | 'running'
  readonly startedAtMs: number
  /** Expected duration of what it runs; undefined when unknown. */
  readonly expectedMs: number | undefined
}

/** The leader of the next batch, the queue that it stands in, and the time. */
export interface Situation<Value> {
  readonly queue: RequestQueue<Value>
  readonly leader: Ticket<Value>
  readonly nowMs: number
}

/** The rows that wait in a bucket, and the time. */
export interface Share {
  readonly bucket: string
  readonly rows: number
  readonly nowMs: number
}

/**
 * Bytes of a batch on its way to a server. They are joined, written and read in one go, which holds the loop of the
 * agent up by some 3 ms a megabyte; beyond this no model gains from more rows what it costs all others.
 */
const MOST_BYTES = 32 * 1024 * 1024

const isRunning = ({ state }: PlannedServer): boolean => state !== 'idle'

export class BatchPlanner {
  readonly costing = new BatchCosting()
  readonly pace = new ArrivalPace()
  limits: RunLimits
  /** Fixed longest wait for a fuller batch, ms; undefined: as long as waiting pays. */
  maxWaitMs: number | undefined

  constructor(limits: RunLimits, maxWaitMs: number | undefined) {
    this.limits = limits
    this.maxWaitMs = maxWaitMs
  }

  /** Duration that a batch is expected to take, ms; undefined before one like it ran. */
  expectedMs(server: PlannedServer, bucket: string, rows: number): number | undefined {
    const costs = this.costing.costs(server.kind, bucket)
    return costs && costOf(costs, rows)
  }

  /**
   * Rows of a bucket that a server should take at most, because others that compute beside it can start soon
   * enough to finish the rest earlier than it would.
   */
  shareOf(
    server: PlannedServer,
    servers: readonly PlannedServer[],
    { bucket, rows, nowMs }: Share
  ): number {
    const costs = this.costing.costs(server.kind, bucket)
    if (!costs || servers.length === 1 || rows <= 1) return rows
    let idleLeft = this.limits.servers - 1 - servers.filter(isRunning).length
    const peers = servers.flatMap((peer) => {
      const peerCosts = this.costing.costs(peer.kind, bucket)
      const { freeAtMs } = freedom(peer, nowMs)
      const beside = peer.lane === undefined || peer.lane !== server.lane
      if (peer === server || !beside || !peerCosts || freeAtMs === undefined) return []
      if (!isRunning(peer)) idleLeft -= 1
      return isRunning(peer) || idleLeft >= 0 ? [{ freeAtMs, costs: peerCosts }] : []
    })
    return fairShare({ freeAtMs: nowMs, costs }, peers, rows)
  }

  limitsOf(
    server: PlannedServer,
    leader: Pick<Ticket<unknown>, 'bucket' | 'rowBytes'>,
    nowMs: number
  ): BatchLimits {
    return {
      nowMs,
      costs: this.costing.costs(server.kind, leader.bucket),
      goalMs: this.limits.goalMs,
      maxRows: Math.min(server.maxBatch, Math.max(1, Math.floor(MOST_BYTES / leader.rowBytes))),
      throttledRows: this.limits.batchRows,
      preferred: server.preferred
    }
  }

  /** Which server should get the batch that the leader heads. */
  choose<Value>(servers: readonly PlannedServer[], situation: Situation<Value>): ServerChoice {
    const { queue, leader, nowMs } = situation
    const waitingRows = queue.rowsOf(leader.bucket)
    const outlooks = servers.map((server): ServerOutlook => {
      const limits = this.limitsOf(server, leader, nowMs)
      const rows = likelyRows(leader, limits, waitingRows)
      const costMs = limits.costs && costOf(limits.costs, rows)
      return { ...freedom(server, nowMs), costMs, rows }
    })
    return chooseServer(outlooks, nowMs, queue.rows)
  }

  /** Duration of the batch that the leader would head now, ms; 1 when nothing is known. */
  likelyMs<Value>(server: PlannedServer, { queue, leader, nowMs }: Situation<Value>): number {
    const limits = this.limitsOf(server, leader, nowMs)
    const rows = likelyRows(leader, limits, queue.rowsOf(leader.bucket))
    return limits.costs ? costOf(limits.costs, rows) : 1
  }

  /** Whether the batch should wait for more requests. */
  patience<Value>(server: PlannedServer, { queue, leader, nowMs }: Situation<Value>): Patience {
    // While another bucket waits, whose batch could run, idling for a fuller one wastes the server.
    if (queue.buckets > 1) return { waitMs: 0, reason: 'no-gain' }
    return patience({
      limits: this.limitsOf(server, leader, nowMs),
      rows: queue.rows,
      single: queue.size === 1,
      pace: this.pace.of(leader.bucket),
      dueAtMs: leader.dueAtMs,
      oldestAtMs: queue.oldest?.queuedAtMs ?? nowMs,
      maxWaitMs: this.maxWaitMs
    })
  }
}

function freedom(
  { state, startedAtMs, expectedMs }: PlannedServer,
  nowMs: number
): Pick<ServerOutlook, 'idle' | 'freeAtMs'> {
  if (state === 'idle') return { idle: true, freeAtMs: nowMs }
  if (state === 'claiming' || expectedMs === undefined) return { idle: false, freeAtMs: undefined }
  return { idle: false, freeAtMs: expectedFree(startedAtMs, expectedMs, nowMs) }
}
