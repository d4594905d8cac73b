// Reads the body of an inference request within bounds: by its declared length before a byte is read, by count
// while it comes, together with all other bodies, and not for longer than the client keeps sending.

import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createGunzip, createInflate } from 'node:zlib'
import { NearsideError } from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'

/** Bytes of all bodies in memory at a time: of requests until they are answered, of answers until they are taken. */
export class BodyBudget {
  readonly bytes: number
  #left: number

  constructor(bytes: number) {
    this.bytes = bytes
    this.#left = bytes
  }

  get leftBytes(): number {
    return this.#left
  }

  /**
   * @throws NearsideError NS_INFERENCE_OVERLOADED when the bodies of others fill the memory, NS_INPUT_TOO_LARGE
   *   when these would not even fit alone
   */
  take(bytes: number): void {
    if (bytes > this.bytes) {
      const sentence = `Request or answer take ${bytes} bytes in memory; there are ${this.bytes} for all of them. Send fewer rows at a time.`
      throw new NearsideError('NS_INPUT_TOO_LARGE', sentence)
    }
    if (bytes > this.#left) {
      const sentence =
        'The bodies of other requests, or answers that their clients have not read, fill the memory that there is for them; try again in a moment.'
      throw new NearsideError('NS_INFERENCE_OVERLOADED', sentence)
    }
    this.#left -= bytes
  }

  give(bytes: number): void {
    this.#left += bytes
  }
}

interface BodyOptions {
  readonly limitBytes: number
  /** What was taken from it is in `taken`; whoever reads the body gives it back when it is done with it. */
  readonly budget: BodyBudget
  readonly taken: { bytes: number }
  readonly stalledMs: number
  readonly clock: Clock
}

/** Most requests fit. */
const FIRST_BLOCK_BYTES = 64 * 1024
/** Bytes that are copied before the loop gets its turn again: below 1 ms. */
const COPY_BYTES = 4 * 1024 * 1024

const tooLarge = (limitBytes: number): NearsideError =>
  new NearsideError(
    'NS_INPUT_TOO_LARGE',
    `The body is larger than ${limitBytes} bytes, the most that this address takes; send less at a time.`
  )

function unpacked(request: IncomingMessage): Readable {
  const encoding = request.headers['content-encoding']?.toLowerCase() ?? 'identity'
  if (encoding === 'identity') return request
  if (encoding !== 'gzip' && encoding !== 'deflate') {
    const sentence = 'This content encoding is not taken; send gzip, deflate or none.'
    throw new NearsideError('NS_REQUEST_MEDIA_TYPE', sentence)
  }
  const through = encoding === 'gzip' ? createGunzip() : createInflate()
  request.once('close', () => {
    if (!request.readableEnded) through.destroy(new Error('cut off'))
  })
  return request.pipe(through)
}

/**
 * Collects chunks in blocks that grow with what came, so that neither a declared length nor a body in single
 * bytes takes more memory than was sent.
 */
class Blocks {
  #full: Uint8Array<ArrayBuffer>[] = []
  #block: Uint8Array<ArrayBuffer>
  #used = 0
  #bytes = 0

  constructor(declaredBytes: number) {
    this.#block = allocateBytes(Math.min(declaredBytes || FIRST_BLOCK_BYTES, FIRST_BLOCK_BYTES))
  }

  add(chunk: Uint8Array): void {
    let rest = chunk
    while (rest.length > 0) {
      if (this.#used === this.#block.length) {
        this.#full.push(this.#block)
        this.#block = allocateBytes(Math.max(FIRST_BLOCK_BYTES, this.#bytes))
        this.#used = 0
      }
      const fits = rest.subarray(0, this.#block.length - this.#used)
      this.#block.set(fits, this.#used)
      this.#used += fits.length
      this.#bytes += fits.length
      rest = rest.subarray(fits.length)
    }
  }

  /** One array of all; a large one is copied bit by bit, so that the loop goes on. */
  async join(): Promise<Uint8Array<ArrayBuffer>> {
    if (this.#full.length === 0 && this.#used === this.#block.length) return this.#block
    const body = allocateBytes(this.#bytes)
    let at = 0
    for (const block of [...this.#full, this.#block.subarray(0, this.#used)])
      for (let from = 0; from < block.length; from += COPY_BYTES) {
        const part = block.subarray(from, from + COPY_BYTES)
        body.set(part, at)
        at += part.length
        if (part.length === COPY_BYTES) await nextTurn()
      }
    return body
  }
}

/** Not zeroed: memory that is not written is not taken. */
function allocateBytes(bytes: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.allocUnsafeSlow(bytes).buffer)
}

/**
 * Reads a whole body. Nothing of it is read when its declared length is beyond the limit.
 * @throws NearsideError NS_INPUT_TOO_LARGE, NS_INFERENCE_OVERLOADED, NS_REQUEST_MEDIA_TYPE, NS_REQUEST_INVALID
 */
export async function readBody(
  request: IncomingMessage,
  options: BodyOptions
): Promise<Uint8Array<ArrayBuffer>> {
  const declared = Number(request.headers['content-length'] ?? 0)
  if (declared > options.limitBytes) throw tooLarge(options.limitBytes)
  const blocks = new Blocks(declared)
  await collect(unpacked(request), blocks, options)
  return blocks.join()
}

/** A refused stream is left alone, not destroyed, so that an answer can go out. */
function collect(stream: Readable, blocks: Blocks, options: BodyOptions): Promise<void> {
  const { limitBytes, budget, taken, stalledMs, clock } = options
  return new Promise((resolve, reject) => {
    let lastAt = clock.monotonicMs()
    const cancel = clock.every(stalledMs, () => {
      if (clock.monotonicMs() - lastAt >= stalledMs)
        end(invalid(`No byte of the body came for ${stalledMs} ms; send it again.`))
    })
    const end = (error?: unknown): void => {
      cancel()
      stream.off('data', onData).off('end', onEnd).off('error', onError).off('close', onClose)
      stream.on('error', () => undefined)
      if (error) reject(error)
      else resolve()
    }
    const onData = (chunk: Uint8Array): void => {
      lastAt = clock.monotonicMs()
      try {
        if (taken.bytes + chunk.length > limitBytes) throw tooLarge(limitBytes)
        budget.take(chunk.length)
        taken.bytes += chunk.length
        blocks.add(chunk)
      } catch (error) {
        end(error)
      }
    }
    const onEnd = (): void => end()
    const onError = (cause: unknown): void =>
      end(invalid('The body is cut off or its content encoding is damaged; send it again.', cause))
    const onClose = (): void => onError(undefined)
    stream.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose)
  })
}

const invalid = (sentence: string, cause?: unknown): NearsideError =>
  new NearsideError('NS_REQUEST_INVALID', sentence, { cause })
