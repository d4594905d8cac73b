// Calls back when nobody touched the screen for a while. Knows nothing of screens.

export interface IdleOptions {
  readonly afterMs: number
  readonly onIdle: () => void
  readonly target?: Pick<EventTarget, 'addEventListener' | 'removeEventListener'>
  readonly later?: (run: () => void, ms: number) => () => void
}

const TOUCHES = ['pointerdown', 'keydown', 'wheel'] as const

const later = (run: () => void, ms: number): (() => void) => {
  const timer = setTimeout(run, ms)
  return () => clearTimeout(timer)
}

/** Starts to watch; returns how to stop. */
export function watchIdle({ afterMs, onIdle, ...rest }: IdleOptions): () => void {
  const target = rest.target ?? window
  const wait = rest.later ?? later
  let cancel = wait(onIdle, afterMs)
  const touched = (): void => {
    cancel()
    cancel = wait(onIdle, afterMs)
  }
  for (const name of TOUCHES) target.addEventListener(name, touched, { passive: true })
  return () => {
    cancel()
    for (const name of TOUCHES) target.removeEventListener(name, touched)
  }
}
