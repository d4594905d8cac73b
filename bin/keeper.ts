// Keeps a process of ours running: starts it, waits until it says it is ready, starts it again when it
// dies, ends it in order. What it says on standard output is one line of JSON when it is ready.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { NearsideError } from '../contract/index.ts'
import { type Hello, SUPERVISED } from './supervised.ts'

const MAIN = join(import.meta.dirname, 'nearside.ts')
/** First pause before a new start; doubled up to the longest, ms. */
const PAUSE_MS = { first: 500, longest: 30_000 }
/** A process that ran this long is well; the next pause is short again, ms. */
const WELL_MS = 60_000
/** Time that a process has to end in order, ms. */
const PATIENCE_MS = 8000

interface KeeperOptions {
  readonly name: string
  /** Arguments for every start; asked anew, so that ports stay the same after the first one. */
  readonly args: (last: Record<string, unknown> | undefined) => readonly string[]
  readonly scratchKey: string
  /** One sentence for the terminal. */
  readonly say: (sentence: string) => void
}

export class Keeper {
  #options: KeeperOptions
  #child: ChildProcess | undefined
  #last: Record<string, unknown> | undefined
  #stopping = false
  #pauseMs = PAUSE_MS.first

  constructor(options: KeeperOptions) {
    this.#options = options
  }

  /**
   * Starts the process and returns what it said when it was ready.
   * @throws NearsideError with its own words when it ends before that
   */
  async start(): Promise<Record<string, unknown>> {
    const child = spawn(process.execPath, [MAIN, ...this.#options.args(this.#last)], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // One arena of malloc for each thread leaves holes: 15 MB of an idle server.
      env: { ...process.env, [SUPERVISED]: '1', MALLOC_ARENA_MAX: '2' }
    })
    this.#child = child
    child.on('message', (message) => {
      const hello: Hello = { type: 'hello', scratchKey: this.#options.scratchKey }
      if ((message as { type?: string } | null)?.type === 'waiting') child.send(hello)
    })
    this.#last = await this.#untilReady(child)
    const startedMs = performance.now()
    child.once('exit', (code, signal) => {
      if (performance.now() - startedMs > WELL_MS) this.#pauseMs = PAUSE_MS.first
      if (!this.#stopping) this.#restart(signal ?? `code ${code}`)
    })
    return this.#last
  }

  /** What the process said when it was ready last. */
  get last(): Record<string, unknown> | undefined {
    return this.#last
  }

  /** The process may end from now on: a signal to the whole group reaches it before its keeper asks. */
  release(): void {
    this.#stopping = true
  }

  /** Asks the process to end, waits, and ends it for sure when it does not. */
  async stop(): Promise<void> {
    this.#stopping = true
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    if (child.connected) child.send({ type: 'stop' })
    else child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
    await gone
    clearTimeout(timer)
  }

  #untilReady(child: ChildProcess): Promise<Record<string, unknown>> {
    return new Promise((resolve, reject) => {
      let words = ''
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        words = (words + text).slice(-4000)
        if (this.#last) process.stderr.write(text)
      })
      const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
      lines.on('line', (line) => {
        const said = parseLine(line)
        if (said?.['ready'] === true) resolve(said)
      })
      child.once('exit', (code) => {
        const sentence =
          words.trim().split('\n').at(-1) || `The ${this.#options.name} ended before it was ready.`
        reject(new NearsideError(code === 2 ? 'NS_USAGE_INVALID' : 'NS_INTERNAL', sentence))
      })
    })
  }

  #restart(how: string): void {
    this.#options.say(`The ${this.#options.name} ended (${how}); it is started again.`)
    setTimeout(() => {
      if (!this.#stopping) this.start().catch((error: Error) => this.#restart(error.message))
    }, this.#pauseMs)
    this.#pauseMs = Math.min(this.#pauseMs * 2, PAUSE_MS.longest)
  }
}

function parseLine(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return undefined
  }
}
