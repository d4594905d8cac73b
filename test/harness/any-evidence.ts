// Evidence of the advisor for tests that care about one or two of its figures, and lines of a trace.

import type { BatchTrace } from '../../contract/index.ts'
import type { Evidence } from '../../device/advisor/advisor-evidence.ts'

/** A model on the CPU that is neither idle nor pressed; `over` says what is different. */
export function anyEvidence(over: Partial<Evidence> = {}): Evidence {
  return {
    ...{ at: 1000, model: 'tiny', version: '1.0.0', rung: 'cpu', seconds: 60 },
    ...{ requests: 6000, batches: 3000, rows: 6000, queueMs: 1, computeMs: 8, roundTripMs: 8.4 },
    ...{ p95Ms: 12, servers: 1, busy: 0.42, concurrency: 1, batchBytes: null, line: null },
    reasons: { full: 0, deadline: 0, 'no-gain': 0.5, only: 0.5, throttled: 0, shared: 0 },
    ...{ loadingShare: 0, latencyGoalMs: 100, gpu: null },
    settings: { instances: 1, maxBatch: 8, threads: 1, maxWaitMs: null },
    machine: { cpuLoadPercent: 40, memoryPercent: 50, diskMbPerS: 0.1, ioStallPercent: 0 },
    ...over
  }
}

export function anyGpuEvidence(over: Partial<NonNullable<Evidence['gpu']>> = {}) {
  return {
    ...{ name: 'NVIDIA H100', loadPercent: 60, memoryPercent: 20, memoryLoadPercent: 20 },
    ...{ temperatureC: 60, powerW: 300, freeMb: 60_000, unifiedMemory: false },
    ...{ thermalShare: 0, powerShare: 0 },
    ...over
  }
}

/** A batch that ran. */
export function anyTrace(over: Partial<BatchTrace> = {}): BatchTrace {
  return {
    ...{ at: 1000, model: 'tiny', version: '1.0.0', rung: 'cpu', instance: 0 },
    ...{ requests: 1, rows: 1, bucket: 'x:FP32[2]', queueMaxMs: 0, queueMinMs: 0 },
    ...{ computeMs: 1, predictedMs: null, reason: 'only' },
    ...over
  }
}
