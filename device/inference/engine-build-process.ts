// The process that builds one TensorRT engine: ends with its build, or at once by signal. It stands back behind
// everything else on the machine.

import { setPriority } from 'node:os'
import { readGpuFacts } from './cuda-driver.ts'
import { answerBuilder } from './engine-build-main.ts'
import type { ToBuilder } from './engine-build-protocol.ts'
import { missingProviders, ortLibrary } from './gpu-libraries.ts'
import { openOrtApi } from './ort-c-api.ts'
import { Refusal } from './refusal.ts'

/** The last in the queue for the processor; threads that TensorRT starts inherit it. */
setPriority(0, 19)
// Ctrl-C reaches the whole group; the agent says when it is over, by SIGKILL or by ending.
process.on('SIGINT', () => undefined)

const parts = {
  openApi: (libraries: readonly string[]) => {
    const missing = missingProviders('tensorrt', libraries)
    if (missing) throw new Refusal('NS_RUNG_LIBRARY', missing)
    return openOrtApi(ortLibrary(libraries), { logSeverity: 2 })
  },
  readFacts: readGpuFacts
}

process.on('message', (message: ToBuilder) => {
  const answer = answerBuilder(message, parts)
  // A failure is the end: what the libraries wrote to stderr is complete for the agent then.
  const end = (): void => (answer.type === 'failed' ? process.disconnect() : undefined)
  process.send?.(answer, undefined, undefined, end)
})
process.on('disconnect', () => process.exit())
