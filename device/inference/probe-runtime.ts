// Whether ONNX Runtime loads on this machine, asked in a thread of its own so that the asker never loads it.

import { Worker } from 'node:worker_threads'
import { NearsideError } from '../../contract/index.ts'

export interface RuntimeFacts {
  readonly version: string
  /** Execution providers compiled into the shipped library. */
  readonly backends: readonly string[]
}

/** @throws NearsideError NS_INFERENCE_RUNTIME_MISSING with the words of the loader */
export function probeRuntime(): Promise<RuntimeFacts> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./probe-thread.ts', import.meta.url), { stderr: true })
    worker.once('message', (facts: RuntimeFacts) => resolve(facts))
    worker.once('error', (cause) => {
      const reason = cause instanceof Error ? cause.message.split('\n', 1)[0] : 'unknown reason'
      const sentence = `ONNX Runtime cannot be loaded (${reason}); install the packages again with npm ci.`
      reject(new NearsideError('NS_INFERENCE_RUNTIME_MISSING', sentence, { cause }))
    })
  })
}
