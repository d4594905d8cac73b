// Opens the input of `analyze machines`: one CSV file or standard input, hashed and counted while it is read.

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Table } from '../../analysis/index.ts'
import { NearsideError, type ReportInput } from '../../contract/index.ts'
import { readTable } from '../../device/sources/index.ts'
import { startProgress } from './line-progress.ts'

const CHUNK_BYTES = 262_144

export interface MachinesInput {
  readonly table: Table
  /** What was read, known once the rows have ended. */
  inputs(): ReportInput[]
  /** Takes the progress bar away. */
  close(): void
}

/** Opens `path`, `-` for standard input. @throws NearsideError NS_INPUT_… with what is wrong and what to do */
export async function openMachinesInput(path: string): Promise<MachinesInput> {
  const standard = path === '-'
  const size = standard ? null : await sizeOf(path)
  const progress = startProgress(size)
  const read: ReportInput[] = []
  async function* bytes(): AsyncGenerator<Uint8Array> {
    const stream = standard ? process.stdin : createReadStream(path, { highWaterMark: CHUNK_BYTES })
    const hash = createHash('sha256')
    let count = 0
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      hash.update(chunk)
      count += chunk.length
      progress.add(chunk.length)
      yield chunk
    }
    const name = standard ? 'standard input' : basename(path)
    read.push({ name, sha256: hash.digest('hex'), bytes: count })
  }
  try {
    const table = await readTable(bytes(), { name: standard ? 'Standard input' : path })
    return { table, inputs: () => read, close: () => progress.end() }
  } catch (error) {
    progress.end()
    throw error
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    const handle = await open(path, 'r')
    try {
      const entry = await handle.stat()
      if (!entry.isDirectory()) return entry.size
    } finally {
      await handle.close()
    }
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    throw missing
      ? new NearsideError('NS_INPUT_NOT_FOUND', `${path} does not exist; check the name.`)
      : new NearsideError('NS_INPUT_UNREADABLE', `${path} cannot be read; check its permissions.`, {
          cause
        })
  }
  throw new NearsideError('NS_INPUT_FORMAT', `${path} is a folder; name one CSV file in it.`)
}
