// The inside of the thread shell: its line to the agent. Which sessions it opens, the entry says.

import { parentPort } from 'node:worker_threads'
import { type OpenSession, serveExecutor } from './executor-main.ts'
import type { ToExecutor, WorkResult } from './executor-protocol.ts'

function buffersOf(result: WorkResult): ArrayBuffer[] {
  const arrays =
    result.kind === 'tensors'
      ? Object.values(result.outputs).map(({ data }) => data)
      : result.documents.flatMap((tables) => Object.values(tables))
  return [...new Set(arrays.map(({ buffer }) => buffer))]
}

/** Answers the agent until it says stop. */
export function serveInThread(open?: OpenSession): void {
  const port = parentPort
  if (!port) throw new Error('the entry of a thread runs as a worker thread only')
  serveExecutor(
    {
      post: (message) =>
        port.postMessage(message, message.type === 'done' ? buffersOf(message.result) : []),
      onMessage: (listener) => port.on('message', (message: ToExecutor) => listener(message)),
      close: () => port.close()
    },
    open
  )
}
