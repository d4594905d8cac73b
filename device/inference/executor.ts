// The agent's side of an executor: starts the thread, watches the clock round each batch, and replaces a
// thread that is overdue or died. The batch is tried once more; three losses in a row make it suspect.

import { Worker } from 'node:worker_threads'
import { NearsideError } from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import type {
  ExecutorPlan,
  FromExecutor,
  ToExecutor,
  Work,
  WorkResult
} from './executor-protocol.ts'

/** Losses without a good batch between them after which a model is not tried again. */
export const MAX_STRIKES = 3

export interface WorkDone {
  readonly result: WorkResult
  readonly computeMs: number
}

interface ExecutorOptions {
  readonly plan: ExecutorPlan
  readonly clock: Clock
  /** Time that loading may take, ms. */
  readonly startDeadlineMs: number
}

/** The thread was lost, not the input refused: the same batch may succeed on a new thread. */
class ExecutorLost extends NearsideError {}

type Reply = Extract<FromExecutor, { type: 'done' | 'refused' }>

export class Executor {
  #options: ExecutorOptions
  #worker: Worker | undefined
  #nextId = 1
  #strikes = 0
  #leaving = new Set<Promise<void>>()

  constructor(options: ExecutorOptions) {
    this.#options = options
  }

  /** True after three losses in a row; it takes no more work. */
  get suspect(): boolean {
    return this.#strikes >= MAX_STRIKES
  }

  /**
   * Starts the thread and loads the session.
   * @throws NearsideError NS_INFERENCE_RUNTIME_MISSING, NS_INFERENCE_FAILED, NS_BUNDLE_DIGEST
   */
  async start(): Promise<void> {
    const { plan, startDeadlineMs } = this.#options
    const worker = new Worker(new URL('./executor-thread.ts', import.meta.url), {
      workerData: plan,
      name: 'nearside-executor'
    })
    this.#worker = worker
    worker.on('error', () => undefined) // a late fault of a thread that was given up must not end the agent
    const reply = await this.#expect(worker, startDeadlineMs, (message) =>
      message.type === 'ready' || message.type === 'failed' ? message : undefined
    )
    // An idle executor must not keep a command alive that forgot to close it.
    worker.unref()
    if (reply.type === 'ready') return
    this.#worker = undefined
    throw new NearsideError(reply.code, reply.sentence)
  }

  /**
   * Runs one batch. A lost thread is replaced and the batch tried once more.
   * @throws NearsideError NS_INFERENCE_DEADLINE, NS_WORKER_FAILED, or what the model refuses the input with
   */
  async run(work: Work, deadlineMs: number): Promise<WorkDone> {
    if (this.suspect)
      throw new NearsideError('NS_WORKER_FAILED', 'The model is suspect and takes no more work.')
    for (let attempt = 1; ; attempt += 1) {
      try {
        const done = await this.#attempt(work, deadlineMs)
        this.#strikes = 0
        return done
      } catch (error) {
        if (!(error instanceof ExecutorLost)) throw error
        this.#strikes += 1
        if (this.suspect || attempt === 2) throw error
      }
    }
  }

  async #attempt(work: Work, deadlineMs: number): Promise<WorkDone> {
    if (!this.#worker) await this.start()
    const worker = this.#worker
    if (!worker) throw new ExecutorLost('NS_WORKER_FAILED', 'The executor was closed.')
    const id = this.#nextId
    this.#nextId += 1
    worker.ref()
    // Copied, not transferred: the batch must still be here when the thread is lost.
    worker.postMessage({ type: 'run', id, work } satisfies ToExecutor)
    const reply: Reply = await this.#expect(worker, deadlineMs, (message) =>
      'id' in message && message.id === id ? message : undefined
    )
    worker.unref()
    if (reply.type === 'refused') throw new NearsideError(reply.code, reply.sentence)
    return { result: reply.result, computeMs: reply.computeMs }
  }

  /** Waits for one message; the thread's end, a fault in it, and the deadline all count as its loss. */
  #expect<M extends FromExecutor>(
    worker: Worker,
    deadlineMs: number,
    pick: (message: FromExecutor) => M | undefined
  ): Promise<M> {
    return new Promise((resolve, reject) => {
      const lose = (error: ExecutorLost): void => {
        stop()
        if (this.#worker === worker) this.#worker = undefined
        this.#leave(worker)
        reject(error)
      }
      const onMessage = (message: FromExecutor): void => {
        const picked = pick(message)
        if (picked === undefined) return
        stop()
        resolve(picked)
      }
      const onEnd = (): void =>
        lose(new ExecutorLost('NS_WORKER_FAILED', 'The executor of the model ended unexpectedly.'))
      const cancel = this.#options.clock.after(deadlineMs, () =>
        lose(
          new ExecutorLost(
            'NS_INFERENCE_DEADLINE',
            `The model did not answer within ${deadlineMs} ms; try again, or with less input.`
          )
        )
      )
      const stop = (): void => {
        cancel()
        worker.off('message', onMessage).off('error', onEnd).off('exit', onEnd)
      }
      worker.on('message', onMessage).on('error', onEnd).on('exit', onEnd)
    })
  }

  /**
   * Ends the thread by message, behind the batch it may run, so that the session and its memory go.
   * @returns when it and those given up earlier are gone; a thread that hangs is waited for `startDeadlineMs`
   */
  async close(): Promise<void> {
    const worker = this.#worker
    this.#worker = undefined
    if (worker) this.#leave(worker)
    if (this.#leaving.size === 0) return
    await new Promise<void>((resolve) => {
      const cancel = this.#options.clock.after(this.#options.startDeadlineMs, resolve)
      void Promise.all(this.#leaving).then(() => {
        cancel()
        resolve()
      })
    })
  }

  /**
   * Leaves a thread to end by itself once its native call returns. `terminate()` must not be used, nor may the
   * process exit meanwhile: the thread would come back from ONNX Runtime into a dead environment, and
   * the binding (1.30) then aborts the whole process with an uncaught Napi::Error.
   */
  #leave(worker: Worker): void {
    worker.ref()
    const gone = new Promise<void>((resolve) => {
      if (worker.threadId === -1)
        resolve() // ended already
      else worker.once('exit', () => resolve())
    }).then(() => {
      this.#leaving.delete(gone)
    })
    this.#leaving.add(gone)
    worker.postMessage({ type: 'stop' } satisfies ToExecutor)
  }
}
