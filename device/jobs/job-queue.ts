// Jobs from their creation to their report: who waits, who runs, what survives a restart. The work itself
// is done in threads (job-run.ts); the files lie in the vault.

import type { InferencePort } from '../../analysis/index.ts'
import {
  type Job,
  type JobInput,
  NearsideError,
  type ReportKind,
  type ResultRecord
} from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { EventBus } from '../../kernel/event-bus.ts'
import { newId } from '../../kernel/ids.ts'
import type { JobStore } from '../store/index.ts'
import type { Vault } from '../vault/index.ts'
import { ActiveJob, type JobEnd } from './active-job.ts'
import { analysisOf } from './analysis-registry.ts'
import type { JobFile, JobThreadData, StoredResult } from './job-messages.ts'
import { resultRecord, stateError } from './job-outcome.ts'
import { JobRun } from './job-run.ts'

export interface JobEvents {
  job: Job
  'job-removed': { id: string }
  /** A job reached its end. */
  result: ResultRecord
}

export interface JobQueueOptions {
  readonly store: JobStore
  readonly vault: Vault
  /** Where the threads find the vault, and its key. */
  readonly vaultAt: JobThreadData['vault']
  readonly inference: InferencePort
  readonly clock: Clock
  readonly bus: EventBus<JobEvents>
  readonly device: string
  /** Jobs that run at the same time; default 2, one thread each. */
  readonly parallel?: number
  /** Jobs that may wait; default 500. */
  readonly waitingLimit?: number
  /** Inputs and reports are wiped this long after the end, ms; default 24 h. */
  readonly keepMs?: number
}

export interface NewJob {
  readonly id: string
  readonly kind: ReportKind
  readonly title: string
  readonly options: Record<string, unknown>
  readonly files: readonly JobFile[]
}

/** Pause before an end that could not be stored is stored again, ms. */
const END_AGAIN_MS = 2000
const DAY_MS = 24 * 3600 * 1000
const ENDED = new Set<Job['state']>(['done', 'failed', 'cancelled'])

export class JobQueue {
  #options: Required<JobQueueOptions>
  #active = new Map<string, ActiveJob>()
  #stopping = false

  constructor(options: JobQueueOptions) {
    this.#options = { parallel: 2, waitingLimit: 500, keepMs: DAY_MS, ...options }
  }

  /** Takes up the jobs that a former process left behind, and begins to run what waits. */
  start(): void {
    for (const job of this.#options.store.list()) {
      if (job.state === 'running')
        this.#change(job.id, {
          state: 'waiting',
          startedAt: null,
          sentence: 'Waiting to go on after a restart.'
        })
    }
    this.#next()
  }

  /** Ends the threads; running jobs go on at the next start. */
  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all([...this.#active.values()].map((active) => active.halt()))
  }

  /** A new id, under whose name the inputs are put into the vault before the job exists. */
  newJobId(): string {
    return newId(this.#options.clock.now())
  }

  /** @throws NearsideError NS_JOB_QUEUE_FULL, NS_INPUT_EMPTY */
  create({ id, kind, title, options, files }: NewJob): Job {
    const waiting = this.list().filter((job) => job.state === 'waiting').length
    if (waiting >= this.#options.waitingLimit) {
      throw new NearsideError(
        'NS_JOB_QUEUE_FULL',
        `${waiting} jobs are waiting; try again when some of them are done.`
      )
    }
    if (files.length === 0)
      throw new NearsideError('NS_INPUT_EMPTY', 'There is no file to analyse; add at least one.')
    const job: Job = {
      id,
      kind,
      title,
      state: 'waiting',
      sentence: 'Waiting for its turn.',
      code: null,
      createdAt: this.#options.clock.now(),
      startedAt: null,
      endedAt: null,
      progress: {
        done: 0,
        failed: 0,
        total: kind === 'text' ? files.length : null,
        unit: analysisOf(kind).definition.unit,
        perMinute: null,
        secondsLeft: null
      },
      inputs: files.length,
      bytes: files.reduce((sum, file) => sum + file.bytes, 0),
      options,
      wipedAt: null,
      hasReport: false
    }
    const rows = files.map(({ name, bytes, sha256, vaultId }) => ({
      name,
      bytes,
      sha256,
      vault: vaultId,
      state: 'waiting' as const,
      code: null,
      sentence: null
    }))
    this.#options.store.create(job, rows)
    this.#options.bus.emit('job', job)
    this.#next()
    return this.get(id)
  }

  /** When the files of which job are to be wiped. */
  deadlines(): { scope: string; until: number }[] {
    return this.list().flatMap(({ id, wipedAt }) =>
      wipedAt === null ? [] : [{ scope: id, until: wipedAt }]
    )
  }

  list(): Job[] {
    return this.#options.store.list().map((job) => this.#live(job))
  }

  /** @throws NearsideError NS_JOB_UNKNOWN */
  get(id: string): Job {
    const job = this.#options.store.get(id)
    if (job) return this.#live(job)
    throw new NearsideError('NS_JOB_UNKNOWN', `There is no job ${id}; it may have been deleted.`)
  }

  inputs(id: string): JobInput[] {
    return this.#options.store.inputs(this.get(id).id)
  }

  pause(id: string): Job {
    const job = this.get(id)
    if (job.state !== 'running' && job.state !== 'waiting') throw stateError(job, 'paused')
    this.#active.get(id)?.pause()
    return this.#change(id, {
      state: 'paused',
      sentence: 'Paused; what was read stays.',
      progress: { ...job.progress, perMinute: null, secondsLeft: null }
    })
  }

  resume(id: string): Job {
    const job = this.get(id)
    if (job.state !== 'paused') throw stateError(job, 'resumed')
    const active = this.#active.get(id)
    active?.resume()
    const changed = this.#change(
      id,
      active
        ? { state: 'running', sentence: ActiveJob.sentence(job) }
        : { state: 'waiting', sentence: 'Waiting for its turn.' }
    )
    this.#next()
    return changed
  }

  async cancel(id: string): Promise<Job> {
    const job = this.get(id)
    if (ENDED.has(job.state)) throw stateError(job, 'cancelled')
    await this.#active.get(id)?.halt()
    const patch = {
      state: 'cancelled' as const,
      code: 'NS_JOB_CANCELLED',
      sentence: 'Cancelled; nothing more is read.'
    }
    const changed = this.#end(id, { patch, summary: null })
    this.#next()
    return changed
  }

  /** Runs an ended job again; items that were finished are not read twice, those that failed are. */
  retry(id: string): Job {
    const job = this.get(id)
    if (!ENDED.has(job.state)) throw stateError(job, 'run again')
    const again = {
      endedAt: null,
      wipedAt: null,
      startedAt: null,
      code: null,
      sentence: 'Waiting for its turn.'
    }
    const changed = this.#change(id, { ...again, state: 'waiting' })
    this.#next()
    return changed
  }

  /** Removes a job with its inputs and its report; cancels it first when it runs. */
  async remove(id: string): Promise<void> {
    const job = this.get(id)
    if (!ENDED.has(job.state)) await this.cancel(id)
    await this.#options.vault.wipeAll(id)
    this.#options.store.remove(id)
    this.#options.bus.emit('job-removed', { id })
  }

  /** The report of a job as JSON text. @throws NearsideError NS_REPORT_NOT_READY, NS_JOB_INPUTS_GONE */
  async report(id: string): Promise<string> {
    const job = this.get(id)
    const reportId = this.#options.store.report(id)
    if (!reportId)
      throw new NearsideError('NS_REPORT_NOT_READY', `The job has no report: ${job.sentence}`)
    return (await this.#options.vault.read(reportId)).toString('utf8')
  }

  /** Progress of a running job is kept in memory; only its results are stored as they come. */
  #live(job: Job): Job {
    const active = this.#active.get(job.id)
    return active && job.state === 'running' ? { ...job, progress: active.progress } : job
  }

  /**
   * The extracted text of an input, which the offsets of a report count in, as JSON.
   * @throws NearsideError NS_REPORT_NOT_READY before it is read, NS_JOB_INPUTS_GONE after it is wiped
   */
  async documentText(id: string, input: number): Promise<string> {
    const item = this.#options.store.item(this.get(id).id, input)
    const textId = (item?.result as StoredResult | undefined)?.textId
    if (!textId)
      throw new NearsideError(
        'NS_REPORT_NOT_READY',
        'The document has not been read yet, or could not be read.'
      )
    return (await this.#options.vault.read(textId)).toString('utf8')
  }

  #next(): void {
    if (this.#stopping) return
    const running = [...this.#active.values()].filter((active) => !active.paused).length
    const waiting = this.list()
      .filter((job) => job.state === 'waiting')
      .reverse()
    for (const job of waiting.slice(0, Math.max(0, this.#options.parallel - running)))
      this.#run(job)
  }

  #run(job: Job): void {
    const { store, vaultAt, inference, clock, device } = this.#options
    let active: ActiveJob
    try {
      active = new ActiveJob({
        job,
        store,
        clock,
        onProgress: () => this.#options.bus.emit('job', this.get(job.id)),
        onEnd: (end) => this.#ended(job.id, end)
      })
      const data = active.threadData({ device, vault: vaultAt })
      active.begin((handlers) => new JobRun(data, inference, handlers))
    } catch (error) {
      if (!(error instanceof NearsideError)) throw error
      this.#end(job.id, {
        patch: { state: 'failed', code: error.code, sentence: error.message },
        summary: null
      })
      return
    }
    this.#active.set(job.id, active)
    this.#change(job.id, {
      state: 'running',
      startedAt: job.startedAt ?? clock.now(),
      sentence: ActiveJob.sentence(job)
    })
  }

  #ended(id: string, end: JobEnd | null): void {
    try {
      if (end && !this.#stopping) this.#end(id, end)
      this.#active.delete(id)
      this.#next()
    } catch {
      // The disk is full: the end is written when there is room, and the device goes on until then.
      this.#options.clock.after(END_AGAIN_MS, () => this.#ended(id, end))
    }
  }

  #end(id: string, { patch, summary }: JobEnd): Job {
    const { clock, bus, keepMs, store } = this.#options
    const now = clock.now()
    const hasReport = store.report(id) !== null
    const job = this.#change(id, { ...patch, endedAt: now, wipedAt: now + keepMs, hasReport })
    bus.emit('result', resultRecord(job, summary))
    return job
  }

  #change(id: string, patch: Partial<Job>): Job {
    const job = this.#options.store.update(id, patch)
    this.#options.bus.emit('job', job)
    return job
  }
}
