// Turns the bytes of a log file into lines, in stretches, with constant memory: unpacks gzip, refuses what
// is no text, cuts endless lines. It opens no file; whoever calls brings the bytes.

import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { NearsideError } from '../../contract/errors.ts'
import { encodingOf } from './file-kind.ts'

/** Longest line kept, UTF-16 code units; the rest of a longer one is dropped. */
export const MOST_LINE_LENGTH = 65_536
/** Bytes looked at before the content counts as text. */
const PROBE_BYTES = 65_536
/** Broken bytes among the probed ones from which on the encoding is no UTF-8 with a slip here and there. */
const BROKEN_SHARE = 0.005
/** Gzip of a log reaches about 30; a thousandfold is an attack once it is this large. */
const BOMB_RATIO = 1000
const BOMB_BYTES = 1024 ** 3

interface LineSource {
  /** Name for sentences about what is wrong. */
  readonly name: string
  /** Longest line, UTF-16 code units; rows that hold whole sessions may be longer than log lines. */
  readonly mostLength?: number
}

/**
 * Lines of a byte stream without their line ends, in stretches of some hundred.
 * @throws NearsideError NS_INPUT_EMPTY, NS_INPUT_BINARY, NS_INPUT_ENCODING, NS_INPUT_UNREADABLE, NS_ARCHIVE_BOMB
 * @public
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  { name, mostLength }: LineSource
): AsyncGenerator<readonly string[]> {
  let decoder = new TextDecoder('utf-8')
  const splitter = new LineSplitter(mostLength)
  let probed = false
  let head: Uint8Array = new Uint8Array(0)
  for await (const chunk of unpacked(chunks, name)) {
    let bytes = chunk
    if (!probed) {
      head = head.length === 0 ? chunk : Buffer.concat([head, chunk])
      if (head.length < PROBE_BYTES) continue
      probe(head, name)
      decoder = new TextDecoder(encodingOf(head))
      probed = true
      bytes = head
    }
    const lines = splitter.push(decoder.decode(bytes, { stream: true }))
    if (lines.length > 0) yield lines
  }
  if (!probed) {
    probe(head, name)
    decoder = new TextDecoder(encodingOf(head))
  }
  const rest = probed ? '' : decoder.decode(head, { stream: true })
  yield [...splitter.push(rest + decoder.decode()), ...splitter.end()]
}

function probe(bytes: Uint8Array, name: string): void {
  const head = bytes.subarray(0, PROBE_BYTES)
  if (head.every((byte) => byte > 0 && byte <= 32)) {
    throw new NearsideError(
      'NS_INPUT_EMPTY',
      `${name} is empty; give a log with at least one line.`
    )
  }
  const encoding = encodingOf(head)
  if (encoding === 'utf-8' && head.includes(0)) {
    throw new NearsideError(
      'NS_INPUT_BINARY',
      `${name} is a binary file; give a log in plain text or gzip.`
    )
  }
  const text = new TextDecoder(encoding).decode(head)
  const broken = text.split('\uFFFD').length - 1
  if (broken > 1 && broken > BROKEN_SHARE * head.length) {
    throw new NearsideError(
      'NS_INPUT_ENCODING',
      `${name} is not valid UTF-8; convert it and try again.`
    )
  }
}

async function* unpacked(
  chunks: AsyncIterable<Uint8Array>,
  name: string
): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]()
  let first = await iterator.next()
  while (!first.done && first.value.length === 0) first = await iterator.next()
  if (first.done) return
  const rest = { head: first.value, iterator }
  const isGzip = first.value[0] === 0x1f && first.value[1] === 0x8b
  if (isGzip) yield* gunzipped(rest, name)
  else yield* joined(rest)
}

interface Opened {
  readonly head: Uint8Array
  readonly iterator: AsyncIterator<Uint8Array>
}

async function* joined({ head, iterator }: Opened): AsyncGenerator<Uint8Array> {
  try {
    yield head
    for (let next = await iterator.next(); !next.done; next = await iterator.next())
      yield next.value
  } finally {
    await iterator.return?.()
  }
}

async function* gunzipped(opened: Opened, name: string): AsyncGenerator<Uint8Array> {
  let packed = 0
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of joined(opened)) {
      packed += chunk.length
      yield chunk
    }
  }
  const source = Readable.from(counted())
  const gunzip = createGunzip({ chunkSize: PROBE_BYTES * 4 })
  source.on('error', (error) => gunzip.destroy(error))
  let bytes = 0
  try {
    for await (const chunk of source.pipe(gunzip) as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > BOMB_BYTES && bytes > BOMB_RATIO * packed) {
        throw new NearsideError(
          'NS_ARCHIVE_BOMB',
          `${name} unpacks to more than a thousand times its size; unpack it yourself if you trust it.`
        )
      }
      yield chunk
    }
  } catch (error) {
    if (error instanceof NearsideError) throw error
    throw new NearsideError(
      'NS_INPUT_UNREADABLE',
      `${name} is a damaged gzip file; pack or copy it again.`,
      { cause: error }
    )
  } finally {
    source.destroy()
  }
}

/** Cuts text into lines; keeps at most one unfinished line, of bounded length. */
export class LineSplitter {
  private readonly most: number
  private partial = ''
  private dropping = false

  constructor(mostLength = MOST_LINE_LENGTH) {
    this.most = mostLength
  }

  /** Lines that this text completes. */
  push(text: string): string[] {
    const lines = text.split('\n')
    const last = lines.pop() ?? ''
    if (lines.length === 0) {
      this.keep(last)
      return []
    }
    const first = this.partial + (this.dropping ? '' : (lines[0] ?? ''))
    lines[0] = first
    this.partial = ''
    this.dropping = false
    this.keep(last)
    for (let i = 0; i < lines.length; i++) lines[i] = trimmed(lines[i] ?? '', this.most)
    return lines
  }

  private keep(text: string): void {
    if (this.dropping) return
    this.partial += text
    if (this.partial.length <= this.most) return
    this.partial = this.partial.slice(0, this.most)
    this.dropping = true
  }

  /** The last line when it has no line end. */
  end(): string[] {
    const last = this.partial
    this.partial = ''
    this.dropping = false
    return last === '' ? [] : [trimmed(last, this.most)]
  }

  /** The line that has no end yet. */
  get unfinished(): string {
    return this.partial
  }
}

function trimmed(line: string, most: number): string {
  const end = line.charCodeAt(line.length - 1) === 13 ? line.length - 1 : line.length
  return end > most || end < line.length ? line.slice(0, Math.min(end, most)) : line
}
