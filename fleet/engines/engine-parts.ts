// Files of engines while they arrive: a part grows piece by piece and becomes a blob when it is whole and has
// its digest. A part outlives a restart; who may send it is for the caller to say.

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { NearsideError, toNearsideError } from '../../contract/index.ts'
import type { BlobStore } from '../registry/index.ts'
import type { EngineFile } from '../store/index.ts'

interface PieceOf {
  /** Id of the engine. */
  readonly engine: string
  readonly file: EngineFile
}

export interface Piece extends PieceOf {
  /** Where it begins in the file, bytes. */
  readonly offset: number
  readonly stream: Readable
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 }))
    hash.update(piece as Buffer)
  return hash.digest('hex')
}

function misplaced(received: number): NearsideError {
  const sentence = `The piece does not follow on what is here; go on at byte ${received}.`
  return new NearsideError('NS_ENGINE_UPLOAD', sentence, { details: { received } })
}

export class EngineParts {
  readonly #folder: string
  readonly #blobs: BlobStore
  #busy = new Set<string>()

  constructor(folder: string, blobs: BlobStore) {
    this.#folder = folder
    this.#blobs = blobs
  }

  /** Makes the folder and removes parts of engines that are expected no longer. */
  async open(expected: ReadonlySet<string>): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    for (const name of await readdir(this.#folder))
      if (!expected.has(name.split('.')[0] ?? '')) await rm(join(this.#folder, name))
  }

  /** Bytes of a file that are here; all of them when it is a blob already. */
  async received(of: PieceOf): Promise<number> {
    if (await this.#blobs.has(of.file.sha256)) return of.file.size
    return stat(this.#path(of)).then(
      ({ size }) => size,
      () => 0
    )
  }

  /** Whether something of an engine arrives at this moment. */
  isArriving(engine: string): boolean {
    return [...this.#busy].some((path) => path.startsWith(join(this.#folder, `${engine}.`)))
  }

  /**
   * Takes one piece. What came before a connection ended stays and is gone on from.
   * @returns bytes that are here now
   * @throws NearsideError NS_ENGINE_UPLOAD with `details.received` when the piece does not follow, another one
   *   arrives or it ended early; NS_ENGINE_DAMAGED when the file is too long or has another digest, which
   *   removes it; NS_STORAGE_FULL
   */
  async take(piece: Piece): Promise<number> {
    const path = this.#path(piece)
    const received = await this.received(piece)
    if (received === piece.file.size && (await this.#blobs.has(piece.file.sha256))) return received
    if (piece.offset !== received || this.#busy.has(path)) throw misplaced(received)
    this.#busy.add(path)
    try {
      const total = await this.#append(path, piece)
      if (total === piece.file.size) await this.#finish(path, piece.file)
      return total
    } finally {
      this.#busy.delete(path)
    }
  }

  async #append(path: string, { file, offset, stream }: Piece): Promise<number> {
    const handle = await open(path, offset === 0 ? 'w' : 'r+', 0o600)
    let total = offset
    try {
      // Left open when it is refused, so that the refusal can be answered.
      for await (const bytes of stream.iterator({ destroyOnReturn: false })) {
        if (total + bytes.length > file.size) {
          await rm(path, { force: true })
          throw new NearsideError(
            'NS_ENGINE_DAMAGED',
            'A file of the engine is longer than its builder said; it was removed.'
          )
        }
        await handle.write(bytes, 0, bytes.length, total)
        total += bytes.length
      }
      return total
    } catch (error) {
      const known = toNearsideError(error)
      if (known.code !== 'NS_INTERNAL') throw known
      const sentence = `The connection ended early; go on at byte ${total}.`
      const details = { received: total }
      throw new NearsideError('NS_ENGINE_UPLOAD', sentence, { cause: error, details })
    } finally {
      await handle.close()
    }
  }

  async #finish(path: string, { sha256 }: EngineFile): Promise<void> {
    const digest = await digestOf(path).catch(() => '') // dropped meanwhile
    if (digest === sha256) return this.#blobs.adopt(path, sha256)
    await rm(path, { force: true })
    const sentence =
      'A file of the engine has another digest than its builder signed; send it again.'
    throw new NearsideError('NS_ENGINE_DAMAGED', sentence)
  }

  /** Removes what arrived of an engine. */
  async drop(engine: string): Promise<void> {
    for (const name of await readdir(this.#folder))
      if (name.startsWith(`${engine}.`)) await rm(join(this.#folder, name), { force: true })
  }

  #path({ engine, file }: PieceOf): string {
    return join(this.#folder, `${engine}.${file.sha256}`)
  }
}
