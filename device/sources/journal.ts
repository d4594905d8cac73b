// Follows the systemd journal through `journalctl -f -o json`. On machines without journalctl it does
// nothing but say so.

import { type ChildProcess, spawn } from 'node:child_process'
import type { LogSource } from '../../contract/index.ts'
import { type Cancel, type Clock, systemClock } from '../../kernel/clock.ts'
import { LineSplitter } from './line-reader.ts'

export interface JournalOptions {
  /** A systemd unit, or `*` for the whole journal. */
  readonly unit: string
  /** Lines are the JSON records of the journal: MESSAGE, PRIORITY, __REALTIME_TIMESTAMP. */
  readonly onLines: (source: string, lines: readonly string[]) => void
  readonly clock?: Clock
  readonly command?: string
}

const RESTART_MS = 10_000
const FIELDS = 'MESSAGE,PRIORITY,_SYSTEMD_UNIT'

/**
 * Follows the journal of one unit until it is stopped.
 * @public
 */
export class JournalTail {
  readonly #options: Required<JournalOptions>
  readonly #name: string
  #child: ChildProcess | undefined
  #restart: Cancel | undefined
  #stopped = false
  #lines = 0
  #lastAt: number | null = null
  #state: LogSource['state'] = 'waiting'
  #sentence = 'The journal is being opened.'

  constructor(options: JournalOptions) {
    this.#options = { clock: systemClock, command: 'journalctl', ...options }
    this.#name = `journal:${options.unit}`
  }

  start(): void {
    const { unit, command } = this.#options
    const only = unit === '*' ? [] : ['-u', unit]
    const child = spawn(
      command,
      ['-f', '-n', '200', '-o', 'json', `--output-fields=${FIELDS}`, ...only],
      {
        stdio: ['ignore', 'pipe', 'ignore']
      }
    )
    this.#child = child
    const splitter = new LineSplitter()
    child.stdout?.setEncoding('utf8')
    child.stdout?.on('data', (text: string) => this.#take(splitter.push(text)))
    child.on('spawn', () => {
      this.#state = 'following'
      this.#sentence = ''
    })
    child.on('error', (error: NodeJS.ErrnoException) => this.#fail(error))
    child.on('exit', () => this.#ended())
  }

  #take(lines: readonly string[]): void {
    if (lines.length === 0) return
    this.#lines += lines.length
    this.#lastAt = this.#options.clock.now()
    this.#options.onLines(this.#name, lines)
  }

  #fail(error: NodeJS.ErrnoException): void {
    this.#state = 'failed'
    this.#sentence =
      error.code === 'ENOENT'
        ? 'journalctl is not installed on this machine; the journal is not watched.'
        : `journalctl cannot be started (${error.code ?? 'unknown reason'}).`
  }

  #ended(): void {
    if (this.#stopped) return
    this.#state = 'waiting'
    this.#sentence = 'journalctl ended; it is started again in a moment.'
    this.#restart = this.#options.clock.after(RESTART_MS, () => this.start())
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#restart?.()
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null || child.pid === undefined)
      return
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    child.kill('SIGTERM')
    await ended
  }

  status(): LogSource {
    return {
      name: this.#name,
      state: this.#state,
      sentence: this.#sentence,
      lines: this.#lines,
      lastAt: this.#lastAt
    }
  }
}
