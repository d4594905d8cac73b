// Runs asynchronous steps one after the other, whoever asks for them.

export class Serial {
  #last: Promise<unknown> = Promise.resolve()

  /** Queues a step behind all earlier ones; a step that fails does not stop the next. */
  run<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#last.then(step)
    this.#last = result.catch(() => undefined)
    return result
  }
}
