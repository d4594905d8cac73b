// A process that `nearside up` keeps: it ends when told to, when its keeper is gone, or at a SIGTERM. Ctrl-C
// in a terminal reaches every process at once; a kept one leaves it to its keeper, who ends all in order.

import { untilSignal } from '../kernel/lifecycle.ts'

/** Set for processes that `nearside up` starts. */
export const SUPERVISED = 'NEARSIDE_SUPERVISED'

/** What the keeper tells its process at the start. */
export interface Hello {
  readonly type: 'hello'
  /** Key of the encrypted scratch space, base64; the keeper holds it over restarts of the process. */
  readonly scratchKey: string
}

/** Resolves when this process is to end. */
export async function untilToldToStop(): Promise<void> {
  if (!process.env[SUPERVISED]) return void (await untilSignal())
  process.on('SIGINT', () => undefined)
  await new Promise<void>((resolve) => {
    process.once('disconnect', resolve)
    process.once('SIGTERM', () => resolve())
    process.on('message', (message) => {
      if ((message as { type?: string } | null)?.type === 'stop') resolve()
    })
  })
}

/** The key that the keeper holds; undefined for a process without a keeper. */
export function scratchKeyFromKeeper(): Promise<Buffer | undefined> {
  if (!process.env[SUPERVISED] || !process.send) return Promise.resolve(undefined)
  return new Promise((resolve) => {
    process.once('message', (message) =>
      resolve(Buffer.from((message as Hello).scratchKey, 'base64'))
    )
    process.send?.({ type: 'waiting' })
  })
}
