// The telemetry history of every series over restarts: a folder with one file of fixed size each, so that
// thirty days cost neither memory nor a growing database. Which points there are is decided by the watch.

import { createHash } from 'node:crypto'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../kernel/clock.ts'
import {
  HISTORY_FILE_BYTES,
  type HistoryLevel,
  type HistoryRow,
  readHistory,
  writeHistory
} from './history-file.ts'

/** Points that were completed since the last time, by series. */
export type HistoryBatch = ReadonlyMap<
  string,
  Readonly<Record<HistoryLevel, readonly HistoryRow[]>>
>

interface HistoryOptions {
  readonly folder: string
  readonly clock: Clock
}

/** Series kept; more than a machine can have sensors, models and GPUs. */
const MOST_FILES = 200
/** A series that nothing was written to for so long has no point left inside the thirty days, ms. */
const OLDEST_MS = 30 * 24 * 3600_000

/** Most bytes that the folder takes: 238 MiB with 200 series; 20 series take 24 MiB. */
export const HISTORY_BYTES = MOST_FILES * HISTORY_FILE_BYTES

export class TelemetryHistory {
  readonly #options: HistoryOptions
  #known: Set<string> | undefined
  /** Batches are written one after the other. */
  #tail: Promise<void> = Promise.resolve()

  constructor(options: HistoryOptions) {
    this.#options = options
  }

  /**
   * Writes the completed points of many series; a series beyond the two hundredth is not kept.
   * @throws the error of the file system, when a file could not be written; the others are
   */
  append(batch: HistoryBatch): Promise<void> {
    const written = this.#tail.then(() => this.#write(batch))
    this.#tail = written.catch(() => undefined)
    return written
  }

  /** Points of a series in a span of time, ms since 1970, oldest first; empty when there are none. */
  async read(
    series: string,
    span: { readonly level: HistoryLevel; readonly from: number; readonly to: number }
  ): Promise<HistoryRow[]> {
    await this.#tail
    return readHistory(this.#path(fileName(series)), series, span)
  }

  async #write(batch: HistoryBatch): Promise<void> {
    const known = await this.#files()
    let failure: unknown
    for (const [series, rows] of batch) {
      const name = fileName(series)
      if (!known.has(name) && known.size >= MOST_FILES) continue
      try {
        await writeHistory(this.#path(name), series, rows)
        known.add(name)
      } catch (error) {
        failure ??= error
      }
    }
    if (failure) throw failure
  }

  /** Files of the folder; those that have outlived their points are deleted at the first look. */
  async #files(): Promise<Set<string>> {
    if (this.#known) return this.#known
    const known = new Set<string>()
    const { folder, clock } = this.#options
    for (const name of await readdir(folder).catch((): string[] => [])) {
      if (!name.endsWith('.history')) continue
      const facts = await stat(this.#path(name)).catch(() => undefined)
      if (facts && clock.now() - facts.mtimeMs <= OLDEST_MS) known.add(name)
      else await rm(this.#path(name), { force: true })
    }
    this.#known = known
    return known
  }

  #path(name: string): string {
    return join(this.#options.folder, name)
  }
}

/** A series is named by its mount or its model, which no file can be called by. */
function fileName(series: string): string {
  return `${createHash('sha256').update(series).digest('hex').slice(0, 24)}.history`
}
