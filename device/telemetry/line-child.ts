// A program that runs on and prints lines: started, watched for silence, ended for real, started again as
// its owner says. What the lines mean is the owner's business.

import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Cancel, Clock } from '../../kernel/clock.ts'

/** How a run of the program ended. `absent`: there is no such program. `hung`: it was silent too long. */
export type ChildEnd = 'absent' | 'ended' | 'hung'

interface LineChildOptions {
  readonly clock: Clock
  readonly command: string
  /** Asked at every start. */
  readonly args: () => readonly string[]
  readonly onLine: (line: string) => void
  /** Milliseconds until the next start; null for never again. */
  readonly restartMs: (end: ChildEnd) => number | null
  /** Silence after which the program counts as hung, ms; 0 when silence is no sign. */
  readonly silenceMs: () => number
}

export class LineChild {
  readonly #options: LineChildOptions
  #child: ChildProcess | undefined
  #watchdog: Cancel | undefined
  #restart: Cancel | undefined
  #run = Promise.withResolvers<ChildEnd>()

  constructor(options: LineChildOptions) {
    this.#options = options
  }

  /** Process id while it runs. */
  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** How the run that was started last ended; one that is stopped never says. */
  get ended(): Promise<ChildEnd> {
    return this.#run.promise
  }

  /** Starts the program, anew when it runs already. */
  start(): void {
    this.stop()
    this.#run = Promise.withResolvers()
    const { command, args, onLine } = this.#options
    const child = spawn(command, [...args()], { stdio: ['ignore', 'pipe', 'ignore'] })
    this.#child = child
    let end: ChildEnd = 'ended'
    const current = (): boolean => this.#child === child
    const watch = (): void =>
      this.#watch(() => {
        end = 'hung'
        child.kill('SIGKILL') // a program that waits for a dead driver does not hear SIGTERM
      })
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!current()) return
      watch()
      onLine(line)
    })
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'EACCES') end = 'absent'
      if (child.pid === undefined && current()) this.#ended(end)
    })
    // `close` comes after the last line.
    child.on('close', () => current() && this.#ended(end))
    watch()
  }

  stop(): void {
    this.#restart?.()
    this.#restart = undefined
    this.#watchdog?.()
    const child = this.#child
    this.#child = undefined
    child?.kill('SIGKILL') // it holds nothing that would need a farewell
  }

  #watch(onSilence: () => void): void {
    this.#watchdog?.()
    const { clock, silenceMs } = this.#options
    const ms = silenceMs()
    this.#watchdog = ms > 0 ? clock.after(ms, onSilence) : undefined
  }

  #ended(end: ChildEnd): void {
    this.#child = undefined
    this.#watchdog?.()
    const ms = this.#options.restartMs(end)
    if (ms !== null) this.#restart = this.#options.clock.after(ms, () => this.start())
    this.#run.resolve(end)
  }
}
