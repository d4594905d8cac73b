// One clock for all ages on a page: a single timer a second, however many elements show an age. It also
// knows how far the server's clock is from the browser's, so that ages are true on a badly set tablet.

import type { ReactiveController, ReactiveControllerHost } from 'lit'

const hosts = new Set<ReactiveControllerHost>()
let timer: ReturnType<typeof setInterval> | undefined
let offsetMs = 0

/** Milliseconds since 1970 by the server's clock. */
export const serverNow = (): number => Date.now() + offsetMs

/** Tells the page what the server's clock said just now; differences under 2 s are left alone. */
export function setServerClock(serverMs: number): void {
  const difference = serverMs - Date.now()
  offsetMs = Math.abs(difference) < 2000 ? 0 : difference
}

function tick(): void {
  for (const host of hosts) host.requestUpdate()
}

/** Re-renders its host once a second while it is connected. */
export class Ticker implements ReactiveController {
  readonly #host: ReactiveControllerHost

  constructor(host: ReactiveControllerHost) {
    this.#host = host
    host.addController(this)
  }

  hostConnected(): void {
    hosts.add(this.#host)
    timer ??= setInterval(tick, 1000)
  }

  hostDisconnected(): void {
    hosts.delete(this.#host)
    if (hosts.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}
