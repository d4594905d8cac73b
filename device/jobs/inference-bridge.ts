// The inference port inside a job's thread: asks the agent, which owns the executors, and waits for the
// answer. Calls may overlap; each is known by its number.

import type { MessagePort } from 'node:worker_threads'
import type { ClassifiedDocuments, InferencePort } from '../../analysis/index.ts'
import { NearsideError } from '../../contract/index.ts'
import type { FromThread, PlainError } from './job-messages.ts'

interface Waiting {
  readonly resolve: (result: ClassifiedDocuments) => void
  readonly reject: (error: Error) => void
}

export class InferenceBridge implements InferencePort {
  #port: Pick<MessagePort, 'postMessage'>
  #calls = new Map<number, Waiting>()
  #next = 1

  constructor(port: Pick<MessagePort, 'postMessage'>) {
    this.#port = port
  }

  classifySentences(
    model: string,
    documents: readonly (readonly string[])[],
    signal: AbortSignal
  ): Promise<ClassifiedDocuments> {
    signal.throwIfAborted()
    const call = this.#next++
    return new Promise((resolve, reject) => {
      const abort = (): void => this.#settle(call)?.reject(signal.reason as Error)
      signal.addEventListener('abort', abort, { once: true })
      this.#calls.set(call, { resolve, reject })
      this.#port.postMessage({ type: 'classify', call, model, documents } satisfies FromThread)
    })
  }

  /** The agent's answer to a call; an answer to a call that was given up is ignored. */
  answer(call: number, result: ClassifiedDocuments): void {
    this.#settle(call)?.resolve(result)
  }

  fail(call: number, error: PlainError): void {
    this.#settle(call)?.reject(new NearsideError(error.code, error.sentence))
  }

  #settle(call: number): Waiting | undefined {
    const waiting = this.#calls.get(call)
    this.#calls.delete(call)
    return waiting
  }
}
