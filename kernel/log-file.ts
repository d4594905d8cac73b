// A log file that never holds its process up: lines are written without blocking, and when the disk is full they
// are dropped until it has room again. Pino's own file destination tries for ever and ends up blocking.

import { mkdirSync, openSync, write, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/** Bytes that may wait for a slow disk; more is dropped. */
const MOST_WAITING_BYTES = 1024 * 1024

const open = new Set<LogFile>()
process.on('exit', () => {
  for (const file of open) file.flush()
})

/**
 * A destination for pino.
 * @public
 */
export class LogFile {
  #fd: number
  #waiting: string[] = []
  #waitingLength = 0
  #writing = false
  /** The last write stopped inside a line. */
  #torn = false

  /** Opens the file for appending, folders included. */
  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true })
    this.#fd = openSync(path, 'a', 0o600)
    open.add(this)
  }

  /** Takes one line with its line end. */
  write(line: string): void {
    if (this.#waitingLength > MOST_WAITING_BYTES) return
    this.#waiting.push(line)
    this.#waitingLength += line.length
    if (!this.#writing) this.#writeNext()
  }

  /** Writes what waits, once and blocking: for the end of the process. */
  flush(): void {
    const data = this.#take()
    try {
      if (data.length > 0) writeSync(this.#fd, data)
    } catch {
      // A full disk: there is nobody left to tell.
    }
  }

  #take(): Buffer {
    const text = this.#waiting.join('')
    this.#waiting = []
    this.#waitingLength = 0
    return Buffer.from(this.#torn ? `\n${text}` : text)
  }

  #writeNext(): void {
    this.#writing = true
    this.#writeRest(this.#take())
  }

  #writeRest(data: Buffer): void {
    write(this.#fd, data, (error, written) => {
      if (!error && written < data.length) return this.#writeRest(data.subarray(written))
      // What did not fit is lost; the first line that fits again begins on a line of its own.
      this.#torn = error !== null
      this.#writing = false
      if (!error && this.#waiting.length > 0) this.#writeNext()
    })
  }
}
