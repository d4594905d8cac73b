// The agent's side of telemetry: starts the thread, hands its samples on, adds what only the agent itself
// can say (its memory, the lag of its loop), and starts the thread again should it die.

import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Worker } from 'node:worker_threads'
import { NearsideError } from '../../contract/index.ts'
import { type Cancel, type Clock, systemClock } from '../../kernel/clock.ts'
import type { MachineDescription } from './describe-machine.ts'
import type { GpuReport } from './gpu-report.ts'
import type { TelemetrySample } from './sample.ts'
import type { FromTelemetry, TelemetryPlan, ToTelemetry } from './telemetry-messages.ts'

type Listener = (sample: TelemetrySample) => void

interface SourceOptions {
  readonly clock?: Clock
  /** Script of the thread; tests give their own. */
  readonly thread?: URL
}

const THREAD = new URL('./telemetry-thread.ts', import.meta.url)
/** The agent's own figures change slowly. */
const OWN_PERIOD_S = 10
/** How often the loop is probed, ms: at 50 the probe itself stays under 0.1 % of a core. */
const LAG_PROBE_MS = 50
const RESTART_MS = 10_000
const STOP_DEADLINE_MS = 3_000

export class TelemetrySource {
  readonly #clock: Clock
  readonly #thread: URL
  readonly #listeners = new Set<Listener>()
  readonly #gpuListeners = new Set<(report: GpuReport) => void>()
  #fastGpus = false
  #worker: Worker | undefined
  #cancels: Cancel[] = []
  #lag: ReturnType<typeof monitorEventLoopDelay> | undefined

  constructor(options: SourceOptions = {}) {
    this.#clock = options.clock ?? systemClock
    this.#thread = options.thread ?? THREAD
  }

  /** Calls back with every sample; returns the function that ends it. */
  onSample(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Calls back with every reading of the GPUs; returns the function that ends it. */
  onGpus(listener: (report: GpuReport) => void): () => void {
    this.#gpuListeners.add(listener)
    return () => this.#gpuListeners.delete(listener)
  }

  /** Has the GPUs read every second, or at leisure. */
  setGpuPace(fast: boolean): void {
    this.#fastGpus = fast
    if (this.#worker) ask(this.#worker, { kind: 'gpu-pace', fast })
  }

  /** Hands on a sample that another part of the agent took. */
  add(sample: TelemetrySample): void {
    this.#tell(sample)
  }

  start(): void {
    this.#lag = monitorEventLoopDelay({ resolution: LAG_PROBE_MS })
    this.#lag.enable()
    this.#cancels = [this.#clock.every(OWN_PERIOD_S * 1000, () => this.#sampleAgent())]
    this.#startThread()
  }

  /** Ends the thread by message, by force when it does not follow. */
  async stop(): Promise<void> {
    for (const cancel of this.#cancels) cancel()
    this.#cancels = []
    this.#lag?.disable()
    const worker = this.#worker
    this.#worker = undefined
    if (!worker) return
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
    worker.ref()
    ask(worker, { kind: 'stop' })
    const cancel = this.#clock.after(STOP_DEADLINE_MS, () => void worker.terminate())
    await ended
    cancel()
  }

  #startThread(): void {
    const worker = startWorker(this.#thread, { task: 'sample' })
    this.#worker = worker
    worker.unref()
    if (this.#fastGpus) ask(worker, { kind: 'gpu-pace', fast: true })
    worker.on('message', (message: FromTelemetry) => {
      if (message.kind === 'sample') this.#tell(message.sample)
      if (message.kind === 'gpus')
        for (const listener of [...this.#gpuListeners]) listener(message.report)
    })
    worker.on('error', () => undefined) // the exit that follows starts it again
    worker.on('exit', () => {
      if (this.#worker !== worker) return
      this.#worker = undefined
      this.#cancels.push(this.#clock.after(RESTART_MS, () => this.#startThread()))
    })
  }

  #sampleAgent(): void {
    const lag = this.#lag
    // The probe measures its own period along with the lag.
    const lagMs = lag && lag.count > 0 ? Math.max(0, lag.percentile(99) / 1e6 - LAG_PROBE_MS) : null
    lag?.reset()
    const memory = process.memoryUsage.rss() / 1e6
    this.#tell({
      at: this.#clock.now(),
      values: [
        { name: 'nearside.loop-lag', value: lagMs, periodS: OWN_PERIOD_S },
        { name: 'nearside.memory', value: memory, periodS: OWN_PERIOD_S }
      ]
    })
  }

  #tell(sample: TelemetrySample): void {
    for (const listener of [...this.#listeners]) listener(sample)
  }
}

/**
 * Says what this machine is: platform, processor, cores, memory in bytes, GPUs.
 * @throws NearsideError NS_WORKER_FAILED when the thread ends without an answer
 */
export function describeMachine(thread: URL = THREAD): Promise<MachineDescription> {
  return new Promise((resolve, reject) => {
    const worker = startWorker(thread, { task: 'describe' })
    worker.once('message', (message: FromTelemetry) => {
      if (message.kind === 'description') resolve(message.description)
    })
    const failed = (cause?: unknown): void =>
      reject(
        new NearsideError('NS_WORKER_FAILED', 'The machine could not be described; try again.', {
          cause
        })
      )
    worker.once('error', failed)
    worker.once('exit', () => failed())
  })
}

function ask(worker: Worker, message: ToTelemetry): void {
  worker.postMessage(message)
}

function startWorker(script: URL, workerData: TelemetryPlan): Worker {
  return new Worker(script, { workerData, name: 'nearside-telemetry' })
}
