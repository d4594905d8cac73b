// Starting and stopping: services start in order and stop in the reverse order; a failed start undoes
// what had started.

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

/**
 * Resolves at the first SIGINT or SIGTERM. A second one ends the process at once.
 * @public
 */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const onSignal = (signal: NodeJS.Signals): void => {
      resolve(signal)
      process.once(signal, () => process.exit(130))
    }
    process.once('SIGINT', onSignal)
    process.once('SIGTERM', onSignal)
  })
}
