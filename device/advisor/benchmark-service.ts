// Benchmarks on a running device: starts one at a time in the background, keeps what it finds, and answers for
// the routes. The measuring itself is benchmark-run.ts; its executors stand back behind everybody else.

import {
  type BenchmarkReport,
  type BenchmarkRequest,
  type BenchmarkSummary,
  NearsideError,
  toNearsideError
} from '../../contract/index.ts'
import { newId } from '../../kernel/ids.ts'
import type { BenchmarkFile } from './benchmark-file.ts'
import { type BenchmarkStore, summaryOf } from './benchmark-store.ts'

/** What a run is told from outside. */
export interface RunControl {
  readonly id: string
  readonly signal: AbortSignal
  readonly onProgress: (done: number, total: number) => void
  readonly onRound: (file: BenchmarkFile) => Promise<void>
}

/** A prepared run: its report before anything was measured, and the work. */
export interface PreparedRun {
  readonly first: BenchmarkFile
  run(): Promise<BenchmarkFile>
}

export interface BenchmarkServiceOptions {
  readonly store: BenchmarkStore
  /**
   * Finds the model and plans its run.
   * @throws NearsideError NS_MODEL_UNKNOWN, NS_BUNDLE_*
   */
  readonly prepare: (request: BenchmarkRequest, control: RunControl) => Promise<PreparedRun>
  readonly now: () => number
  /** Called when a run began, went on or ended. */
  readonly onChange?: (summary: BenchmarkSummary) => void
  readonly onRemoved?: (id: string) => void
}

interface Running {
  file: BenchmarkFile
  readonly stop: AbortController
  readonly ended: Promise<void>
}

export class BenchmarkService {
  #options: BenchmarkServiceOptions
  #running: Running | undefined
  #starting = false
  #closed = false

  constructor(options: BenchmarkServiceOptions) {
    this.#options = options
  }

  /**
   * Begins a benchmark and returns at once.
   * @throws NearsideError NS_BENCHMARK_RUNNING while another one runs, and what `prepare` throws
   */
  async start(request: BenchmarkRequest): Promise<BenchmarkReport> {
    if (this.#running || this.#starting || this.#closed) {
      const sentence = 'A benchmark runs already; wait for it, or cancel it.'
      throw new NearsideError('NS_BENCHMARK_RUNNING', sentence)
    }
    this.#starting = true
    try {
      return await this.#begin(request)
    } finally {
      this.#starting = false
    }
  }

  async #begin(request: BenchmarkRequest): Promise<BenchmarkReport> {
    const { store, prepare, now } = this.#options
    const stop = new AbortController()
    const id = newId(now())
    const prepared = await prepare(request, {
      id,
      signal: stop.signal,
      onProgress: (done, total) => this.#show({ progress: total > 0 ? done / total : 0 }),
      onRound: async (file) => {
        this.#show(file)
        await store.write(file)
      }
    })
    await store.write(prepared.first)
    const running = { file: prepared.first, stop }
    // The run starts when everybody can see it.
    const ended = Promise.resolve().then(() => this.#work(prepared))
    this.#running = Object.assign(running, { ended })
    this.#tell(prepared.first)
    return prepared.first
  }

  /** Never rejects: a run that failed says so in its report. */
  async #work(prepared: PreparedRun): Promise<void> {
    const { store, now } = this.#options
    let file: BenchmarkFile
    try {
      file = await prepared.run()
    } catch (error) {
      const { message } = toNearsideError(error)
      const before = this.#running?.file ?? prepared.first
      file = { ...before, state: 'failed', endedAt: now(), findings: [message] }
    }
    // A full disk must not end the device: the report is then gone with the next restart.
    await store.write(file).catch(() => undefined)
    this.#running = undefined
    this.#tell(file)
  }

  #show(change: Partial<BenchmarkFile>): void {
    if (!this.#running) return
    this.#running.file = { ...this.#running.file, ...change }
    this.#tell(this.#running.file)
  }

  #tell(file: BenchmarkFile): void {
    this.#options.onChange?.(summaryOf(file))
  }

  /** Newest first. */
  list(): BenchmarkSummary[] {
    const { file } = this.#running ?? {}
    return this.#options.store
      .list()
      .map((summary) => (file && summary.id === file.id ? summaryOf(file) : summary))
  }

  /**
   * A benchmark as it stands, with all that was measured.
   * @throws NearsideError NS_BENCHMARK_UNKNOWN
   */
  async get(id: string): Promise<BenchmarkFile> {
    if (this.#running?.file.id === id) return this.#running.file
    this.#require(id)
    return this.#options.store.read(id)
  }

  /**
   * Cancels a benchmark that runs, and keeps what it measured; removes one that has ended.
   * @throws NearsideError NS_BENCHMARK_UNKNOWN
   */
  async remove(id: string): Promise<void> {
    this.#require(id)
    const running = this.#running
    if (running?.file.id === id) {
      running.stop.abort()
      await running.ended
      return
    }
    await this.#options.store.remove(id)
    this.#options.onRemoved?.(id)
  }

  #require(id: string): void {
    if (this.#options.store.has(id)) return
    const sentence = `There is no benchmark ${id}; GET /api/v1/benchmarks lists them.`
    throw new NearsideError('NS_BENCHMARK_UNKNOWN', sentence)
  }

  /** Ends a run and takes no other. */
  async close(): Promise<void> {
    this.#closed = true
    this.#running?.stop.abort()
    await this.#running?.ended
  }
}
