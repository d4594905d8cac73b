// The agent's side of a job's thread: starts it, passes its calls for inference on, ends it for sure.

import { Worker } from 'node:worker_threads'
import type { InferencePort } from '../../analysis/index.ts'
import { NearsideError, toNearsideError } from '../../contract/index.ts'
import type { FromThread, JobThreadData, ToThread } from './job-messages.ts'

/** A thread that does not end by itself within this time after a cancel is ended, ms. */
const CANCEL_PATIENCE_MS = 2000

export interface JobRunHandlers {
  onMessage(message: Exclude<FromThread, { type: 'classify' }>): void
  /** The thread has ended; nothing more comes. */
  onEnd(error: NearsideError | null): void
}

export class JobRun {
  #worker: Worker
  #calls = new AbortController()
  #settled = false

  constructor(data: JobThreadData, inference: InferencePort, handlers: JobRunHandlers) {
    this.#worker = new Worker(new URL('./job-thread.ts', import.meta.url), {
      workerData: data,
      name: `job ${data.job}`
    })
    this.#worker.on('message', (message: FromThread) => {
      if (message.type === 'classify') return void this.#classify(message, inference)
      if (message.type === 'done' || message.type === 'failed') this.#settled = true
      handlers.onMessage(message)
    })
    this.#worker.on('error', () => {
      this.#settled = true
      const sentence = 'The thread of the job ended unexpectedly; start the job again.'
      handlers.onMessage({ type: 'failed', error: { code: 'NS_WORKER_FAILED', sentence } })
    })
    this.#worker.on('exit', () => {
      this.#calls.abort()
      handlers.onEnd(
        this.#settled
          ? null
          : new NearsideError(
              'NS_WORKER_FAILED',
              'The thread of the job ended early; start the job again.'
            )
      )
    })
  }

  pause(): void {
    this.#send({ type: 'pause' })
  }

  resume(): void {
    this.#send({ type: 'resume' })
  }

  /** Asks the thread to end, and ends it when it does not. */
  async cancel(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.#worker.once('exit', () => resolve()))
    this.#send({ type: 'cancel' })
    const timer = setTimeout(() => void this.#worker.terminate(), CANCEL_PATIENCE_MS)
    await ended
    clearTimeout(timer)
  }

  #send(message: ToThread): void {
    this.#worker.postMessage(message)
  }

  async #classify(
    call: Extract<FromThread, { type: 'classify' }>,
    inference: InferencePort
  ): Promise<void> {
    try {
      const result = await inference.classifySentences(
        call.model,
        call.documents,
        this.#calls.signal
      )
      this.#send({ type: 'classified', call: call.call, result })
    } catch (error) {
      const { code, message } = toNearsideError(error)
      this.#send({ type: 'classify-failed', call: call.call, error: { code, sentence: message } })
    }
  }
}
