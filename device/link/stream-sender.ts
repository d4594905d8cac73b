// What is under way of one stream: a window that opens with each acknowledgement and closes to one batch
// when none comes (so that a slow link is not flooded and a stuck stream does not hold up the others), and
// the time after which everything from the first unacknowledged batch is sent again.

import type { Clock } from '../../kernel/clock.ts'

interface StreamSenderOptions {
  readonly clock: Clock
  readonly random: () => number
  /** First resend time, ms. */
  readonly resendMs: number
  /** Batches under way at most. */
  readonly maxWindow: number
}

interface Batch {
  readonly after: number
  readonly upto: number
  readonly sentAtMs: number
}

const FIRST_WINDOW = 4
const MAX_RESEND_MS = 120_000
const JITTER = 0.25

/** The sending side of one stream; it holds numbers only, the records stay in the outbox. */
export class StreamSender {
  #options: StreamSenderOptions
  #batches: Batch[] = []
  #cursor = 0
  #window = FIRST_WINDOW
  #resendMs: number

  constructor(options: StreamSenderOptions) {
    this.#options = options
    this.#resendMs = options.resendMs
  }

  /** Highest number sent; what comes next starts after it. */
  get cursor(): number {
    return this.#cursor
  }

  /** Batches that were sent and not acknowledged. */
  get underWay(): number {
    return this.#batches.length
  }

  /** Whether the window lets one more batch go. */
  get hasRoom(): boolean {
    return this.#batches.length < this.#window
  }

  /** Notes a batch that begins after the cursor and ends with this number. */
  sent(upto: number): void {
    const sentAtMs = this.#options.clock.monotonicMs()
    this.#batches.push({ after: this.#cursor, upto, sentAtMs })
    this.#cursor = upto
  }

  /** The fleet has everything up to this number, even what this process never sent. */
  acked(upto: number): void {
    const before = this.#batches.length
    this.#batches = this.#batches.filter((batch) => batch.upto > upto)
    this.#cursor = Math.max(this.#cursor, upto)
    if (this.#batches.length === before) return
    this.#window = Math.min(this.#options.maxWindow, this.#window + 1)
    this.#resendMs = this.#options.resendMs
  }

  /** Goes back to the first overdue batch; returns how many batches are to be sent again. */
  takeOverdue(): number {
    const oldest = this.#batches[0]
    const { clock, random } = this.#options
    if (!oldest || clock.monotonicMs() - oldest.sentAtMs < this.#resendMs) return 0
    const count = this.#batches.length
    this.#batches = []
    this.#cursor = oldest.after
    this.#window = 1
    const doubled = this.#resendMs * 2 * (1 + random() * JITTER)
    this.#resendMs = Math.min(MAX_RESEND_MS, doubled)
    return count
  }

  /** Forgets what was under way, after a new connection. */
  reset(): void {
    this.#batches = []
    this.#cursor = 0
    this.#window = FIRST_WINDOW
    this.#resendMs = this.#options.resendMs
  }
}
