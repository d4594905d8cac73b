// Opens the inputs of `analyze logs`: files one after the other, or standard input, as stretches of lines.
// Files can be read twice; standard input is kept up to a limit so that its beginning can be.

import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { NearsideError, type ReportInput } from '../../contract/index.ts'
import { readLines } from '../../device/sources/index.ts'
import { startProgress } from './line-progress.ts'

const CHUNK_BYTES = 262_144

/** Lines of all inputs in order. */
export interface LogInput {
  /** True when `lines` may be called again and yields the same. */
  readonly rereadable: boolean
  /** @param mostLength longest line kept, when not that of a log line */
  lines(mostLength?: number): AsyncGenerator<readonly string[]>
  /** What was read, known once `lines` has ended. */
  inputs(): ReportInput[]
}

/** @throws NearsideError NS_INPUT_NOT_FOUND, NS_INPUT_FORMAT, NS_INPUT_UNREADABLE before anything is read */
export async function openLogInput(paths: readonly string[]): Promise<LogInput> {
  const names = paths.length === 0 ? ['-'] : paths
  let total = 0
  for (const name of names) if (name !== '-') total += await sizeOf(name)
  const read = new Map<string, ReportInput>()
  return {
    rereadable: !names.includes('-'),
    inputs: () => [...read.values()],
    async *lines(mostLength) {
      const progress = startProgress(names.includes('-') ? null : total)
      try {
        for (const name of names) {
          const bytes = counted(name, (input) => read.set(name, input), progress.add)
          yield* readLines(bytes, { name: label(name), ...(mostLength && { mostLength }) })
        }
      } finally {
        progress.end()
      }
    }
  }
}

function label(name: string): string {
  return name === '-' ? 'Standard input' : name
}

async function sizeOf(path: string): Promise<number> {
  try {
    const entry = await stat(path)
    if (entry.isDirectory()) {
      throw new NearsideError('NS_INPUT_FORMAT', `${path} is a folder; name the log files in it.`)
    }
    await (await open(path, 'r')).close()
    return entry.size
  } catch (error) {
    if (error instanceof NearsideError) throw error
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new NearsideError('NS_INPUT_NOT_FOUND', `${path} does not exist; check the name.`)
    }
    throw new NearsideError(
      'NS_INPUT_UNREADABLE',
      `${path} cannot be read; check its permissions.`,
      { cause: error }
    )
  }
}

async function* counted(
  name: string,
  done: (input: ReportInput) => void,
  progress: (bytes: number) => void
): AsyncGenerator<Uint8Array> {
  const stream =
    name === '-' ? process.stdin : createReadStream(name, { highWaterMark: CHUNK_BYTES })
  const hash: Hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    hash.update(chunk)
    bytes += chunk.length
    progress(chunk.length)
    yield chunk
  }
  done({
    name: name === '-' ? 'standard input' : basename(name),
    sha256: hash.digest('hex'),
    bytes
  })
}
