// Tells a chart how large it is, in pixels, so that lines keep their width and dots stay round.

import type { ReactiveController, ReactiveControllerHost } from 'lit'

/** Re-renders its host when the host's size changes. */
export class Measured implements ReactiveController {
  readonly #host: ReactiveControllerHost & HTMLElement
  readonly #observer: ResizeObserver
  width = 0
  height = 0

  constructor(host: ReactiveControllerHost & HTMLElement) {
    this.#host = host
    this.#observer = new ResizeObserver(([entry]) => {
      if (!entry) return
      const { width, height } = entry.contentRect
      if (width === this.width && height === this.height) return
      this.width = width
      this.height = height
      host.requestUpdate()
    })
    host.addController(this)
  }

  hostConnected(): void {
    this.#observer.observe(this.#host)
  }

  hostDisconnected(): void {
    this.#observer.disconnect()
  }
}
