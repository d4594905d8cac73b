// Long synchronous work in small steps, so that a process which serves requests meanwhile stays responsive.

/** Work that pauses at each `yield` and returns its result at the end. */
export type Steps<T> = Generator<undefined, T, undefined>

/** About a millisecond of the lightest steps. */
const STEPS_AT_ONCE = 1000

/** Runs work to its end and lets the event loop turn now and then. */
export async function inSteps<T>(work: Steps<T>): Promise<T> {
  for (let step = work.next(), count = 1; ; step = work.next(), count += 1) {
    if (step.done) return step.value
    if (count % STEPS_AT_ONCE === 0) await new Promise(setImmediate)
  }
}
