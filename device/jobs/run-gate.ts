// Holds a run between two items while it is paused.

export class RunGate {
  #open: Promise<void> = Promise.resolve()
  #release: (() => void) | undefined

  pause(): void {
    if (this.#release) return
    this.#open = new Promise((resolve) => {
      this.#release = resolve
    })
  }

  resume(): void {
    this.#release?.()
    this.#release = undefined
  }

  /** Passes items on one by one, and none while paused. */
  async *through<T>(items: AsyncIterable<T>): AsyncGenerator<T, void, void> {
    for await (const item of items) {
      await this.#open
      yield item
    }
  }
}
