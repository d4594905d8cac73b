// Tells a screen whether the page is as narrow as a phone, where tables show fewer columns.

import type { ReactiveController, ReactiveControllerHost } from 'lit'

/** Re-renders its host when the page becomes narrow or wide. */
export class Narrow implements ReactiveController {
  readonly #host: ReactiveControllerHost
  readonly #query = matchMedia('(width < 720px)')

  constructor(host: ReactiveControllerHost) {
    this.#host = host
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
