// The agent's side of an executor: starts it, watches the clock round each batch, and replaces one that is
// overdue or died. The batch is tried once more; three losses in a row make the model suspect.

import { NearsideError } from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import {
  type ExecutorPlan,
  type FromExecutor,
  needsProcess,
  type Work,
  type WorkResult
} from './executor-protocol.ts'
import { openShell, type Shell, type ShellEntries, type ShellKind } from './executor-shell.ts'
import { gpuEnvironment } from './gpu-libraries.ts'
import { helpfulLine } from './log-tail.ts'

/** Losses without a good batch between them after which a model is not tried again. */
export const MAX_STRIKES = 3

export interface WorkDone {
  readonly result: WorkResult
  readonly computeMs: number
  /** When the run began, ms since 1970 with fractions, by the executor's clock. */
  readonly startedAtMs?: number
}

export interface ExecutorOptions {
  readonly plan: ExecutorPlan
  /** Where it lives; plans that need a process get one in any case. */
  readonly shell: ShellKind
  readonly clock: Clock
  /** Time that loading may take, ms. */
  readonly startDeadlineMs: number
  /** What its shell begins with; default: an executor that holds a session. */
  readonly entries?: ShellEntries
  /** Called when a process has begun or ended that holds the session. */
  readonly onPid?: () => void
}

/** The executor was lost, not the input refused: the same batch may succeed on a new one. */
class ExecutorLost extends NearsideError {
  /** False when the executor was gone before it began the batch: nothing was attempted. */
  attempted = true
}

/** One life of a shell: what waits for its next message, and whether it ended. */
interface Life {
  readonly shell: Shell
  readonly ended: Promise<void>
  /** Processes of its parts. */
  parts: readonly number[]
  /** Takes the next message, or undefined when the shell ended. */
  listener: (message: FromExecutor | undefined) => void
}

/** Stands for the id of the first message, which has none. */
const OPENING = 0
/** How long an executor that could not open its session may take to end, ms. */
const LAST_WORDS_MS = 2_000

interface Expected {
  readonly deadlineMs: number
  readonly id: number
}

const idOf = (message: FromExecutor): number => ('id' in message ? message.id : OPENING)

export class Executor {
  #options: ExecutorOptions
  #life: Life | undefined
  #lives = new Set<Life>()
  #newest: Life | undefined
  #nextId = 1
  #strikes = 0

  constructor(options: ExecutorOptions) {
    this.#options = options
  }

  /** Losses since the last good batch. */
  get strikes(): number {
    return this.#strikes
  }

  /** True after three losses in a row; it takes no more work. */
  get suspect(): boolean {
    return this.#strikes >= MAX_STRIKES
  }

  /** Process that holds the session; undefined while none runs, and for a thread. */
  get pid(): number | undefined {
    return this.#life?.shell.pid
  }

  /** Its process and those of its parts, as far as they run. */
  get pids(): number[] {
    const { shell, parts = [] } = this.#life ?? {}
    return [...(shell?.pid === undefined ? [] : [shell.pid]), ...parts]
  }

  /** What its libraries said last, complete once it was closed; null when they said nothing. */
  get lastWords(): string | null {
    return helpfulLine(this.#newest?.shell.lastWords() ?? '')
  }

  /**
   * Starts the shell and loads the session.
   * @throws NearsideError NS_INFERENCE_RUNTIME_MISSING, NS_INFERENCE_FAILED, NS_BUNDLE_DIGEST, on GPU rungs
   *   also NS_RUNG_LIBRARY, NS_RUNG_NO_GPU, NS_ENGINE_MISSING, NS_ENGINE_FOREIGN; `details.detail` then has
   *   the library's own words, or null
   */
  async start(): Promise<void> {
    const { plan } = this.#options
    // Parts are loaded one after the other.
    const startDeadlineMs = this.#options.startDeadlineMs * (plan.parts?.parts.length ?? 1)
    const life = this.#begin()
    this.#life = life
    const answer = this.#expect(life, { deadlineMs: startDeadlineMs, id: OPENING })
    life.shell.post({ type: 'open', plan })
    const reply = await answer
    // An idle executor must not keep a command alive that forgot to close it.
    life.shell.hold(false)
    this.#options.onPid?.()
    if (reply.type !== 'failed') return
    this.#life = undefined
    const detail = await this.#detail(life, reply.detail)
    throw new NearsideError(reply.code, reply.sentence, { details: { detail } })
  }

  /** Which library is missing stands on stderr only, and that is complete when the process has ended. */
  async #detail(life: Life, said: string | null): Promise<string | null> {
    let cancel = (): void => undefined
    const overdue = new Promise<void>((resolve) => {
      cancel = this.#options.clock.after(LAST_WORDS_MS, resolve)
    })
    life.shell.hold(true)
    await Promise.race([life.ended, overdue])
    cancel()
    life.shell.kill()
    return helpfulLine(life.shell.lastWords(), said)
  }

  #begin(): Life {
    let end = (): void => undefined
    const ended = new Promise<void>((resolve) => {
      end = resolve
    })
    const { plan, onPid, entries } = this.#options
    const events = {
      onMessage: (message: FromExecutor) => {
        if (message.type === 'parts') life.parts = message.pids
        else life.listener(message)
      },
      onEnd: () => {
        this.#lives.delete(life)
        if (this.#life === life) this.#life = undefined
        onPid?.()
        end()
        life.listener(undefined)
      }
    }
    const environment = needsProcess(plan) ? gpuEnvironment(plan) : {}
    const shell = openShell(this.#shellKind(), events, { environment, entries })
    const life: Life = { shell, ended, parts: [], listener: () => undefined }
    this.#lives.add(life)
    this.#newest = life
    return life
  }

  /** Sending tensors away needs no memory of its own and no library: a thread is enough for it. */
  #shellKind(): ShellKind {
    const { plan, shell } = this.#options
    if (plan.remote) return 'thread'
    return needsProcess(plan) ? 'process' : shell
  }

  /**
   * Runs one batch. A lost executor is replaced and the batch tried once more.
   * @throws NearsideError NS_INFERENCE_DEADLINE, NS_WORKER_FAILED, or what the model refuses the input with
   */
  async run(work: Work, deadlineMs: number): Promise<WorkDone> {
    if (this.suspect)
      throw new NearsideError('NS_WORKER_FAILED', 'The model is suspect and takes no more work.')
    for (let attempts = 0; ; ) {
      try {
        const done = await this.#attempt(work, deadlineMs)
        this.#strikes = 0
        return done
      } catch (error) {
        if (!(error instanceof ExecutorLost)) throw error
        this.#strikes += 1
        if (error.attempted) attempts += 1
        if (this.suspect || attempts === 2) throw error
      }
    }
  }

  async #attempt(work: Work, deadlineMs: number): Promise<WorkDone> {
    if (!this.#life) await this.start()
    const life = this.#life
    if (!life) throw new ExecutorLost('NS_WORKER_FAILED', 'The executor of the model was closed.')
    const id = this.#nextId
    this.#nextId += 1
    life.shell.hold(true)
    const answer = this.#expect(life, { deadlineMs: this.#patience(deadlineMs), id })
    // Copied, not transferred: the batch must still be here when the executor is lost.
    life.shell.post({ type: 'run', id, work })
    const reply = await answer
    life.shell.hold(false)
    if (reply.type === 'done') {
      const { result, computeMs, startedAtMs } = reply
      return { result, computeMs, ...(startedAtMs === undefined ? {} : { startedAtMs }) }
    }
    // A part that is lost is replaced in there; its losses count as those of the whole.
    if (reply.type === 'refused' && reply.strikes !== undefined) this.#strikes = reply.strikes
    const { code, sentence } = 'code' in reply ? reply : UNEXPECTED
    throw new NearsideError(code, sentence)
  }

  /** What is behind this executor keeps to deadlines of its own, so that this one comes last. */
  #patience(deadlineMs: number): number {
    const { plan, startDeadlineMs } = this.#options
    // A part is killed at its deadline, loaded and tried again.
    if (plan.parts) return 3 * deadlineMs + startDeadlineMs
    const { timeoutMs = 0 } = plan.remote ?? {}
    return plan.remote ? Math.max(deadlineMs, timeoutMs) + timeoutMs : deadlineMs
  }

  /** Waits for one message; the end of the shell and the deadline count as its loss. */
  #expect(life: Life, { deadlineMs, id }: Expected): Promise<FromExecutor> {
    return new Promise((resolve, reject) => {
      const lose = (error: ExecutorLost): void => {
        life.listener = () => undefined
        if (this.#life === life) this.#life = undefined
        reject(error)
      }
      const cancel = this.#options.clock.after(deadlineMs, () => {
        const sentence = `The model did not answer within ${deadlineMs} ms; try again, or with less input.`
        lose(new ExecutorLost('NS_INFERENCE_DEADLINE', sentence))
        life.shell.hold(true)
        kill(life)
      })
      let begun = id === OPENING
      life.listener = (message) => {
        // An answer to anything but this very batch is nobody's: it must not be given a second time.
        if (message && idOf(message) !== id) return
        if (message?.type === 'begun') {
          begun = true
          return
        }
        cancel()
        life.listener = () => undefined
        const sentence = 'The executor of the model ended unexpectedly; try again.'
        if (message) return resolve(message)
        const lost = new ExecutorLost('NS_WORKER_FAILED', sentence)
        lost.attempted = begun
        lose(lost)
      }
    })
  }

  /**
   * Ends the executor by message, behind the batch it may run, so that the session and its memory go.
   * @returns when it and those given up earlier are gone; one that hangs is waited for `startDeadlineMs`
   */
  async close(): Promise<void> {
    this.#life?.shell.post({ type: 'stop' })
    this.#life = undefined
    const lives = [...this.#lives]
    if (lives.length === 0) return
    for (const { shell } of lives) shell.hold(true)
    await new Promise<void>((resolve) => {
      const cancel = this.#options.clock.after(this.#options.startDeadlineMs, () => {
        for (const life of lives) kill(life)
        resolve()
      })
      void Promise.all(lives.map(({ ended }) => ended)).then(() => {
        cancel()
        resolve()
      })
    })
  }
}

/** Parts end with the executor that hands batches on to them, unless they hang in a native call. */
function kill({ shell, parts }: Life): void {
  shell.kill()
  for (const pid of parts) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // Gone already.
    }
  }
}

const UNEXPECTED = {
  code: 'NS_INTERNAL',
  sentence: 'The executor answered out of turn; the log holds the details.'
} as const
