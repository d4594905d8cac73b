// Turns a batch that was answered into what is told of it: its line in the trace and the figures of its
// requests. It keeps nothing.

import type { BatchTrace } from '../../contract/index.ts'
import type { BatchReport } from './batch-server.ts'
import type { Ticket } from './request-queue.ts'

export interface BatchFacts
  extends Pick<
    BatchTrace,
    'at' | 'model' | 'version' | 'rung' | 'instance' | 'bucket' | 'rows' | 'computeMs' | 'reason'
  > {
  readonly startedAtMs: number
  readonly predictedMs: number | undefined
}

/** @param tickets requests of the batch, in its order; the figures come back in the same order */
export function reportBatch(
  tickets: readonly Pick<Ticket<unknown>, 'queuedAtMs' | 'rows'>[],
  facts: BatchFacts
): BatchReport {
  const { at, model, version, rung, instance, bucket, rows, computeMs, reason } = facts
  let [queueMinMs, queueMaxMs] = [Number.POSITIVE_INFINITY, 0]
  const requests = tickets.map((ticket) => {
    const queueMs = facts.startedAtMs - ticket.queuedAtMs
    queueMinMs = Math.min(queueMinMs, queueMs)
    queueMaxMs = Math.max(queueMaxMs, queueMs)
    return { rows: ticket.rows, queueMs, computeMs }
  })
  const batch = { instance, requests: tickets.length, rows, bucket, queueMaxMs, queueMinMs }
  const predictedMs = facts.predictedMs ?? null
  const trace = { at, model, version, rung, ...batch, computeMs, predictedMs, reason }
  return { trace, requests }
}
