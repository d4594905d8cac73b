// Documents from paths, in a fixed order: files, folders, archives, and JSON lines with many documents each. Reads
// a few ahead of the analysis. Numbers stay the same from run to run, so that a job can go on where it ended.

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import type { DocumentItem } from '../../analysis/index.ts'
import { NearsideError, type ReportInput, toNearsideError } from '../../contract/index.ts'
import type { DocumentPool } from './document-pool.ts'
import { type DocumentFile, MOST_DOCUMENT_BYTES } from './document-reader.ts'
import { type FileKind, fileKind, KIND_BYTES } from './file-kind.ts'
import { jsonlDocument } from './jsonl-documents.ts'
import { unpackZip } from './unpack-zip.ts'
import { type FoundFile, walkFiles } from './walk-files.ts'

/** Documents being read while the analysis works on earlier ones. */
const READ_AHEAD = 6

interface Pending {
  readonly input: ReportInput
  read(): Promise<DocumentItem>
}

/**
 * The documents of some paths.
 * @public
 */
export class DocumentSource {
  /** Every input met so far, by its number. */
  readonly inputs: ReportInput[] = []
  /** Files of a folder that are no documents and were left out. */
  skipped = 0
  readonly #files: readonly FoundFile[]
  readonly #pool: DocumentPool
  readonly #signal: AbortSignal
  readonly #kinds = new Map<string, FileKind>()
  #total: number | null = 0

  private constructor(files: readonly FoundFile[], pool: DocumentPool, signal: AbortSignal) {
    this.#files = files
    this.#pool = pool
    this.#signal = signal
  }

  /** Finds the files of the paths and looks at their first bytes. @throws NearsideError NS_INPUT_* */
  static async open(
    paths: readonly string[],
    pool: DocumentPool,
    signal: AbortSignal
  ): Promise<DocumentSource> {
    const found = await walkFiles(paths)
    const kinds = new Map<string, FileKind>()
    for (const file of found) kinds.set(file.path, await kindOf(file))
    const files = found.filter((file) => file.named || !isForeign(kinds.get(file.path)))
    if (files.length === 0) {
      throw new NearsideError(
        'NS_INPUT_EMPTY',
        'There is no document at this path; give text, Markdown, HTML or PDF files.'
      )
    }
    const source = new DocumentSource(files, pool, signal)
    source.skipped = found.length - files.length
    for (const [path, kind] of kinds) source.#kinds.set(path, kind)
    source.#total = await countDocuments(files, kinds)
    return source
  }

  /** Files with sizes and times: what makes this source the same source after a restart. */
  get files(): readonly FoundFile[] {
    return this.#files
  }

  /** How many documents there are; null when archives have to be opened to know. */
  get total(): number | null {
    return this.#total
  }

  /** All documents but the finished ones, in order of their numbers. */
  async *items(finished: ReadonlySet<number>): AsyncGenerator<DocumentItem, void, void> {
    const reading: Promise<DocumentItem>[] = []
    for await (const pending of this.#pending()) {
      const input = this.inputs.push(pending.input) - 1
      if (finished.has(input)) continue
      const started = pending.read()
      started.catch(() => undefined) // awaited below, in its turn
      reading.push(started)
      if (reading.length >= READ_AHEAD) for (const first of reading.splice(0, 1)) yield await first
    }
    for (const item of reading) yield await item
  }

  async *#pending(): AsyncGenerator<Pending, void, void> {
    let input = 0
    for (const file of this.#files) {
      const kind = this.#kinds.get(file.path)
      const parts =
        kind === 'zip'
          ? this.#archive(file)
          : kind === 'jsonl'
            ? this.#lines(file)
            : this.#single(file)
      for await (const make of parts) {
        yield make(input)
        input += 1
      }
    }
  }

  /** One file, one document; its digest is taken here, its text in a thread. */
  async *#single(file: FoundFile): AsyncGenerator<(input: number) => Pending> {
    const sha256 = await digestOf(file)
    yield (input) => ({
      input: { name: file.name, sha256, bytes: file.bytes },
      read: () => this.#read({ name: file.name, path: file.path }, input)
    })
  }

  /** Files are unpacked one by one; an archive that turns out hostile ends as one failure. */
  async *#archive(file: FoundFile): AsyncGenerator<(input: number) => Pending> {
    try {
      for await (const { name, bytes } of unpackZip(file)) {
        const inner = `${file.name}/${name}`
        yield (input) => ({
          input: { name: inner, sha256: sha256Of(bytes), bytes: bytes.length },
          read: () => this.#read({ name: inner, bytes }, input)
        })
      }
    } catch (error) {
      yield failed(file.name, error)
    }
  }

  /** Streamed, so that a file of many documents may be larger than one document. */
  async *#lines(file: FoundFile): AsyncGenerator<(input: number) => Pending> {
    const lines = createInterface({
      input: createReadStream(file.path),
      crlfDelay: Number.POSITIVE_INFINITY
    })
    let number = 0
    let documents = 0
    for await (const raw of lines) {
      number += 1
      const line = number === 1 ? raw.replace(/^\ufeff/, '') : raw
      if (line.trim() === '') continue
      documents += 1
      yield lineDocument(line, { name: file.name, line: number })
    }
    if (documents === 0) {
      const empty = new NearsideError(
        'NS_INPUT_EMPTY',
        `${file.name} is empty; give a file that holds text.`
      )
      yield failed(file.name, empty)
    }
  }

  async #read(file: DocumentFile, input: number): Promise<DocumentItem> {
    try {
      return { ok: true, input, document: await this.#pool.read(file, this.#signal) }
    } catch (error) {
      this.#signal.throwIfAborted()
      return failure(file.name, error, input)
    }
  }
}

/** Lines of JSON are counted for the progress bar; archives would have to be unpacked. */
async function countDocuments(
  files: readonly FoundFile[],
  kinds: ReadonlyMap<string, FileKind>
): Promise<number | null> {
  let total = 0
  for (const { path } of files) {
    const kind = kinds.get(path)
    if (kind === 'zip') return null
    total += kind === 'jsonl' ? await countLines(path) : 1
  }
  return total
}

async function countLines(path: string): Promise<number> {
  let lines = 0
  for await (const line of createInterface({ input: createReadStream(path) })) {
    if (line.trim() !== '') lines += 1
  }
  return Math.max(1, lines)
}

const isForeign = (kind: FileKind | undefined): boolean => kind === 'binary' || kind === 'office'

/** Kind by the first bytes, asked once before anything is read. */
async function kindOf(file: FoundFile): Promise<FileKind> {
  const handle = await open(file.path, 'r').catch(() => undefined)
  if (!handle) return 'text' // the reader says why it cannot be opened
  try {
    const head = Buffer.alloc(KIND_BYTES)
    const { bytesRead } = await handle.read(head, 0, KIND_BYTES, 0)
    return fileKind(file.name, head.subarray(0, bytesRead))
  } finally {
    await handle.close()
  }
}

const sha256Of = (bytes: Uint8Array | string): string =>
  createHash('sha256').update(bytes).digest('hex')

/** Files that are refused for their size are not read for their digest either. */
async function digestOf(file: FoundFile): Promise<string> {
  const hash = createHash('sha256')
  if (file.bytes > MOST_DOCUMENT_BYTES) return hash.digest('hex')
  try {
    for await (const chunk of createReadStream(file.path)) hash.update(chunk as Buffer)
  } catch {
    // unreadable: reading the document gives the reason
  }
  return hash.digest('hex')
}

/** A broken line is a failure of its own; the next line goes on. */
function lineDocument(
  line: string,
  place: { name: string; line: number }
): (input: number) => Pending {
  let item: (input: number) => DocumentItem
  let name = `${place.name}:${place.line}`
  try {
    const document = jsonlDocument(line, place)
    name = document.name
    item = (input) => ({ ok: true, input, document })
  } catch (error) {
    item = (input) => failure(name, error, input)
  }
  const facts = { name, sha256: sha256Of(line), bytes: Buffer.byteLength(line) }
  return (input) => ({ input: facts, read: async () => item(input) })
}

function failure(name: string, error: unknown, input: number): DocumentItem {
  const { code, message } = toNearsideError(error)
  return { ok: false, input, failure: { name, code, sentence: message } }
}

const failed =
  (name: string, error: unknown): ((input: number) => Pending) =>
  (input) => ({
    input: { name, sha256: sha256Of(''), bytes: 0 },
    read: async () => failure(name, error, input)
  })
