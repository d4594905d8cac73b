// What a long text analysis has finished so far, as JSON lines under the home folder, so that the same command
// goes on after a crash. Readable by its owner only, and removed when the work is done.

import { createHash } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { toNearsideError } from '../../contract/index.ts'

export interface FinishedItem {
  readonly input: number
  readonly result: unknown
}

export interface Checkpoint {
  /** Items that an earlier run finished; each input once. */
  readonly finished: readonly FinishedItem[]
  /** Appends items; they are on the disk when it resolves. */
  append(items: readonly FinishedItem[]): Promise<void>
  /** The work is done: nothing is kept. */
  remove(): Promise<void>
  /** The work was interrupted: everything is kept. */
  close(): Promise<void>
}

/** An interrupted run can go on for a week. */
const KEPT_MS = 7 * 24 * 3600 * 1000

/** The name of a piece of work: the same only for the same files and options. */
export function workKey(facts: unknown): string {
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex')
}

/** Opens the checkpoint of a piece of work, new or of an earlier run. */
export async function openCheckpoint(home: string, key: string): Promise<Checkpoint> {
  const folder = join(home, 'cli-jobs')
  const path = join(folder, `${key}.jsonl`)
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await forgetOld(folder)
    const { finished, validBytes } = await readItems(path)
    const handle = await open(path, 'a', 0o600)
    // A torn last line would spoil the first one that is appended behind it.
    await handle.truncate(validBytes)
    return checkpoint({ handle, path, finished })
  } catch (error) {
    throw toNearsideError(error)
  }
}

function checkpoint(parts: {
  handle: FileHandle
  path: string
  finished: FinishedItem[]
}): Checkpoint {
  const { handle, path, finished } = parts
  let isEmpty = finished.length === 0
  return {
    finished,
    async append(items) {
      if (items.length === 0) return
      isEmpty = false
      try {
        await handle.appendFile(items.map((item) => `${JSON.stringify(item)}\n`).join(''))
        await handle.datasync()
      } catch (error) {
        throw toNearsideError(error)
      }
    },
    async remove() {
      await handle.close()
      await rm(path, { force: true })
    },
    async close() {
      await handle.close()
      if (isEmpty) await rm(path, { force: true })
    }
  }
}

/** Results hold sentences of documents: what nobody came back for is not kept for ever. */
async function forgetOld(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const facts = await stat(path).catch(() => undefined)
    if (facts && Date.now() - facts.mtimeMs > KEPT_MS) await rm(path, { force: true })
  }
}

async function readItems(path: string): Promise<{ finished: FinishedItem[]; validBytes: number }> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const items = new Map<number, FinishedItem>()
  let validBytes = 0
  for (const line of text.split('\n').slice(0, -1)) {
    const item = parse(line)
    if (!item) break
    items.set(item.input, item)
    validBytes += Buffer.byteLength(line) + 1
  }
  return { finished: [...items.values()], validBytes }
}

function parse(line: string): FinishedItem | undefined {
  try {
    const item = JSON.parse(line) as Partial<FinishedItem> | null
    return typeof item?.input === 'number' && 'result' in item ? (item as FinishedItem) : undefined
  } catch {
    return undefined
  }
}
