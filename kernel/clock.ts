// Time as a dependency: everything that waits or stamps takes a Clock, so that tests advance time by hand.

/**
 * Stops a timer; harmless when called twice.
 * @public
 */
export type Cancel = () => void

/** @public */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Milliseconds that never jump, for durations. */
  monotonicMs(): number
  /** Runs once after a delay, ms. With `holds` somebody waits for it, and the process must not end before. */
  after(delayMs: number, run: () => void, holds?: boolean): Cancel
  /** Runs again and again, period in ms. */
  every(periodMs: number, run: () => void): Cancel
}

/**
 * The clock of the operating system. Only timers that hold keep the process alive.
 * @public
 */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  after: (delayMs, run, holds = false) => {
    const timer = setTimeout(run, delayMs)
    if (!holds) timer.unref()
    return () => clearTimeout(timer)
  },
  every: (periodMs, run) => {
    const timer = setInterval(run, periodMs)
    timer.unref()
    return () => clearInterval(timer)
  }
}
