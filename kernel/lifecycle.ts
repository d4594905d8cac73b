// Starting and stopping: services start in order and stop in the reverse order; a failed start undoes
// what had started.

import { type Clock, systemClock } from './clock.ts'

/** @public */
export interface Service {
  readonly name: string
  start(): Promise<void> | void
  stop(): Promise<void> | void
}

/**
 * Starts services one after the other. When one fails, those that had started are stopped again.
 * @returns a function that stops all of them in reverse order and reports the first failure
 * @public
 */
export async function startAll(services: readonly Service[]): Promise<() => Promise<void>> {
  const started: Service[] = []
  const stopAll = async (): Promise<void> => {
    let failure: unknown
    for (const service of started.splice(0).reverse()) {
      try {
        await service.stop()
      } catch (error) {
        failure ??= error
      }
    }
    if (failure) throw failure
  }
  for (const service of services) {
    try {
      await service.start()
      started.push(service)
    } catch (error) {
      await stopAll().catch(() => undefined) // the failure to start is the one that matters
      throw error
    }
  }
  return stopAll
}

/** A terminal and a launcher may both pass one Ctrl-C on; what comes this soon is the same wish, ms. */
const SAME_SIGNAL_MS = 1000

/**
 * Resolves at the first SIGINT or SIGTERM. A second one, a second later or more, ends the process at once.
 * @public
 */
export function untilSignal(
  clock: Pick<Clock, 'monotonicMs'> = systemClock
): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let firstMs: number | undefined
    const onSignal = (signal: NodeJS.Signals): void => {
      if (firstMs !== undefined && clock.monotonicMs() - firstMs >= SAME_SIGNAL_MS)
        process.exit(130)
      firstMs ??= clock.monotonicMs()
      resolve(signal)
    }
    process.on('SIGINT', onSignal)
    process.on('SIGTERM', onSignal)
  })
}
