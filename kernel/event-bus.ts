// A typed event bus: a wrong payload is a compile error. Listeners are called in order, at once.

type Listener<T> = (payload: T) => void

/** @public */
export class EventBus<Events extends object> {
  #listeners = new Map<keyof Events, Set<Listener<never>>>()

  /** Adds a listener and returns the function that removes it. */
  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners)
    listeners.add(listener as Listener<never>)
    return () => listeners.delete(listener as Listener<never>)
  }

  emit<Name extends keyof Events>(name: Name, payload: Events[Name]): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])])
      (listener as Listener<Events[Name]>)(payload)
  }

  /** True when somebody listens, so that a costly payload need not be made for nobody. */
  has(name: keyof Events): boolean {
    return (this.#listeners.get(name)?.size ?? 0) > 0
  }
}
