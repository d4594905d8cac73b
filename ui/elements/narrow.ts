// Tells a screen whether the page is so narrow that it shows something else, or the same in another order.

import type { ReactiveController, ReactiveControllerHost } from 'lit'

/** Re-renders its host when the page becomes narrow or wide. */
export class Narrow implements ReactiveController {
  readonly #host: ReactiveControllerHost
  readonly #query: MediaQueryList

  /** @param below width in CSS pixels; that of a phone when left out */
  constructor(host: ReactiveControllerHost, below = 720) {
    this.#host = host
    this.#query = matchMedia(`(width < ${below}px)`)
    host.addController(this)
  }

  get on(): boolean {
    return this.#query.matches
  }

  hostConnected(): void {
    this.#query.addEventListener('change', this.#follow)
  }

  hostDisconnected(): void {
    this.#query.removeEventListener('change', this.#follow)
  }

  readonly #follow = (): void => this.#host.requestUpdate()
}
