// What is said of a job when it ends, or when it is asked for what its state does not allow.

import { type Job, NearsideError, type ResultRecord } from '../../contract/index.ts'
import type { ReportSummary } from './job-messages.ts'

const NO_FINDINGS = { critical: 0, high: 0, medium: 0, low: 0, info: 0 }

/** The record of an ended job for the result stream: counts, no content. */
export function resultRecord(job: Job, summary: ReportSummary | null): ResultRecord {
  const state = job.state === 'done' || job.state === 'cancelled' ? job.state : 'failed'
  return {
    job: job.id,
    kind: job.kind,
    state,
    inputs: job.inputs,
    failures: summary?.failures ?? job.progress.failed,
    findings: summary?.findings ?? NO_FINDINGS,
    durationMs: Math.max(0, (job.endedAt ?? job.createdAt) - (job.startedAt ?? job.createdAt)),
    models: summary?.models ?? []
  }
}

/** A job that is done cannot be paused, and the like. */
export function stateError(
  job: Job,
  wish: 'paused' | 'resumed' | 'cancelled' | 'run again'
): NearsideError {
  return new NearsideError('NS_JOB_STATE', `The job is ${job.state} and cannot be ${wish}.`)
}
