// The agent's side of the log watch: starts its thread, hands on what it posts, and starts it again should
// it die. Reading and mining happen in the thread only; no line ever reaches the agent.

import { Worker } from 'node:worker_threads'
import type { LogAnomaly, LogOverview, LogRecord } from '../../contract/index.ts'
import { type Cancel, type Clock, systemClock } from '../../kernel/clock.ts'
import type { FromLogWatch, LogWatchPlan, LogWatchSource } from './log-watch-messages.ts'
import { readLogWatchState } from './log-watch-state.ts'

export interface LogWatchOptions {
  readonly sources: readonly LogWatchSource[]
  /** File that keeps what was learnt. */
  readonly stateFile: string
  readonly clock?: Clock
  /** Every two seconds. */
  readonly onOverview: (overview: LogOverview) => void
  /** Every ten seconds; holds counts and anomalies, never lines. */
  readonly onRecord: (record: LogRecord) => void
  /** At once, for each anomaly. */
  readonly onAnomaly: (anomaly: LogAnomaly) => void
  /** Script of the thread; tests give their own. */
  readonly thread?: URL
}

const THREAD = new URL('./log-watch-thread.ts', import.meta.url)
/** A small nursery keeps the idle thread small; mining keeps little garbage. MB. */
const LIMITS = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 256 }
const RESTART_MS = 10_000
const STOP_DEADLINE_MS = 5_000
const BIN_MS = 10_000

export class LogWatch {
  readonly #options: LogWatchOptions
  readonly #clock: Clock
  #overview: LogOverview
  #worker: Worker | undefined
  #restart: Cancel | undefined

  constructor(options: LogWatchOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#overview = emptyOverview(this.#clock.now())
  }

  /** Starts the thread; resolves once it follows its sources. */
  async start(): Promise<void> {
    const { sources, stateFile, thread } = this.#options
    const plan: LogWatchPlan = { sources, stateFile, state: await readLogWatchState(stateFile) }
    const worker = new Worker(thread ?? THREAD, {
      workerData: plan,
      name: 'nearside-log-watch',
      resourceLimits: LIMITS
    })
    this.#worker = worker
    worker.unref()
    return new Promise((resolve) => {
      worker.on('message', (message: FromLogWatch) => {
        if (message.kind === 'ready') resolve()
        else this.#take(message)
      })
      worker.on('error', () => undefined) // the exit that follows starts it again
      worker.on('exit', () => {
        resolve()
        if (this.#worker !== worker) return
        this.#worker = undefined
        this.#restart = this.#clock.after(RESTART_MS, () => void this.start())
      })
    })
  }

  #take(message: Exclude<FromLogWatch, { kind: 'ready' }>): void {
    if (message.kind === 'overview') {
      this.#overview = message.overview
      this.#options.onOverview(message.overview)
    } else if (message.kind === 'record') this.#options.onRecord(message.record)
    else this.#options.onAnomaly(message.anomaly)
  }

  /** Ends the thread by message, by force when it does not follow. */
  async stop(): Promise<void> {
    this.#restart?.()
    const worker = this.#worker
    this.#worker = undefined
    if (!worker) return
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
    worker.ref()
    worker.postMessage({ kind: 'stop' })
    const cancel = this.#clock.after(STOP_DEADLINE_MS, () => void worker.terminate())
    await ended
    cancel()
  }

  /** What the watch sees now. */
  overview(): LogOverview {
    return this.#overview
  }
}

/** The overview before the first line. */
export function emptyOverview(at: number): LogOverview {
  return {
    at,
    sources: [],
    lines: 0,
    linesPerSecond: 0,
    templates: [],
    anomalies: [],
    timeline: { from: at, binMs: BIN_MS, lines: [], unusual: [] }
  }
}
