// What the scheduler and those who use it agree on: requests, the servers that answer them, and what comes
// back with an answer.

import type { BatchTrace } from '../../contract/index.ts'
import type { AnswerFigures } from './model-statistics.ts'

export interface RequestOptions {
  /** A cancelled request leaves the queue; one that runs is answered all the same. */
  readonly signal?: AbortSignal
  /** 1 goes first, 9 last; 0 or nothing: the model's default. */
  readonly priority?: number
  /** How long it may wait to be started, ms. */
  readonly timeoutMs?: number
  /** What happens then: it fails (the default), or it goes behind all others. */
  readonly onTimeout?: 'reject' | 'defer'
  /** Time from now within which the answer is wanted, ms; orders requests and limits batches, fails none. */
  readonly deadlineMs?: number
}

export interface Request<Item> extends RequestOptions {
  readonly item: Item
  /** Only requests of one bucket (shape and data type) share a batch. */
  readonly bucket: string
  /** Rows: what it counts towards the size of a batch, at least 1. */
  readonly size: number
  /** Bytes of one row on their way to the server; nothing: too few to matter. */
  readonly rowBytes?: number
}

/** Runs batches, one at a time; `about` says which model version answers. */
export interface BatchServer<Item, Answer, About> {
  readonly about: About
  /** Largest sum of sizes in one batch; a larger single request runs alone. */
  readonly maxBatch: number
  /** Servers of one kind (version, rung, device type) cost alike and share what was learnt. */
  readonly kind?: string
  /** Device whose execution slots it shares with other models; nothing: it has its own. */
  readonly device?: string
  /** Servers of one lane compute one after the other, as two on one GPU do; nothing: beside all others. */
  readonly lane?: string
  /** Sizes that it runs best, as of a TensorRT profile. */
  readonly preferred?: readonly number[]
  run(items: readonly Item[]): Promise<{ answers: readonly Answer[]; computeMs: number }>
}

export interface Served<Answer, About> {
  readonly answer: Answer
  readonly about: About
  /** Requests of the batch that it was part of, and their rows. */
  readonly batchSize: number
  readonly rows: number
  readonly queueMs: number
  readonly computeMs: number
  /** Place of its server among the model's. */
  readonly instance: number
  /** Why its batch was closed at this size. */
  readonly reason: BatchTrace['reason']
}

/** What a batch is reported with: its line in the trace, and the figures of each of its requests. */
export interface BatchReport {
  readonly trace: BatchTrace
  readonly requests: readonly AnswerFigures[]
}

/** Gives a slot back; called with the time that the batch took, ms, or 0 if none ran. */
export type SlotRelease = (tookMs: number) => void

/** Gives execution slots of shared devices; `DeviceArbiter` is one. */
export interface SlotSource {
  /**
   * @param costMs what the batch is expected to take
   * @returns when the slot is granted, how to give it back
   */
  acquire(device: string, model: string, costMs: number): Promise<SlotRelease>
}

/** What heat, power and the observed latency leave of a model's means. */
export interface RunLimits {
  /** Servers that may run at once. */
  readonly servers: number
  /** Rows of one batch. */
  readonly batchRows: number
  /** What one batch may take, ms. */
  readonly goalMs: number
}
