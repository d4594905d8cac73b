// What can be set about inference, with defaults. Where the values come from is the caller's business.

import { availableParallelism } from 'node:os'
import type { ShellKind } from './executor-shell.ts'

export interface InferenceSettings {
  /** Threads of one run. More than two slow the rest of the device down and gain little on small models. */
  readonly threads: number
  /** A model that was not asked for this long is unloaded and gives its memory back, ms. */
  readonly idleEndMs: number
  /** Requests that may wait for one model; more are refused at once. */
  readonly queueLimit: number
  /** Time that one batch may take before its executor is replaced, ms. */
  readonly batchDeadlineMs: number
  /** Time that loading may take, ms. Generous: an SD card under load is slow. */
  readonly startDeadlineMs: number
  /** How long a model that lost three executors in a row is left alone, ms. */
  readonly suspectRestMs: number
  /** Where executors live; `executor-shell.ts` says what each costs. */
  readonly shell: ShellKind
  /** Module that gives ONNX Runtime. */
  readonly runtime: string
}

export const DEFAULT_INFERENCE_SETTINGS: InferenceSettings = {
  threads: Math.min(2, availableParallelism()),
  idleEndMs: 60_000,
  queueLimit: 512,
  batchDeadlineMs: 30_000,
  startDeadlineMs: 60_000,
  suspectRestMs: 300_000,
  shell: 'process',
  runtime: 'onnxruntime-node'
}
