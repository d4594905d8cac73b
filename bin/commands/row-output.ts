// Where rows and reports go: standard output with back-pressure, or a file that appears only when whole.

import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { open, rename, rm } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { NearsideError, toNearsideError } from '../../contract/index.ts'

export interface RowOutput {
  write(text: string): Promise<void>
  /** Makes the file appear; nothing to do for standard output. */
  finish(): Promise<void>
  /** Leaves nothing behind. */
  discard(): Promise<void>
}

/** Opens the output. @throws NearsideError NS_USAGE_INVALID when the file cannot be made */
export async function openOutput(
  path: string | undefined,
  stream: Writable = process.stdout
): Promise<RowOutput> {
  return path === undefined ? streamOutput(stream) : fileOutput(path)
}

function streamOutput(stream: Writable): RowOutput {
  return {
    async write(text) {
      if (!stream.write(text)) await once(stream, 'drain')
    },
    finish: () => Promise.resolve(),
    discard: () => Promise.resolve()
  }
}

async function fileOutput(path: string): Promise<RowOutput> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
  const handle = await open(temporary, 'wx').catch((error: unknown) => {
    throw new NearsideError(
      'NS_USAGE_INVALID',
      `${path} cannot be written; name a file in a folder that you may write.`,
      { cause: error }
    )
  })
  const guarded = async (step: () => Promise<unknown>): Promise<void> => {
    await step().catch((error: unknown) => {
      throw toNearsideError(error)
    })
  }
  return {
    write: (text) => guarded(() => handle.writeFile(text)),
    finish: () =>
      guarded(async () => {
        await handle.sync()
        await handle.close()
        await rename(temporary, path)
      }),
    async discard() {
      await handle.close().catch(() => undefined)
      await rm(temporary, { force: true })
    }
  }
}
