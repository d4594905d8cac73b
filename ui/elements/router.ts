// Follows the address behind `#`, so that every screen has a link that survives a reload and the back
// button works. Reading an address is in route.ts.

import type { ReactiveController, ReactiveControllerHost } from 'lit'
import { parseRoute, type Route, routeTo } from './route.ts'

/** Re-renders its host when the address changes; `route` is the current one. */
export class HashRouter implements ReactiveController {
  readonly #host: ReactiveControllerHost & { updateComplete: Promise<boolean> }
  route: Route = parseRoute(location.hash)

  constructor(host: ReactiveControllerHost & { updateComplete: Promise<boolean> }) {
    this.#host = host
    host.addController(this)
  }

  hostConnected(): void {
    addEventListener('hashchange', this.#follow)
  }

  hostDisconnected(): void {
    removeEventListener('hashchange', this.#follow)
  }

  readonly #follow = (): void => {
    this.route = parseRoute(location.hash)
    this.#host.requestUpdate()
  }
}

/** Opens a screen; `replace` leaves no trace for the back button. */
export function go(
  parts: readonly string[],
  query: Readonly<Record<string, string | number | undefined>> = {},
  replace = false
): void {
  const target = routeTo(parts, query)
  if (replace) location.replace(target)
  else location.hash = target
}
