// One file that is followed: what was read, how far, and what to do when it is replaced or cut.

import { type FileHandle, open, stat } from 'node:fs/promises'
import type { LogSource } from '../../contract/index.ts'
import { LineSplitter } from './line-reader.ts'

/** Where reading stopped: the file by its inode, and the byte. */
export interface FilePosition {
  readonly inode: number
  readonly offset: number
}

export interface FollowedFileOptions {
  readonly path: string
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** True: of content that is there already only the end is read, to learn from. */
  readonly history: boolean
  readonly position: FilePosition | undefined
}

/** Bytes of old content read at the first start, about 2,000 lines. */
const HISTORY_BYTES = 262_144
/** Further behind than this, the middle is skipped: old lines are no live watch. */
const MOST_BEHIND = 64 * 1024 * 1024

export class FollowedFile {
  readonly #options: FollowedFileOptions
  #handle: FileHandle | undefined
  #inode = 0
  #offset = 0
  #first = true
  #decoder = new TextDecoder()
  #splitter = new LineSplitter()
  #lines = 0
  #lastAt: number | null = null
  #state: LogSource['state'] = 'waiting'
  #sentence = ''

  constructor(options: FollowedFileOptions) {
    this.#options = options
    this.#sentence = `${options.path} does not exist yet; it is followed as soon as it appears.`
  }

  /** Complete lines that came since the last call, from at most so many bytes. */
  async read(mostBytes: number): Promise<string[]> {
    try {
      const lines = await this.#readOn(mostBytes)
      this.#lines += lines.length
      if (lines.length > 0) this.#lastAt = this.#options.now()
      return lines
    } catch (error) {
      await this.close()
      this.#fail(error)
      return []
    }
  }

  #fail(error: unknown): void {
    const code = (error as NodeJS.ErrnoException).code
    const { path } = this.#options
    this.#state = code === 'ENOENT' ? 'waiting' : 'failed'
    if (code === 'ENOENT')
      this.#sentence = `${path} does not exist yet; it is followed as soon as it appears.`
    else if (code === 'EACCES')
      this.#sentence = `${path} may not be read; give the user of Nearside the right to read it.`
    else if (code === 'EISDIR')
      this.#sentence = `${path} is a folder; name the files in it, as in ${path}/*.log.`
    else this.#sentence = `${path} cannot be read (${code ?? 'unknown reason'}).`
    this.#first = false
  }

  async #readOn(mostBytes: number): Promise<string[]> {
    if (!this.#handle) await this.#open()
    const lines = await this.#take(mostBytes)
    if (lines.length > 0) return lines
    // Nothing came: the file may have been replaced. The old one is at its end, so nothing is lost.
    const now = await stat(this.#options.path)
    if (now.ino === this.#inode) return lines
    const rest = [...this.#splitter.push(this.#decoder.decode()), ...this.#splitter.end()]
    await this.close()
    await this.#open()
    return [...rest, ...(await this.#take(mostBytes))]
  }

  async #open(): Promise<void> {
    const handle = await open(this.#options.path, 'r')
    const { ino, size } = await handle.stat()
    if ((await handle.stat()).isDirectory()) {
      await handle.close()
      throw Object.assign(new Error('is a directory'), { code: 'EISDIR' })
    }
    this.#handle = handle
    this.#inode = ino
    this.#restartAt(this.#startOffset(ino, size))
    this.#first = false
    this.#state = 'following'
    this.#sentence = ''
  }

  #startOffset(inode: number, size: number): number {
    const { position, history } = this.#options
    if (!this.#first) return 0
    const saved = position?.inode === inode && position.offset <= size ? position.offset : undefined
    if (saved !== undefined) return Math.max(saved, size - MOST_BEHIND)
    return history ? Math.max(0, size - HISTORY_BYTES) : 0
  }

  #restartAt(offset: number): void {
    this.#offset = offset
    this.#decoder = new TextDecoder()
    this.#splitter = new LineSplitter()
  }

  async #take(mostBytes: number): Promise<string[]> {
    const handle = this.#handle
    if (!handle) return []
    const { size } = await handle.stat()
    if (size < this.#offset) this.#restartAt(0) // cut by copytruncate
    if (size - this.#offset > MOST_BEHIND) this.#restartAt(size - MOST_BEHIND)
    const length = Math.min(mostBytes, size - this.#offset)
    if (length <= 0) return []
    const buffer = Buffer.allocUnsafe(length)
    const { bytesRead } = await handle.read(buffer, 0, length, this.#offset)
    this.#offset += bytesRead
    return this.#splitter.push(
      this.#decoder.decode(buffer.subarray(0, bytesRead), { stream: true })
    )
  }

  async close(): Promise<void> {
    const handle = this.#handle
    this.#handle = undefined
    await handle?.close().catch(() => undefined)
  }

  status(): LogSource {
    return {
      name: this.#options.path,
      state: this.#state,
      sentence: this.#sentence,
      lines: this.#lines,
      lastAt: this.#lastAt
    }
  }

  /** Start of the unfinished line, so that a restart reads it whole; undefined before the first read. */
  position(): FilePosition | undefined {
    if (this.#inode === 0) return this.#options.position
    return {
      inode: this.#inode,
      offset: Math.max(0, this.#offset - Buffer.byteLength(this.#splitter.unfinished))
    }
  }
}
