// The process shell of an executor.

import { standBack } from '../../kernel/stand-back.ts'
import { serveExecutor } from './executor-main.ts'
import type { ToExecutor } from './executor-protocol.ts'

standBack()

// Ctrl-C reaches the whole group; the executor ends when the agent says so, or with the agent.
process.on('SIGINT', () => undefined)
process.on('SIGTERM', () => undefined)

serveExecutor({
  post: (message) => process.send?.(message, undefined, undefined, () => undefined),
  onMessage: (listener) => process.on('message', (message) => listener(message as ToExecutor)),
  close: () => process.disconnect()
})
// Also when the agent was killed: nothing stays behind.
process.on('disconnect', () => process.exit())
