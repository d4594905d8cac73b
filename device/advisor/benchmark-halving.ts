// Successive halving (Jamieson and Talwalkar, AISTATS 2016): every setting is measured a little, the slower half
// goes, the rest is measured twice as much. Pure; the cell that others are compared with always stays.

import { mean } from './benchmark-statistics.ts'
import type { BenchmarkWindow } from './benchmark-window.ts'

/** Repeats that a cell still in the race has when a round ends: 1, 3, 7, …, at most those of the plan. */
export function repeatsAfter(round: number, repeats: number): number {
  return Math.min(repeats, 2 ** (round + 1) - 1)
}

export interface Racer {
  readonly id: string
  readonly windows: readonly BenchmarkWindow[]
}

export interface HalvingOptions {
  /** Cell that is never dropped; undefined when there is none. */
  readonly kept: string | undefined
  readonly goalMs: number
  /** Number of the round that ended, from 1. */
  readonly round: number
}

const throughput = ({ windows }: Racer): number => mean(windows.map((window) => window.throughput))
const p95 = ({ windows }: Racer): number => mean(windows.map((window) => window.p95Ms))

/**
 * Which cells go after a round: of those that meet the goal the slower half stays behind those that miss it.
 * @returns cell → why, in one sentence
 */
export function dropSlower(
  racers: readonly Racer[],
  { kept, goalMs, round }: HalvingOptions
): Record<string, string> {
  const misses = (racer: Racer): boolean => p95(racer) > goalMs
  const ranked = [...racers].sort(
    (a, b) => Number(misses(a)) - Number(misses(b)) || throughput(b) - throughput(a)
  )
  const stay = Math.ceil(ranked.length / 2)
  const dropped = ranked.slice(stay).filter(({ id }) => id !== kept)
  return Object.fromEntries(
    dropped.map((racer) => {
      const reason = misses(racer)
        ? `its p95 of ${p95(racer).toFixed(1)} ms misses the goal of ${goalMs} ms`
        : 'slower than half of the settings that were left'
      return [racer.id, `Dropped after round ${round}: ${reason}.`]
    })
  )
}
