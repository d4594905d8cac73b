// Wipes what has outlived its time. It asks what is due, so that a restart or a clock that jumps changes
// nothing; wiping itself is the caller's.

import type { Cancel, Clock } from '../../kernel/clock.ts'

/** Something that is to be wiped at a time, for example the inputs of a job. */
export interface Deadline {
  readonly scope: string
  /** Milliseconds since 1970. */
  readonly until: number
}

interface RetentionOptions {
  readonly clock: Clock
  /** Everything that has a deadline now; read again at every look. */
  readonly deadlines: () => readonly Deadline[]
  readonly wipe: (scope: string) => Promise<void>
  /** Time between two looks, ms; default one minute. */
  readonly periodMs?: number
  /** Told about a wipe that failed; it is tried again at the next look. */
  readonly onError?: (error: unknown) => void
}

/** Looks for what is due, first at start and then every period. */
export class Retention {
  #options: RetentionOptions
  #cancel: Cancel | undefined
  #busy: Promise<number> | undefined

  constructor(options: RetentionOptions) {
    this.#options = options
  }

  /** Looks at once and then every period. */
  async start(): Promise<void> {
    await this.run()
    const { clock, periodMs = 60_000 } = this.#options
    this.#cancel ??= clock.every(periodMs, () => void this.run())
  }

  async stop(): Promise<void> {
    this.#cancel?.()
    this.#cancel = undefined
    await this.#busy
  }

  /** Wipes everything that is due and returns how many scopes went; a look under way is joined. */
  run(): Promise<number> {
    this.#busy ??= this.#wipeDue().finally(() => {
      this.#busy = undefined
    })
    return this.#busy
  }

  async #wipeDue(): Promise<number> {
    const { clock, deadlines, wipe, onError } = this.#options
    let wiped = 0
    for (const { scope, until } of deadlines()) {
      if (until > clock.now()) continue
      try {
        await wipe(scope)
        wiped += 1
      } catch (error) {
        onError?.(error)
      }
    }
    return wiped
  }
}
