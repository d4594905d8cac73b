// A job while its thread runs: what the thread reports becomes progress, stored results and an end.

import {
  ERROR_KINDS,
  type ErrorCode,
  type Job,
  type JobInput,
  NearsideError,
  toNearsideError
} from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { InputOutcome, JobStore } from '../store/index.ts'
import type {
  FromThread,
  JobThreadData,
  PlainError,
  ReportSummary,
  StoredItem
} from './job-messages.ts'
import type { JobRun, JobRunHandlers } from './job-run.ts'
import { RateMeter } from './progress-rate.ts'

/** Progress is told to pages at most this often, ms. */
const TELL_MS = 250

/** How a job ended, and what its report comes to. */
export interface JobEnd {
  readonly patch: Partial<Job>
  readonly summary: ReportSummary | null
}

interface ActiveJobOptions {
  readonly job: Job
  readonly store: JobStore
  readonly clock: Clock
  readonly onProgress: (progress: Job['progress']) => void
  /** Called once, when the thread has ended; null when it was halted. */
  readonly onEnd: (end: JobEnd | null) => void
}

const UNITS = {
  documents: 'Reading documents.',
  lines: 'Reading lines.',
  rows: 'Reading rows.',
  bytes: 'Reading.'
} as const

const plural = (count: number, noun: string): string =>
  `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`

/** A job whose every document was refused has failed, for the reason of the first. */
function nothingRead({ code, sentence, name }: JobInput): PlainError {
  const known = code !== null && Object.hasOwn(ERROR_KINDS, code)
  return {
    code: known ? (code as ErrorCode) : 'NS_INPUT_UNREADABLE',
    sentence: sentence ?? `${name} could not be read; try another file.`
  }
}

export class ActiveJob {
  #options: ActiveJobOptions
  #run: JobRun | undefined
  #end: JobEnd | null = null
  #progress: Job['progress']
  #meter = new RateMeter()
  #toldMs = Number.NEGATIVE_INFINITY
  #paused = false
  #halted = false
  #broken = false

  constructor(options: ActiveJobOptions) {
    this.#options = options
    this.#progress = { ...options.job.progress }
  }

  /** What a running job says of itself. */
  static sentence(job: Job): string {
    return UNITS[job.progress.unit]
  }

  get paused(): boolean {
    return this.#paused
  }

  get progress(): Job['progress'] {
    return this.#progress
  }

  /** What the thread starts from. @throws NearsideError NS_JOB_INPUTS_GONE when the inputs were wiped */
  threadData(place: Pick<JobThreadData, 'device' | 'vault'>): JobThreadData {
    const { job, store } = this.#options
    const files = store.inputRows(job.id).map(({ name, bytes, sha256, vault }) => {
      if (vault === null)
        throw new NearsideError(
          'NS_JOB_INPUTS_GONE',
          'The uploaded files were wiped; upload them again.'
        )
      return { name, bytes, sha256, vaultId: vault }
    })
    return {
      ...place,
      job: job.id,
      kind: job.kind,
      options: job.options,
      files,
      resumed: [...store.items(job.id)] as StoredItem[]
    }
  }

  begin(start: (handlers: JobRunHandlers) => JobRun): void {
    this.#run = start({
      onMessage: (message) => this.#takeOrFail(message),
      onEnd: (error) => {
        if (error) this.#fail({ code: error.code, sentence: error.message })
        this.#options.onEnd(this.#halted ? null : this.#end)
      }
    })
  }

  pause(): void {
    this.#paused = true
    this.#meter.reset()
    this.#run?.pause()
  }

  resume(): void {
    this.#paused = false
    this.#run?.resume()
  }

  /** Ends the thread without an end of the job: it was cancelled, or goes on after a restart. */
  async halt(): Promise<void> {
    this.#halted = true
    await this.#run?.cancel()
  }

  /** What cannot be stored, as on a full disk, ends the job and not the device. */
  #takeOrFail(message: Parameters<JobRunHandlers['onMessage']>[0]): void {
    if (this.#broken) return
    try {
      this.#take(message)
    } catch (error) {
      this.#broken = true
      const { code, message: sentence } = toNearsideError(error)
      this.#end = null
      this.#fail({ code, sentence })
      void this.#run?.cancel()
    }
  }

  #take(message: Parameters<JobRunHandlers['onMessage']>[0]): void {
    if (message.type === 'progress') this.#advance(message)
    else if (message.type === 'items') this.#store(message.items)
    else if (message.type === 'input') this.#read(message.index, message.error)
    else if (message.type === 'failed') this.#fail(message.error)
    else this.#done(message)
  }

  #advance({ done, failed, total }: Extract<FromThread, { type: 'progress' }>): void {
    const nowMs = this.#options.clock.monotonicMs()
    this.#meter.mark(nowMs, done)
    this.#progress = {
      ...this.#progress,
      done,
      failed,
      total,
      ...this.#meter.rate(nowMs, done, total)
    }
    if (nowMs - this.#toldMs < TELL_MS || this.#paused) return
    this.#toldMs = nowMs
    this.#options.onProgress(this.#progress)
  }

  #store(items: Extract<FromThread, { type: 'items' }>['items']): void {
    const outcomes = items.map(
      ({ input }): InputOutcome => ({ index: input, state: 'done', code: null, sentence: null })
    )
    this.#options.store.addItems(this.#options.job.id, items, outcomes)
  }

  #read(index: number, error: PlainError | null): void {
    if (error)
      this.#options.store.setInput(this.#options.job.id, { index, state: 'failed', ...error })
  }

  #fail({ code, sentence }: PlainError): void {
    this.#end ??= {
      patch: { state: 'failed', code, sentence, progress: this.#still() },
      summary: null
    }
  }

  #done({ reportId, summary }: Extract<FromThread, { type: 'done' }>): void {
    const { job, store } = this.#options
    store.setReport(job.id, reportId)
    if (job.progress.unit !== 'documents') {
      for (let index = 0; index < job.inputs; index += 1)
        store.setInput(job.id, { index, state: 'done', code: null, sentence: null })
    }
    const { done, failed, unit } = this.#progress
    const read = done - failed
    const first =
      read === 0 ? store.inputs(job.id).find(({ state }) => state === 'failed') : undefined
    if (first) {
      this.#fail(nothingRead(first))
      return
    }
    const unread = failed > 0 ? `; ${failed.toLocaleString('en')} could not be read` : ''
    const sentence = `Read ${plural(read, unit.slice(0, -1))}${unread}.`
    this.#end = { patch: { state: 'done', sentence, progress: this.#still() }, summary }
  }

  #still(): Job['progress'] {
    return { ...this.#progress, perMinute: null, secondsLeft: null }
  }
}
