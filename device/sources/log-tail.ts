// Follows log files as they grow: by polling, because file system events get lost on network shares and in
// containers. Survives rotation by rename and by truncation, waits for files that do not exist yet, and
// reads a bounded amount a tick, so that a burst in a log never floods the reader.

import { glob } from 'node:fs/promises'
import type { LogSource } from '../../contract/index.ts'
import { type Cancel, type Clock, systemClock } from '../../kernel/clock.ts'
import { type FilePosition, FollowedFile } from './followed-file.ts'

export interface LogTailOptions {
  /** Paths; the last part may hold `*` or `?`. */
  readonly paths: readonly string[]
  readonly onLines: (source: string, lines: readonly string[]) => void
  readonly clock?: Clock
  /** ms between looks at the files. */
  readonly pollMs?: number
  /** Bytes read of one file in one look. */
  readonly mostBytes?: number
  /** Where an earlier run stopped reading, by path. */
  readonly positions?: Readonly<Record<string, FilePosition>>
}

const POLL_MS = 500
const MOST_BYTES = 1024 * 1024
/** Patterns are looked up again every so many looks. */
const EXPAND_EVERY = 20
/** A pattern that matches more files than this is a mistake. */
const MOST_FILES = 64

/**
 * Follows files until it is stopped.
 * @public
 */
export class LogTail {
  readonly #options: Required<Omit<LogTailOptions, 'positions'>>
  readonly #positions: Readonly<Record<string, FilePosition>>
  readonly #files = new Map<string, FollowedFile>()
  #looks = 0
  #looking: Promise<void> | undefined
  #cancel: Cancel | undefined

  constructor(options: LogTailOptions) {
    this.#options = { clock: systemClock, pollMs: POLL_MS, mostBytes: MOST_BYTES, ...options }
    this.#positions = options.positions ?? {}
  }

  async start(): Promise<void> {
    await this.look()
    this.#cancel = this.#options.clock.every(this.#options.pollMs, () => void this.look())
  }

  /** Looks at every file once; a look that is still going on is not doubled. */
  look(): Promise<void> {
    this.#looking ??= this.#lookOnce().finally(() => {
      this.#looking = undefined
    })
    return this.#looking
  }

  async #lookOnce(): Promise<void> {
    if (this.#looks++ % EXPAND_EVERY === 0) await this.#expand()
    for (const [path, file] of this.#files) {
      const lines = await file.read(this.#options.mostBytes)
      if (lines.length > 0) this.#options.onLines(path, lines)
    }
  }

  /** Adds the files that match; a plain path is added even when it does not exist yet. */
  async #expand(): Promise<void> {
    // On the first look old content is history; a file that appears later is new from its first line.
    const history = this.#looks === 1
    for (const pattern of this.#options.paths) {
      if (!/[*?]/.test(pattern)) this.#follow(pattern, history)
      else for await (const path of glob(pattern)) this.#follow(path, history)
    }
  }

  #follow(path: string, history: boolean): void {
    if (this.#files.has(path) || this.#files.size >= MOST_FILES) return
    const { clock } = this.#options
    this.#files.set(
      path,
      new FollowedFile({ path, history, now: () => clock.now(), position: this.#positions[path] })
    )
  }

  async stop(): Promise<void> {
    this.#cancel?.()
    await this.#looking
    for (const file of this.#files.values()) await file.close()
  }

  /** How each file is doing. */
  sources(): LogSource[] {
    return [...this.#files.values()].map((file) => file.status())
  }

  /** Where reading has come to, for the next run. */
  positions(): Record<string, FilePosition> {
    const positions: Record<string, FilePosition> = {}
    for (const [path, file] of this.#files) {
      const position = file.position()
      if (position) positions[path] = position
    }
    return positions
  }
}
