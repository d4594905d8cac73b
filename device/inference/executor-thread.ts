// The thread shell of an executor.

import { parentPort } from 'node:worker_threads'
import { serveExecutor } from './executor-main.ts'
import type { ToExecutor, WorkResult } from './executor-protocol.ts'

function buffersOf(result: WorkResult): ArrayBuffer[] {
  const arrays =
    result.kind === 'tensors'
      ? Object.values(result.outputs).map(({ data }) => data)
      : result.documents.flatMap((tables) => Object.values(tables))
  return [...new Set(arrays.map(({ buffer }) => buffer))]
}

const port = parentPort
if (!port) throw new Error('executor-thread.ts runs as a worker thread only')

serveExecutor({
  post: (message) =>
    port.postMessage(message, message.type === 'done' ? buffersOf(message.result) : []),
  onMessage: (listener) => port.on('message', (message: ToExecutor) => listener(message)),
  close: () => port.close()
})
