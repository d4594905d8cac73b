// The inside of the process shell: its line to the agent, and what ends it. Which sessions it opens, the entry says.

import { goFirstWithoutMemory, standBack } from '../../kernel/stand-back.ts'
import { type OpenSession, serveExecutor } from './executor-main.ts'
import type { ToExecutor } from './executor-protocol.ts'
import { inheritedTensors, packed, unpacked } from './shared-tensors.ts'

/** Answers the agent for as long as the process lives. */
export function serveInProcess(open?: OpenSession): void {
  standBack()
  // A model that takes all memory must not take the agent with it.
  goFirstWithoutMemory()
  // Ctrl-C reaches the whole group; the executor ends when the agent says so, or with the agent.
  process.on('SIGINT', () => undefined)
  process.on('SIGTERM', () => undefined)
  const shared = inheritedTensors()
  serveExecutor(
    {
      post: (message) => {
        process.send?.(packed(message, shared), undefined, undefined, () => undefined)
      },
      onMessage: (listener) =>
        process.on('message', (message) => {
          const received = unpacked(message as ToExecutor, shared)
          if (received) listener(received)
          else process.exit(1)
        }),
      close: () => process.disconnect()
    },
    open
  )
  // Also when the agent was killed: nothing stays behind.
  process.on('disconnect', () => process.exit())
}
