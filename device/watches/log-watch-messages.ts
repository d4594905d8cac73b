// What the agent and its log watch thread say to each other.

import type { LogAnomaly, LogOverview, LogRecord } from '../../contract/index.ts'
import type { LogWatchState } from './log-watch-loop.ts'

/** A log file (or pattern) or the journal of a systemd unit, `*` for all. */
export type LogWatchSource =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'journal'; readonly unit: string }

export interface LogWatchPlan {
  readonly sources: readonly LogWatchSource[]
  /** File that keeps what was learnt. */
  readonly stateFile: string
  /** What an earlier run learnt; read by the agent, so that the thread needs no schemas. */
  readonly state: LogWatchState | undefined
}

export type FromLogWatch =
  | { readonly kind: 'ready' }
  | { readonly kind: 'overview'; readonly overview: LogOverview }
  | { readonly kind: 'record'; readonly record: LogRecord }
  | { readonly kind: 'anomaly'; readonly anomaly: LogAnomaly }

export interface ToLogWatch {
  readonly kind: 'stop'
}
