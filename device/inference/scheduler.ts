// The queue before one model: forms batches of requests that fit together, hands them to whichever server
// stands at the front, and can swap that server between two batches. Pure: no threads, no timers.

import { NearsideError, toNearsideError } from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'

export interface Request<Item> {
  readonly item: Item
  /** Only requests of one bucket share a batch; padding is wasted between unlike shapes. */
  readonly bucket: string
  /** What it counts towards `maxBatch`. */
  readonly size: number
  readonly signal?: AbortSignal
}

/** Runs batches, one at a time; `about` says which model version answered. */
export interface BatchServer<Item, Answer, About> {
  readonly about: About
  /** Largest sum of sizes in one batch. */
  readonly maxBatch: number
  run(items: readonly Item[]): Promise<{ answers: readonly Answer[]; computeMs: number }>
}

export interface Served<Answer, About> {
  readonly answer: Answer
  readonly about: About
  /** Requests of the batch that it was part of. */
  readonly batchSize: number
  readonly queueMs: number
  readonly computeMs: number
}

interface Waiting<Item, Answer, About> extends Request<Item> {
  readonly queuedAtMs: number
  readonly resolve: (served: Served<Answer, About>) => void
  readonly reject: (error: NearsideError) => void
  readonly forget: () => void
}

export interface SchedulerOptions {
  readonly model: string
  readonly clock: Clock
  /** Requests that may wait; beyond it a request is refused at once. */
  readonly queueLimit: number
  /** Called when a request waits and no server stands at the front. */
  readonly onWaiting: () => void
  /** Called after each batch, once its requests are answered. */
  readonly onBatch: (served: readonly { queueMs: number; computeMs: number }[]) => void
}

export class Scheduler<Item, Answer, About> {
  #options: SchedulerOptions
  #queue: Waiting<Item, Answer, About>[] = []
  #server: BatchServer<Item, Answer, About> | undefined
  #running: Promise<void> | undefined

  constructor(options: SchedulerOptions) {
    this.#options = options
  }

  get waiting(): number {
    return this.#queue.length
  }

  get busy(): boolean {
    return this.#running !== undefined || this.#queue.length > 0
  }

  /**
   * Queues a request. An aborted one leaves the queue; one that already runs is answered and dropped.
   * @throws NearsideError NS_INFERENCE_OVERLOADED, NS_JOB_CANCELLED, or what its batch failed with
   */
  submit(request: Request<Item>): Promise<Served<Answer, About>> {
    const { model, queueLimit, clock, onWaiting } = this.#options
    if (request.signal?.aborted) return Promise.reject(cancelled())
    if (this.#queue.length >= queueLimit) {
      const sentence = `${queueLimit} requests already wait for ${model}; try again in a moment.`
      return Promise.reject(new NearsideError('NS_INFERENCE_OVERLOADED', sentence))
    }
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#queue = this.#queue.filter((other) => other !== waiting)
        reject(cancelled())
      }
      const waiting: Waiting<Item, Answer, About> = {
        ...request,
        queuedAtMs: clock.monotonicMs(),
        resolve,
        reject,
        forget: () => request.signal?.removeEventListener('abort', onAbort)
      }
      request.signal?.addEventListener('abort', onAbort, { once: true })
      this.#queue.push(waiting)
      if (this.#server) this.#pump()
      else onWaiting()
    })
  }

  /**
   * Puts another server to the front; the next batch goes to it. Undefined: requests wait.
   * @returns when the batch that the former server may still be running is over
   */
  async serveWith(server: BatchServer<Item, Answer, About> | undefined): Promise<void> {
    const running = this.#running
    this.#server = server
    this.#pump()
    await running
  }

  /** Fails every request that waits. */
  failAll(error: NearsideError): void {
    for (const { reject, forget } of this.#queue.splice(0)) {
      forget()
      reject(error)
    }
  }

  #pump(): void {
    if (this.#running || !this.#server || this.#queue.length === 0) return
    this.#running = this.#serve(this.#server, this.#takeBatch(this.#server.maxBatch)).finally(
      () => {
        this.#running = undefined
        this.#pump()
      }
    )
  }

  /** The oldest request and, in order, those of its bucket that still fit. */
  #takeBatch(maxBatch: number): Waiting<Item, Answer, About>[] {
    const bucket = this.#queue[0]?.bucket
    const batch: Waiting<Item, Answer, About>[] = []
    let size = 0
    this.#queue = this.#queue.filter((waiting) => {
      const fits =
        waiting.bucket === bucket && (batch.length === 0 || size + waiting.size <= maxBatch)
      if (!fits) return true
      size += waiting.size
      batch.push(waiting)
      waiting.forget()
      return false
    })
    return batch
  }

  async #serve(
    server: BatchServer<Item, Answer, About>,
    batch: readonly Waiting<Item, Answer, About>[]
  ): Promise<void> {
    const startedAtMs = this.#options.clock.monotonicMs()
    try {
      const { answers, computeMs } = await server.run(batch.map(({ item }) => item))
      const figures = batch.map(({ queuedAtMs }) => ({
        queueMs: startedAtMs - queuedAtMs,
        computeMs
      }))
      this.#options.onBatch(figures)
      for (const [index, { resolve }] of batch.entries()) {
        const queueMs = figures[index]?.queueMs ?? 0
        const answer = answers[index] as Answer
        resolve({ answer, about: server.about, batchSize: batch.length, queueMs, computeMs })
      }
    } catch (error) {
      for (const { reject } of batch) reject(toNearsideError(error))
    }
  }
}

function cancelled(): NearsideError {
  return new NearsideError('NS_JOB_CANCELLED', 'The request was cancelled before it was answered.')
}
