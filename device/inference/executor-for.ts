// The executor of any plan: one that holds a session, or one that hands batches on to executors of parts. Apart
// from `executor.ts`, because the latter stands on it.

import { Executor, type ExecutorOptions } from './executor.ts'

const PARTS_ENTRIES = {
  process: new URL('./parts-process.ts', import.meta.url),
  thread: new URL('./parts-thread.ts', import.meta.url)
}

/** Makes the executor of a plan; nothing is started yet. */
export function executorFor(options: Omit<ExecutorOptions, 'entries'>): Executor {
  return new Executor(options.plan.parts ? { ...options, entries: PARTS_ENTRIES } : options)
}
