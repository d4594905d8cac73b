// How long to wait before the next attempt to connect: full jitter (Brooker, "Exponential Backoff And
// Jitter", 2015), so that a fleet that comes back is not run over by all devices at once.

import type { Clock } from '../../kernel/clock.ts'

export interface ReconnectLimits {
  /** Ceiling of the first delay, ms. */
  readonly minMs: number
  /** Ceiling of all delays, ms. */
  readonly maxMs: number
  /** A connection that held this long makes the next delay short again, ms. */
  readonly stableMs: number
}

export const DEFAULT_RECONNECT: ReconnectLimits = {
  minMs: 1000,
  maxMs: 5 * 60_000,
  stableMs: 60_000
}

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/
const LOOPBACK_MAX_MS = 5000 // a fleet on the same machine has one device to welcome back, not a thousand

/** Limits for a broker at this address. */
export function reconnectLimits(mqtt: string): ReconnectLimits {
  const isNear = LOOPBACK.test(new URL(mqtt).hostname)
  return isNear ? { ...DEFAULT_RECONNECT, maxMs: LOOPBACK_MAX_MS } : DEFAULT_RECONNECT
}

const MIN_DELAY_MS = 50 // never a busy loop, whatever the dice say

/** Counts failed attempts and turns them into delays. */
export class ReconnectDelay {
  #limits: ReconnectLimits
  #clock: Clock
  #random: () => number
  #attempts = 0
  #connectedAtMs: number | undefined

  constructor(limits: ReconnectLimits, clock: Clock, random: () => number) {
    this.#limits = limits
    this.#clock = clock
    this.#random = random
  }

  /** A connection came up; from here on it has to prove stable. */
  connected(): void {
    this.#connectedAtMs = this.#clock.monotonicMs()
  }

  /** Called when a connection or an attempt has ended; returns the delay in ms. */
  next(): number {
    const { minMs, maxMs, stableMs } = this.#limits
    const heldMs = this.#clock.monotonicMs() - (this.#connectedAtMs ?? Number.POSITIVE_INFINITY)
    if (heldMs >= stableMs) this.#attempts = 0
    this.#connectedAtMs = undefined
    const ceilingMs = Math.min(maxMs, minMs * 2 ** this.#attempts)
    this.#attempts = Math.min(this.#attempts + 1, 32)
    return Math.max(MIN_DELAY_MS, this.#random() * ceilingMs)
  }
}
