// Reads documents in one or two threads, started on demand and ended when idle. A document that takes too long
// ends its thread and is refused; the next one goes on in a new thread.

import { Worker } from 'node:worker_threads'
import { ERROR_KINDS, type ErrorCode, NearsideError } from '../../contract/errors.ts'
import { type Cancel, type Clock, systemClock } from '../../kernel/clock.ts'
import type { DocumentFile } from './document-reader.ts'
import type { FromDocumentThread, ToDocumentThread } from './document-thread.ts'
import type { PagedDocument } from './extracted-text.ts'

export interface DocumentPoolOptions {
  /** Threads at most; 2, since reading shares the machine with the model. */
  readonly threads?: number
  /** Time for one document, ms; 60,000. */
  readonly timeoutMs?: number
  /** A thread without work ends after this time, ms; 5,000. */
  readonly idleMs?: number
  readonly clock?: Pick<Clock, 'after'>
  /** The thread's program; tests give one that hangs. */
  readonly program?: URL
}

interface Task {
  readonly file: DocumentFile
  readonly signal: AbortSignal | undefined
  readonly resolve: (document: PagedDocument) => void
  readonly reject: (error: unknown) => void
}

interface Thread {
  readonly worker: Worker
  task: Task | undefined
  cancelTimer: Cancel
}

/** Memory of one thread, MB; a document that needs more is refused instead of ending the process. */
const THREAD_MEMORY_MB = 768

/**
 * Threads that read documents; close it when done.
 * @public
 */
export class DocumentPool {
  readonly #options: Required<DocumentPoolOptions>
  readonly #threads = new Set<Thread>()
  readonly #waiting: Task[] = []
  #closed = false

  constructor(options: DocumentPoolOptions = {}) {
    this.#options = {
      threads: options.threads ?? 2,
      timeoutMs: options.timeoutMs ?? 60_000,
      idleMs: options.idleMs ?? 5000,
      clock: options.clock ?? systemClock,
      program: options.program ?? new URL('./document-thread.ts', import.meta.url)
    }
  }

  /** Reads one document. @throws NearsideError NS_INPUT_*, NS_JOB_TIMEOUT, NS_JOB_CANCELLED */
  read(file: DocumentFile, signal?: AbortSignal): Promise<PagedDocument> {
    if (this.#closed || signal?.aborted) return Promise.reject(cancelled())
    return new Promise((resolve, reject) => {
      const task: Task = { file, signal, resolve, reject }
      signal?.addEventListener('abort', () => this.#abort(task), { once: true })
      this.#waiting.push(task)
      this.#next()
    })
  }

  /** Ends all threads; what was waiting or being read is refused. */
  async close(): Promise<void> {
    this.#closed = true
    for (const task of this.#waiting.splice(0)) task.reject(cancelled())
    const threads = [...this.#threads]
    await Promise.all(threads.map((thread) => this.#end(thread, cancelled())))
  }

  /** Gives waiting documents to idle threads, and starts threads while there may be more. */
  #next(): void {
    while (this.#waiting.length > 0) {
      const thread = [...this.#threads].find((known) => known.task === undefined) ?? this.#start()
      if (!thread) return
      const task = this.#waiting.shift()
      if (task) this.#assign(thread, task)
    }
  }

  /** A new thread, or undefined when there are enough. */
  #start(): Thread | undefined {
    if (this.#threads.size >= this.#options.threads) return undefined
    const worker = new Worker(this.#options.program, {
      resourceLimits: { maxOldGenerationSizeMb: THREAD_MEMORY_MB },
      stdout: true,
      stderr: true
    })
    const thread: Thread = { worker, task: undefined, cancelTimer: () => undefined }
    worker.on('message', (reply: FromDocumentThread) => this.#answered(thread, reply))
    worker.on(
      'error',
      () => void this.#end(thread, unreadable(thread.task?.file.name ?? 'The file'))
    )
    worker.unref()
    this.#threads.add(thread)
    return thread
  }

  /** Hands a document over and starts its clock. */
  #assign(thread: Thread, task: Task): void {
    thread.cancelTimer()
    thread.task = task
    // A busy thread keeps the process alive, an idle one does not.
    thread.worker.ref()
    thread.cancelTimer = this.#options.clock.after(this.#options.timeoutMs, () => {
      void this.#end(thread, tooSlow(task.file.name, this.#options.timeoutMs))
    })
    thread.worker.postMessage({ type: 'read', file: task.file } satisfies ToDocumentThread)
  }

  /** Takes the answer, frees the thread, and lets it end when nothing comes. */
  #answered(thread: Thread, reply: FromDocumentThread): void {
    const { task } = thread
    thread.cancelTimer()
    thread.task = undefined
    thread.worker.unref()
    thread.cancelTimer = this.#options.clock.after(
      this.#options.idleMs,
      () => void this.#stop(thread)
    )
    if (reply.ok) task?.resolve(reply.document)
    else task?.reject(new NearsideError(codeOf(reply.code), reply.sentence))
    this.#next()
  }

  /** Lets an idle thread end by itself. */
  #stop(thread: Thread): void {
    this.#threads.delete(thread)
    thread.worker.postMessage({ type: 'stop' } satisfies ToDocumentThread)
  }

  /** Ends a thread at once and refuses what it was reading. */
  async #end(thread: Thread, reason: NearsideError): Promise<void> {
    if (!this.#threads.delete(thread)) return
    thread.cancelTimer()
    thread.task?.reject(reason)
    thread.task = undefined
    this.#next()
    await thread.worker.terminate()
  }

  /** A document that waits is dropped; one that is being read takes its thread with it. */
  #abort(task: Task): void {
    const at = this.#waiting.indexOf(task)
    if (at >= 0) this.#waiting.splice(at, 1)
    task.reject(cancelled())
    const thread = [...this.#threads].find((known) => known.task === task)
    if (thread) void this.#end(thread, cancelled())
  }
}

const cancelled = (): NearsideError =>
  new NearsideError('NS_JOB_CANCELLED', 'Reading was cancelled; start the job again to go on.')

const tooSlow = (name: string, timeoutMs: number): NearsideError =>
  new NearsideError(
    'NS_JOB_TIMEOUT',
    `${name} took longer than ${Math.round(timeoutMs / 1000)} s to read; split it and try again.`
  )

const unreadable = (name: string): NearsideError =>
  new NearsideError(
    'NS_INPUT_UNREADABLE',
    `${name} needs more memory than one document may take; split it and try again.`
  )

const codeOf = (code: string): ErrorCode =>
  Object.hasOwn(ERROR_KINDS, code) ? (code as ErrorCode) : 'NS_INTERNAL'
