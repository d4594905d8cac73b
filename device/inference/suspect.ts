// A model that loses its executors again and again: how that is noticed, and what is said of it. What to do
// about it is decided elsewhere.

import { type ModelManifest, NearsideError } from '../../contract/index.ts'
import type { LoadedModel, ModelServer } from './loaded-model.ts'

/** The servers of a loaded model; `onSuspect` is called when a batch failed and an executor was lost too often. */
export function watched(loaded: LoadedModel, onSuspect: () => unknown): ModelServer[] {
  return loaded.servers.map((server) => ({
    ...server,
    run: async (requests) => {
      try {
        return await server.run(requests)
      } catch (error) {
        if (loaded.suspect()) onSuspect()
        throw error
      }
    }
  }))
}

/** What requests are answered with while a suspect model rests. */
export function resting({ name, version }: ModelManifest, restMs: number): NearsideError {
  const minutes = Math.round(restMs / 60_000)
  const sentence = `${name} ${version} lost its executor three times in a row and rests for ${minutes} minutes; install another version if it happens again.`
  return new NearsideError('NS_INFERENCE_FAILED', sentence)
}

/** What requests are answered with when the device ends. */
export function shuttingDown(): NearsideError {
  const sentence = 'The device is shutting down; ask again when it runs.'
  return new NearsideError('NS_INFERENCE_FAILED', sentence)
}
